"""Somebody has the password and makes the phone ask: what comes of it, with real parts."""

import time

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from playwright.sync_api import expect

from tests.peers.app import App, number_in
from tests.peers.browser import PHONE, Browser, needs_chromium
from tests.peers.daemon import Daemon, Tagged, client
from tests.peers.mail_server import MailServer
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.phone import payload_of
from tests.peers.slapd import PEOPLE
from tests.peers.webhook_server import WebhookServer, verified
from tests.scenarios.conftest import ASKED, HELD, PLAIN, Someone
from tests.scenarios.test_codes import code
from tests.scenarios.test_terminal_phone import TerminalPhone

pytestmark = pytest.mark.scenario
WEBHOOK_SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl1sHc0ZoU"
STORM = 1000
FIRST_WAIT = 5


@pytest.fixture(scope="module")
def mail(authority):
    with MailServer(authority.issue("127.0.0.1")) as running:
        yield running


@pytest.fixture(scope="module")
def webhook(authority):
    running = WebhookServer(*authority.issue("localhost"))
    yield running
    running.stop()


def write_countries(folder, networks):
    """Write a file of countries; give its name."""
    writer = MMDBWriter()
    for network, country in networks.items():
        writer.insert_network(IPSet([network]), {"country": {"iso_code": country}})
    writer.to_db_file(str(folder / "countries.mmdb"))
    return str(folder / "countries.mmdb")


@pytest.fixture(scope="module")
def alerting(slapd, authority, mail, webhook, tmp_path_factory):
    """A daemon with short waits, that tells an admin and a machine."""
    folder = tmp_path_factory.mktemp("alerting")
    (folder / "webhook.secret").write_text(WEBHOOK_SECRET + "\n")
    clients = {
        "held": client(HELD, wait="30s"),
        "asked": client(ASKED, challenge=True, wait="30s"),
        "other": client(PLAIN, wait="30s"),
    }
    policies = [
        {"name": one, "clients": [one], "directory": "corp", "factors": ["push", "totp"]}
        for one in clients
    ]
    running = Daemon(
        folder,
        slapd.directory_settings(),
        clients,
        policies,
        mail={
            "server": "127.0.0.1",
            "port": mail.port,
            "sender": "Countersign <countersign@example.org>",
            "ca_certificates": str(authority.file),
        },
        alerts={
            "mail_to": "security@example.org",
            "webhook": {
                "url": webhook.url,
                "secret": Tagged("webhook.secret"),
                "ca_certificates": str(authority.file),
            },
        },
        push={
            "defence": {
                "first_wait": f"{FIRST_WAIT}s",
                "geoip": write_countries(folder, {"192.0.2.0/24": "DE", "198.51.100.0/24": "DE"}),
            }
        },
    )
    try:
        yield running.start()
        told = [one for one in running.faults() if "an alert is not taken: status 503" not in one]
        assert [] == told, "more than the webhook that a story lets fail"
        assert WEBHOOK_SECRET not in running.text()
    finally:
        running.stop()


@pytest.fixture
def person(alerting, slapd, names):
    """Somebody with an address in the directory and a phone."""
    name = next(names)
    slapd.change(
        f"dn: uid={name},{PEOPLE}\nchangetype: modify\nadd: mail\nmail: {name}@example.org\n"
    )
    return Someone(alerting, name)


@pytest.fixture
def terminal(tmp_path, person, alerting):
    """The person's phone, in a terminal."""
    link = alerting.command("device", "invite", person.name).strip()
    phone = TerminalPhone(tmp_path / "home")
    status, told = phone.run("enroll", link, "--ca", alerting.ca)
    assert status == 0, told
    return phone


def answer(person, nas, decision="approve"):
    """Have a push and answer it; give the NAS's reply."""
    packet = person.packet()
    nas.send(packet)
    assert 204 == person.phone.answer(person.asked(), decision)
    return nas.hear(packet, 10)


