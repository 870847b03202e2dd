"""The terminal phone's commands where no server is needed: wrong use has its line and status."""

import pytest
from click.testing import CliRunner

from proxy.cli.phone import phone
from proxy.factors.approval import ApprovalRequest
from proxy.factors.jwk import SigningKey
from proxy.phone.home import Enrolled, Home
from proxy.phone.inbox import Shown


def _run(*arguments):
    result = CliRunner().invoke(phone, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "link",
    [
        "https://mfa.example.org",
        "https://mfa.example.org/enroll",
        "https://mfa.example.org/enroll#",
        "http://mfa.example.org/enroll#0123456789",
        "https:///enroll#0123456789",
        "https://mfa.example.org:99999/enroll#0123456789",
        "https://mfa.example.org:0/enroll#0123456789",
        "https://[::1/enroll#0123456789",
        "https://mfa.example.org/enroll?x=1#0123456789",
        "not a link",
    ],
)
def test_what_is_no_link_is_wrong_use(tmp_path, link):
    """Nothing is called and nothing is kept."""
    status, output = _run("enroll", link, "--home", tmp_path / "home")
    assert (status, "wanted the whole link" in output) == (2, True)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("octets", [b"", b"no certificate", b"\xff\xfe\x00"])
def test_a_ca_that_is_no_pem_is_wrong_use(tmp_path, octets):
    """It is told before anything is called."""
    ca = tmp_path / "ca.pem"
    ca.write_bytes(octets)
    link = "https://127.0.0.1:1/enroll#0123456789"
    status, output = _run("enroll", link, "--home", tmp_path / "home", "--ca", ca)
    assert (status, "wanted certificates in PEM" in output) == (2, True)


def test_a_folder_with_a_phone_takes_no_second(tmp_path):
    """Its key would be lost."""
    key = SigningKey.create()
    Home(tmp_path).keep(key, Enrolled("https://h", "https://h", key.kid, "alice", {}, None))
    before = (tmp_path / "key.der").read_bytes()
    status, output = _run("enroll", "https://h/enroll#0123456789", "--home", tmp_path)
    assert (status, "holds a phone already" in output) == (2, True)
    assert (tmp_path / "key.der").read_bytes() == before


@pytest.mark.parametrize(
    "command", [["list"], ["watch"], ["approve", "1"], ["deny", "1"], ["report", "1"], ["unenroll"]]
)
def test_a_folder_without_a_phone_is_wrong_use(tmp_path, command):
    """It says how to enrol one."""
    status, output = _run(*command, "--home", tmp_path)
    assert (status, "phone enroll URL" in output) == (2, True)


@pytest.mark.parametrize(("name", "octets"), [("key.der", b"x"), ("phone.json", b"{}")])
def test_a_broken_folder_is_told_without_a_traceback(tmp_path, name, octets):
    """What cannot be read is named."""
    key = SigningKey.create()
    Home(tmp_path).keep(key, Enrolled("https://h", "https://h", key.kid, "alice", {}, None))
    (tmp_path / name).write_bytes(octets)
    status, output = _run("list", "--home", tmp_path)
    assert (status, "cannot be read" in output) == (2, True)


class FakeInbox:
    """Holds one request that wants its person verified; keeps what is answered."""

    def __init__(self):
        request = ApprovalRequest(
            "id-1", "https://h", "alice", "me", 0, 120, "n", "vpn", "there", 0, verify_user=True
        )
        self.shown, self.sent = Shown("jws", request, ()), []

    def open(self):
        return [self.shown]

    def answer(self, shown, decision, number=None):
        self.sent.append(decision)


def test_a_request_that_wants_a_passkey_is_not_approved_in_a_terminal(tmp_path, monkeypatch):
    """It is told so; to deny needs no passkey."""
    inbox = FakeInbox()
    monkeypatch.setattr("proxy.cli.phone._open", lambda home: (inbox, None))
    status, output = _run("approve", "id-1", "--home", tmp_path)
    assert (1, True, []) == (status, "wants its person verified by a passkey" in output, inbox.sent)
    assert 0 == _run("deny", "id-1", "--home", tmp_path)[0]
    assert ["deny"] == inbox.sent
