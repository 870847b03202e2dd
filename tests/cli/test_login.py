"""`countersign login`: what is shown, what is answered, how it ends."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from proxy.cli import login as command
from tests.peers import nas as peer
from tests.peers.radius_server import attributes_of, reply

SECRET = "a secret of more than 12 octets"
ACCEPT = (peer.ACCESS_ACCEPT, [(18, b"Welcome."), (25, b"staff"), (27, b"\x00\x00\x0e\x10")])
REJECT = (peer.ACCESS_REJECT, [(18, b"No.")])
CODE = (peer.ACCESS_CHALLENGE, [(18, b"Type your code."), (24, b"one"), (76, b"\x00\x00\x00\x00")])
AGAIN = (peer.ACCESS_CHALLENGE, [(18, b"That was wrong."), (24, b"two")])


class Server:
    """Obeys `Udp`: answers one request after the other as it was told, then is silent."""

    def __init__(self, *replies: tuple[int, peer.Attributes]) -> None:
        self.sent: list[bytes] = []
        self.called_with: list[object] = []
        self._replies = list(replies)

    def __call__(self, server: tuple[str, int], *, timeout: float, retries: int) -> "Server":
        self.called_with = [server, timeout, retries]
        return self

    def exchange(self, octets: bytes) -> Iterator[bytes]:
        self.sent.append(octets)
        if self._replies:
            code, attributes = self._replies.pop(0)
            yield reply(SECRET.encode(), octets, code, attributes)

    def answers(self) -> list[tuple[bytes | None, bytes]]:
        """Give State and revealed User-Password of each request; one block each."""
        found = []
        for sent in self.sent:
            attributes = dict(attributes_of(sent))
            stream = peer.hide_password(bytes(16), SECRET.encode(), sent[4:20])
            plain = bytes(a ^ b for a, b in zip(attributes[2], stream, strict=True))
            found.append((attributes.get(24), plain.rstrip(b"\0")))
        return found


def run(
    server: Server, monkeypatch: pytest.MonkeyPatch, *more: str, typed: str | None = None
) -> Result:
    monkeypatch.setattr(command, "Udp", server)
    arguments = ["alice", "--server", "127.0.0.1:1812", "--secret", SECRET]
    if "--password" not in more and typed is None:
        arguments += ["--password", "secret"]
    return CliRunner().invoke(command.login, [*arguments, *more], input=typed)


def test_an_accept_is_shown_with_its_attributes(monkeypatch: pytest.MonkeyPatch):
    """The outcome stands on a line of its own, then Reply-Message and attributes; status 0."""
    result = run(Server(ACCEPT), monkeypatch)
    assert result.stdout.splitlines() == [
        "accept",
        "Reply-Message = Welcome.",
        "Class = staff",
        "Session-Timeout = 3600",
    ]
    assert result.exit_code == 0


def test_a_reject_ends_with_1(monkeypatch: pytest.MonkeyPatch):
    """A reject is shown; status 1."""
    result = run(Server(REJECT), monkeypatch)
    assert result.stdout.splitlines() == ["reject", "Reply-Message = No."]
    assert result.exit_code == 1


def test_no_reply_ends_with_3(monkeypatch: pytest.MonkeyPatch):
    """Without a reply the outcome is `timeout`; status 3."""
    result = run(Server(), monkeypatch)
    assert result.stdout.splitlines() == ["timeout"]
    assert result.exit_code == 3


def test_a_challenge_takes_the_code(monkeypatch: pytest.MonkeyPatch):
    """--code answers the first challenge, under its State."""
    server = Server(CODE, ACCEPT)
    result = run(server, monkeypatch, "--code", "123456")
    assert server.answers() == [(None, b"secret"), (b"one", b"123456")]
    assert result.stdout.splitlines()[:4] == [
        "challenge",
        "Reply-Message = Type your code.",
        "Prompt = No-Echo",
        "accept",
    ]
    assert result.exit_code == 0


def test_a_code_is_sent_once(monkeypatch: pytest.MonkeyPatch):
    """Where the code was wrong and nothing more comes, the challenge is the outcome; status 1."""
    server = Server(CODE, AGAIN, ACCEPT)
    result = run(server, monkeypatch, "--code", "000000")
    assert len(server.sent) == 2
    assert result.stdout.splitlines()[-2:] == ["challenge", "Reply-Message = That was wrong."]
    assert result.exit_code == 1


def test_lines_answer_challenges(monkeypatch: pytest.MonkeyPatch):
    """A script's lines are password and answers, in order; an empty line continues."""
    server = Server(CODE, AGAIN, ACCEPT)
    result = run(server, monkeypatch, typed="secret\n\n654321\n")
    assert server.answers() == [(None, b"secret"), (b"one", b""), (b"two", b"654321")]
    assert result.exit_code == 0