def letters_about(person, mail):
    """Wait for the letters of a report; give their texts by their subjects."""
    ends_at = time.monotonic() + 30
    while True:
        found = [letter for _, _, letter in mail.box.letters if person.name in str(letter)]
        told = {one["Subject"]: one.get_content().replace("\n", " ") for one in found}
        if len(told) >= 3:  # and that a phone was enrolled
            return told
        assert time.monotonic() < ends_at, told
        time.sleep(0.1)


def pushes(person):
    return person.daemon.json("account", "show", person.name)["pushes"]


def asked(person):
    """Give how many pushes the person had so far."""
    with_name = "SELECT count(*) FROM approvals JOIN accounts ON accounts.id = account_id"
    connection = person.daemon.database.connect()
    try:
        found = connection.execute(f"{with_name} WHERE user_name = ?", (person.name,))
        return found.fetchone()[0]
    finally:
        connection.close()


def test_a_storm_is_one_push(alerting, person, terminal):
    """A thousand requests for one person, from many callers: the phone shows one."""
    with person.nas(HELD) as nas:
        for number in range(STORM):
            caller = f"198.51.100.{number % 50}".encode()
            nas.send(person.packet(caller=caller))
            if number % 100 == 0:
                time.sleep(0.1)  # what the socket holds
        (shown,) = terminal.open()
        assert 1 == asked(person)
        assert 0 == terminal.run("deny", shown["id"])[0]
    with person.nas(HELD) as nas:
        for _ in range(20):
            nas.send(person.packet())
        assert ACCESS_REJECT == nas.receive(5)[0]
    assert 1 == asked(person)
    found = pushes(person)
    assert (1, 0) == (found["denied"], found["unanswered"])


def test_a_denial_makes_this_client_wait(alerting, person):
    """The text says so, and for how long; another client does not wait."""
    person.enrol_phone()
    with person.nas(HELD) as nas, person.nas(PLAIN) as other:
        assert ACCESS_REJECT == answer(person, nas, "deny").code
        refused = nas.ask(person.packet(), 5)
        began = time.monotonic()
        assert ACCESS_REJECT == refused.code
        assert "not asked now. Log in again in" in refused.text
        assert ACCESS_ACCEPT == answer(person, other).code
        time.sleep(max(0.0, began + FIRST_WAIT - time.monotonic()))
        assert ACCESS_ACCEPT == answer(person, nas).code
        assert {} == pushes(person)["waits"]


def test_a_stranger_without_the_password_blocks_nobody(alerting, person):
    """However often they try, nothing is counted and the phone is silent."""
    person.enrol_phone()
    with person.nas(HELD) as nas:
        for _ in range(12):
            assert ACCESS_REJECT == nas.ask(person.packet("a guess"), 5).code
        assert (0, 0) == (pushes(person)["failures"], asked(person))


def test_this_was_not_me(alerting, person, terminal, mail, webhook):
    """Blocked at once; letters to person and admin, a signed webhook, a line in the log; undone."""
    seed = person.enrol_totp()
    before = len(alerting.text())
    webhook.statuses = [503]
    with person.nas(HELD) as nas, person.nas(ASKED) as asking:
        packet = person.packet()
        nas.send(packet)
        (shown,) = terminal.open()
        assert 0 == terminal.run("report", shown["id"])[0]
        assert ACCESS_REJECT == nas.hear(packet, 10).code
        refused = nas.ask(person.packet(), 5)
        assert (ACCESS_REJECT, True) == (refused.code, "change your password" in refused.text)
        # Codes go on: the challenge asks for one, and it lets in.
        challenge = asking.ask(person.packet(), 5)
        assert (ACCESS_CHALLENGE, "Enter your code.") == (challenge.code, challenge.text)
        accepted = asking.ask(person.packet(code(seed), state=challenge.state), 5)
        assert ACCESS_ACCEPT == accepted.code

        told = letters_about(person, mail)
        assert "Somebody knows your password" in told
        text = told[f"Alert: {person.name}, push-reported"]
        assert "the password is known to somebody" in text

        failed, taken = webhook.message(), webhook.message(30)
        assert (503, 204) == (failed[3], taken[3])
        assert failed[1]["webhook-id"] == taken[1]["webhook-id"]
        for _, headers, body, _ in (failed, taken):
            alert = verified(headers, body, WEBHOOK_SECRET)
            assert ("push-reported", person.name) == (alert["type"], alert["data"]["user"])
            assert alert["data"]["password_known_to_somebody"] is True
        assert "the password is known to somebody" in alerting.text()[before:]

        assert "report" == pushes(person)["blocked_by"]
        status, said = terminal.run("confirm")
        assert (0, "this phone is asked again\n") == (status, said)
        assert 1 == terminal.run("confirm")[0]
        time.sleep(FIRST_WAIT)
        packet = person.packet()
        nas.send(packet)
        (shown,) = terminal.open()
        assert 0 == terminal.run("approve", shown["id"])[0]
        assert ACCESS_ACCEPT == nas.hear(packet, 10).code


