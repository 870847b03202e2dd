"""Mail about what was changed, to a real mail server, the addresses in a real directory."""

import time

import pytest

from proxy.accounts.account import Person
from proxy.store import accounts, announcements
from tests.peers.authority import Authority
from tests.peers.daemon import Daemon, Tagged, free_port
from tests.peers.mail_server import MailServer
from tests.peers.slapd import PEOPLE
from tests.scenarios.conftest import Someone

pytestmark = [
    pytest.mark.scenario,
    # The mail server's own: it does not know of TLS from the first octet.
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
]
PASSWORD = "a password of the mail server"


@pytest.fixture(scope="module")
def server(authority):
    """TLS from the first octet, a password wanted."""
    with MailServer(authority.issue("127.0.0.1"), login=("countersign", PASSWORD)) as running:
        yield running


@pytest.fixture(scope="module")
def mailing(slapd, authority, server, tmp_path_factory):
    """A daemon that sends mail."""
    folder = tmp_path_factory.mktemp("mailing")
    (folder / "mail.password").write_text(PASSWORD + "\n")
    mail = {
        "server": "127.0.0.1",
        "port": server.port,
        "user": "countersign",
        "password": Tagged("mail.password"),
        "sender": "Countersign <countersign@example.org>",
        "ca_certificates": str(authority.file),
    }
    running = Daemon(folder, slapd.directory_settings(), {}, [], mail=mail)
    try:
        yield running.start()
        assert "Traceback" not in running.text()
        assert PASSWORD not in running.text()
    finally:
        running.stop()


@pytest.fixture
def person(mailing, slapd, names):
    """Somebody with an address in the directory."""
    name = next(names)
    slapd.change(
        f"dn: uid={name},{PEOPLE}\nchangetype: modify\nadd: mail\nmail: {name}@example.org\n"
    )
    return Someone(mailing, name)


def announce(someone, kind, detail=""):
    """Announce something as a command does that changes it."""
    dn = f"uid={someone.name},{PEOPLE}"

    def job(session):
        person = Person("corp", someone.name, None, dn, frozenset())
        account = accounts.ensure(session, person, time.time())
        announcements.add(session, account.id, kind, detail, time.time())

    someone.daemon.database.now(job)


def test_a_new_phone_is_told_by_mail(person, server, mailing):
    """Over TLS, with a password; to the directory's address; the next one too."""
    count = len(server.box.letters)
    person.enrol_phone()
    sender, to, letter = server.letter(count)
    assert ("countersign@example.org", [f"{person.name}@example.org"]) == (sender, to)
    assert "A phone was enrolled for you" == letter["Subject"]
    text = letter.get_content()
    assert f"Hello {person.name}," in text
    assert '"second phone"' in text
    assert mailing.url in text
    mailing.command("device", "revoke", person.phone.id)
    assert "Your phone was removed" == server.letter(count + 1)[2]["Subject"]


def test_a_server_that_is_away_is_tried_again_after_a_restart(
    slapd, authority, tmp_path_factory, names
):
    """What is to be told outlives the daemon; nothing waits for it."""
    folder, port, name = tmp_path_factory.mktemp("away"), free_port(), next(names)
    slapd.change(
        f"dn: uid={name},{PEOPLE}\nchangetype: modify\nadd: mail\nmail: {name}@example.org\n"
    )
    mail = {
        "server": "127.0.0.1",
        "port": port,
        "tls": "starttls",
        "sender": "c@example.org",
        "ca_certificates": str(authority.file),
    }
    daemon = Daemon(folder, slapd.directory_settings(), {}, [], mail=mail)
    try:
        daemon.start()
        someone = Someone(daemon, name).enrol_phone()
        daemon.said(f"no mail to {name} now")
        daemon.kill()
        daemon.database.now(make_due)
        with MailServer(authority.issue("127.0.0.1"), starttls=True, port=port) as server:
            daemon.start()
            assert "A phone was enrolled for you" == server.letter()[2]["Subject"]
            server.box.refuse[f"{name}@example.org"] = "450 come again"
            announce(someone, "totp-enrolled")
            assert "450 come again" in daemon.said(f"no mail to {name} now: 450")
            server.box.refuse[f"{name}@example.org"] = "550 no such person"
            announce(someone, "recovery-issued")
            assert "550 no such person" in daemon.said(f"no mail to {name}: ")
            assert 1 == len(server.box.letters)
    finally:
        daemon.stop()


def make_due(session):
    """Let the wait for a second try be over."""
    for one in announcements.due(session, time.time() + 3600, 9):
        announcements.later(session, one.id, time.time() - 1)


def test_a_server_without_the_right_certificate_hears_nothing(
    slapd, authority, tmp_path_factory, names
):
    """Another name in it, another CA: no letter, and no password."""
    folder, name = tmp_path_factory.mktemp("wrong"), next(names)
    slapd.change(
        f"dn: uid={name},{PEOPLE}\nchangetype: modify\nadd: mail\nmail: {name}@example.org\n"
    )
    other = Authority(folder, "other")
    with MailServer(other.issue("127.0.0.1")) as server:
        mail = {"server": "127.0.0.1", "port": server.port, "sender": "c@example.org"}
        mail["ca_certificates"] = str(authority.file)
        daemon = Daemon(folder, slapd.directory_settings(), {}, [], mail=mail)
        try:
            daemon.start()
            Someone(daemon, name).enrol_phone()
            told = daemon.said(f"no mail to {name} now")
            assert "certificate" in told
            assert ([], []) == (server.box.letters, server.box.tried)
        finally:
            daemon.stop()
