"""The phone in a terminal, as a person runs it, against the daemon over verified TLS."""

import pytest

from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT, STATE
from tests.peers.terminal_phone import TerminalPhone
from tests.scenarios.conftest import ASKED, HELD

pytestmark = pytest.mark.scenario


@pytest.fixture
def link(someone, daemon):
    return daemon.command("device", "invite", someone.name).strip()


@pytest.fixture
def terminal(tmp_path, link, daemon):
    phone = TerminalPhone(tmp_path / "home")
    status, told = phone.run("enroll", link, "--ca", daemon.ca)
    assert status == 0, told
    return phone


def test_a_server_that_is_not_trusted_gets_no_code(tmp_path, link):
    """Certificates are always verified; the link stays good."""
    phone = TerminalPhone(tmp_path / "home")
    status, told = phone.run("enroll", link)
    assert status != 0
    assert "certificate is not trusted" in told


def test_a_name_that_the_certificate_does_not_have_is_not_trusted(tmp_path, link, daemon):
    """Nor does a trusted CA make another name good."""
    phone = TerminalPhone(tmp_path / "home")
    elsewhere = link.replace("127.0.0.1", "localhost")
    status, told = phone.run("enroll", elsewhere, "--ca", daemon.ca)
    assert status != 0
    assert "certificate is not trusted" in told


def test_a_link_serves_once(tmp_path, terminal, link, daemon):
    """The second phone is refused with status 1 and a clear line."""
    status, told = TerminalPhone(tmp_path / "other").run("enroll", link, "--ca", daemon.ca)
    assert (status, "bad-invitation" in told) == (1, True), told


def test_what_is_kept_is_for_its_owner_alone(terminal):
    """The folder has mode 0700 and each file 0600."""
    assert terminal.home.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in terminal.home.iterdir()} == {0o600}


def test_watch_approves_the_login_that_waits(someone, terminal):
    """One long poll, one answer, one clear line, status 0."""
    watching = terminal.start("watch", "--answer", "approve", "--once")
    with someone.nas(HELD) as nas:
        reply = nas.ask(someone.packet(), 10)
    told, _ = watching.communicate(timeout=20)
    assert (0, ACCESS_ACCEPT) == (watching.returncode, reply.code), told
    for fact in (someone.name, "held", "192.0.2.77", "approved: "):
        assert fact in told


def test_a_request_is_answered_by_hand(someone, terminal):
    """It is listed with all its context, and denied by its id."""
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        (shown,) = terminal.open()
        status, told = terminal.run("deny", shown["id"])
        reply = nas.ask(packet, 10)
    assert (0, ACCESS_REJECT) == (status, reply.code), told
    assert (someone.name, "held", "192.0.2.77") == (
        shown["account"],
        shown["client"],
        shown["origin"],
    )
    assert terminal.run("deny", shown["id"])[0] == 1


def test_the_number_is_typed_by_hand(someone, terminal):
    """Without it nothing is sent, a wrong one is refused, the right one approves."""
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet(), 10)
        assert ACCESS_CHALLENGE == challenge.code
        number = next(word for word in challenge.text.split() if word[:6].isdigit())[:6]
        (shown,) = terminal.open()
        assert terminal.run("approve", shown["id"])[0] == 1
        wrong = "000000" if number != "000000" else "000001"
        status, told = terminal.run("approve", shown["id"], "--number", wrong)
        assert (status, "number-wrong" in told) == (1, True), told
        status, told = terminal.run("approve", shown["id"], "--number", number)
        assert status == 0, told
        (state,) = challenge.values(STATE)
        assert ACCESS_ACCEPT == nas.ask(someone.packet("", state=state), 10).code


def test_watch_ends_when_the_phone_is_revoked(daemon, someone, terminal):
    """At once, with the reason and status 1."""
    (device,) = daemon.json("device", "list", someone.name)
    watching = terminal.start("watch")
    assert "waiting" in watching.stdout.readline()
    daemon.command("device", "revoke", device["id"])
    told, _ = watching.communicate(timeout=20)
    assert (watching.returncode, "device-retired" in told) == (1, True), told


def test_watch_ends_in_time(terminal):
    """Nobody logs in: status 3."""
    assert terminal.run("watch", "--timeout", "1")[0] == 3


def test_the_last_factor_is_kept(terminal):
    """A person does not lock themselves out."""
    status, told = terminal.run("unenroll")
    assert (status, "last-factor" in told) == (1, True), told