@needs_chromium
def test_three_denials_and_a_tap_in_the_app(alerting, person, driver, tmp_path):
    """The app says that it is not asked any more, and why; one tap, and it is asked again."""
    opened = Browser(driver, tmp_path, alerting.ca)
    with (
        opened.visit(**PHONE) as context,
        person.nas(HELD) as nas,
        person.nas(PLAIN) as other,
    ):
        app = App(context.pages[0], alerting.url).enrol(person.invited())
        for where, wait in ((nas, 0), (other, FIRST_WAIT), (nas, 0)):
            packet = person.packet()
            where.send(packet)
            app.request()
            app.press("Deny")
            app.told("Denied")
            assert ACCESS_REJECT == where.hear(packet, 10).code
            time.sleep(wait)
        card = app.page.get_by_role("region", name="This phone is not asked")
        expect(card).to_contain_text("You denied several logins in a row")
        assert ACCESS_REJECT == other.ask(person.packet(), 5).code
        app.press("I am here: ask this phone again")
        expect(card).to_have_count(0)
        assert pushes(person)["blocked_by"] is None
        packet = person.packet()
        other.send(packet)
        app.request()
        app.press("Approve")
        assert ACCESS_ACCEPT == other.hear(packet, 10).code
        assert [] == context.faults


def test_an_admin_unlocks(alerting, person):
    """`account unlock` forgets all of it."""
    person.enrol_phone()
    with person.nas(HELD) as nas:
        assert ACCESS_REJECT == answer(person, nas, "report").code
        assert ACCESS_REJECT == nas.ask(person.packet(), 5).code
        alerting.command("account", "unlock", person.name)
        assert ACCESS_ACCEPT == answer(person, nas).code


def test_a_country_that_is_new_wants_a_number_or_a_code(alerting, person):
    """No push from there without one; once passed it is known, and a file that is read again too."""
    person.enrol_phone()
    with person.nas(HELD) as nas, person.nas(ASKED) as asking:
        packet = person.packet()
        nas.send(packet)
        jws = person.asked()
        assert (True, "DE") == (payload_of(jws)["first_time"], payload_of(jws)["country"])
        assert 204 == person.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.hear(packet, 10).code
        write_countries(alerting.folder, {"192.0.2.0/24": "DE", "203.0.113.0/24": "FR"})
        alerting.read_again()
        elsewhere = {"caller": b"203.0.113.9"}
        refused = nas.ask(person.packet(**elsewhere), 5)
        assert (ACCESS_REJECT, True) == (refused.code, "not logged in from here" in refused.text)
        assert 1 == asked(person)
        challenge = asking.ask(person.packet(**elsewhere), 5)
        assert 204 == person.phone.answer(person.asked(), number=number_in(challenge.text))
        going_on = person.packet(b"", state=challenge.state, **elsewhere)
        assert ACCESS_ACCEPT == asking.ask(going_on, 10).code
        assert {"DE", "FR"} == set(pushes(person)["countries"])
        packet = person.packet(**elsewhere)
        nas.send(packet)
        jws = person.asked()
        assert "first_time" not in payload_of(jws)
        assert 204 == person.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.hear(packet, 10).code