def test_silence_after_a_challenge_is_a_timeout(monkeypatch: pytest.MonkeyPatch):
    """A challenge that was answered and got no reply is a timeout; status 3."""
    result = run(Server(CODE), monkeypatch, "--code", "123456")
    assert result.stdout.splitlines()[-1] == "timeout"
    assert result.exit_code == 3


def test_attributes_of_the_request(monkeypatch: pytest.MonkeyPatch):
    """Calling-Station-Id, NAS-Identifier and others go with every request of the login."""
    server = Server(CODE, ACCEPT)
    more = ["--calling-station-id", "192.0.2.7", "--attribute", "NAS-Port-Type=Virtual"]
    run(server, monkeypatch, "--code", "1", *more)
    for sent in server.sent:
        attributes = dict(attributes_of(sent))
        assert attributes[31] == b"192.0.2.7"
        assert attributes[32] == b"countersign-login"
        assert attributes[61] == b"\x00\x00\x00\x05"


def test_json_has_the_outcome_and_the_challenges(monkeypatch: pytest.MonkeyPatch):
    """With --json one value is printed; the challenges' texts go to standard error."""
    result = run(Server(CODE, ACCEPT), monkeypatch, "--code", "1", "--json")
    assert json.loads(result.stdout) == {
        "outcome": "accept",
        "reply_messages": ["Welcome."],
        "attributes": {"Class": ["staff"], "Session-Timeout": ["3600"]},
        "challenges": [
            {"reply_messages": ["Type your code."], "attributes": {"Prompt": ["No-Echo"]}}
        ],
    }
    assert result.stderr.splitlines() == ["Type your code."]


def test_json_of_a_timeout(monkeypatch: pytest.MonkeyPatch):
    """With --json a timeout has the challenges that were before it."""
    result = run(Server(CODE), monkeypatch, "--code", "1", "--json")
    shown = json.loads(result.stdout)
    assert (shown["outcome"], len(shown["challenges"])) == ("timeout", 1)
    assert result.exit_code == 3


def test_a_server_cannot_steer_the_terminal(monkeypatch: pytest.MonkeyPatch):
    """Control characters in a Reply-Message are not printed."""
    result = run(Server((peer.ACCESS_REJECT, [(18, b"a\x1b[2Jb\nc")])), monkeypatch)
    assert result.stdout == "reject\nReply-Message = a [2Jb c\n"


@pytest.mark.parametrize(
    ("typed", "server"),
    [
        ("vpn.example.org:18120", ("vpn.example.org", 18120)),
        ("vpn.example.org", ("vpn.example.org", 1812)),
        ("[::1]:1645", ("::1", 1645)),
        ("[::1]", ("::1", 1812)),
    ],
)
def test_a_server_is_host_and_port(
    typed: str, server: tuple[str, int], monkeypatch: pytest.MonkeyPatch
):
    """HOST:PORT, IPv6 in brackets, port 1812 where none is given."""
    told = Server(ACCEPT)
    run(told, monkeypatch, "--server", typed, "--timeout", "9", "--retries", "2")
    assert told.called_with == [server, 9.0, 2]


@pytest.mark.parametrize(
    "more",
    [
        ["--server", "::1"],
        ["--server", "host:99999"],
        ["--server", "host:"],
        ["--server", ":1812"],
        ["--attribute", "NAS-Port"],
        ["--attribute", "Nas-Prt=1"],
        ["--timeout", "0"],
        ["--retries", "-1"],
        ["--password", "x" * 129],
    ],
)
def test_wrong_use_ends_with_2(more: list[str], monkeypatch: pytest.MonkeyPatch):
    """What cannot be sent is wrong use, and nothing is sent."""
    server = Server(ACCEPT)
    result = run(server, monkeypatch, *more)
    assert (result.exit_code, server.sent) == (2, [])


def test_an_unknown_host_ends_with_2(monkeypatch: pytest.MonkeyPatch):
    """A name that cannot be resolved is wrong use, told in a line."""

    class Nowhere(Server):
        def exchange(self, octets: bytes) -> Iterator[bytes]:
            raise OSError(-2, "Name or service not known")

    result = run(Nowhere(), monkeypatch)
    assert result.exit_code == 2
    assert "127.0.0.1 port 1812: Name or service not known" in result.stderr
