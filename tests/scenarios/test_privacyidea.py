"""The privacyIDEA Authenticator on a phone: a real daemon, a real directory, radclient as the NAS."""

import re
import shutil
import threading
import time
from contextlib import suppress

import pytest
from sqlalchemy import select, update

from proxy.store import schema
from tests.peers.daemon import Daemon, client
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.phone import Phone
from tests.peers.privacyidea_phone import PrivacyIdeaPhone, key_of
from tests.scenarios.conftest import ASKED, HELD, HYBRID, Someone
from tests.scenarios.test_codes import code
from tests.scenarios.test_radclient_logins import radclient, wanted

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient is not installed"),
]

KEYS = iter(range(100, 200))
"""Each story's phones have keys of their own: a key is enrolled once."""


@pytest.fixture(scope="module")
def daemon(slapd, tmp_path_factory):
    """One whose policy lets a number be pressed on HYBRID alone; radclient calls from 127.0.0.1."""
    common = {"directory": "corp", "factors": ["push", "totp", "recovery"]}
    policies = [
        {"name": "held", "clients": ["held", "near"], **common},
        {"name": "asked", "clients": ["asked"], **common},
        {"name": "pressed", "clients": ["hybrid"], "picking": True, **common},
    ]
    clients = {
        "held": client(HELD),
        "near": client("127.0.0.1", wait="20s"),
        "asked": client(ASKED, challenge=True),
        "hybrid": client(HYBRID, challenge=True),
    }
    folder = tmp_path_factory.mktemp("privacyidea")
    running = Daemon(folder, slapd.directory_settings(), clients, policies)
    try:
        yield running.start()
        assert "Traceback" not in running.text()
    finally:
        running.stop()


@pytest.fixture
def someone(daemon, names):
    return Someone(daemon, next(names))


def invited(someone, *more):
    """Give a phone that has scanned what the command prints."""
    (uri,) = someone.daemon.command(
        "device", "invite", someone.name, "--app", "privacyidea", *more
    ).splitlines()
    return PrivacyIdeaPhone(uri, someone.daemon.ca, key_of(next(KEYS)))


def enrolled(someone, *more):
    phone = invited(someone, *more)
    assert 400 == phone.post()[0]  # as on iOS, before anything else
    assert 200 == phone.roll_out()
    activate(someone, phone)
    return phone


def activate(someone, phone):
    """Poll, and leave the poll behind, which is held as long as nothing is asked."""

    def poll():
        with suppress(OSError):  # a story may end the daemon before the poll ends
            phone.poll()

    threading.Thread(target=poll, daemon=True).start()
    ends_at = time.monotonic() + 10
    while device_of(someone, phone) is None:
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def device_of(someone, phone):
    """Give the id of the phone, if it is enrolled."""
    table = schema.privacyidea_tokens
    query = select(table.c.device_id).where(table.c.serial == phone.serial)
    return someone.daemon.database.now(lambda session: session.row(query)["device_id"])


def asked_of(someone, phone):
    """Say how many requests were ever made for a phone: a poll would take its ten seconds."""
    table = schema.approvals
    query = select(table.c.id).where(table.c.device_id == device_of(someone, phone))
    return len(someone.daemon.database.now(lambda session: session.rows(query)))


def answer_soon(phone, *answer, **more):
    """Answer what is asked next, in the background."""

    def work():
        (challenge,) = phone.challenges()
        answered.append((challenge, phone.answer(challenge, *answer, **more)))

    answered = []
    thread = threading.Thread(target=work)
    thread.start()
    return thread, answered


def test_enrolled_and_approved(someone, daemon):
    """With a key as long as the app's, from the printed QR code to radclient's Access-Accept."""
    printed = daemon.command("device", "invite", someone.name, "--app", "privacyidea", "--qr")
    uri, *drawing = printed.splitlines()
    assert len(drawing) > 20
    phone = PrivacyIdeaPhone(uri, daemon.ca, key_of(next(KEYS), 4096))
    assert 200 == phone.roll_out()
    assert [] == daemon.json("device", "list", someone.name)
    activate(someone, phone)
    thread, answered = answer_soon(phone)
    told = radclient(daemon, wanted(someone.name, someone.password), seconds=20)
    thread.join()
    assert "Received Access-Accept" in told
    ((challenge, outcome),) = answered
    assert outcome is True
    assert f"{someone.name} logs in at near from 127.0.0.1" in challenge["question"]
    (listed,) = daemon.json("device", "list", someone.name)
    assert ("privacyidea", "privacyIDEA Authenticator") == (listed["app"], listed["name"])


@pytest.mark.parametrize("decline", [True, "cancelled", "unknown_trigger"])
def test_declined(someone, daemon, decline):
    """Rejected at once; radclient need not wait."""
    phone = enrolled(someone)
    thread, answered = answer_soon(phone, decline)
    told = radclient(daemon, wanted(someone.name, someone.password), seconds=20)
    thread.join()
    assert "Received Access-Reject" in told
    assert answered[0][1] is True
    reason = "reported" if decline == "unknown_trigger" else "denied"
    assert (
        f'"username":"{someone.name}","client":"near","origin":"127.0.0.1","reason":"{reason}"'
        in (daemon.text())
    )


def test_no_push_before_the_password(someone):
    """Whoever does not know it asks nothing of the phone."""
    phone = enrolled(someone)
    with someone.nas(HELD) as nas:
        assert ACCESS_REJECT == nas.ask(someone.packet("wrong"), 5).code
    assert (200, []) == phone.poll()


def test_replaced(someone, daemon):
    """The old phone stays until the new one is activated, then is told nothing; the new one serves."""
    old = enrolled(someone)
    daemon.command("device", "invite", someone.name, "--app", "privacyidea", expect=1)
    new = invited(someone, "--replace")
    assert 200 == new.roll_out()
    with someone.nas(HELD) as nas:
        thread, answered = answer_soon(old)
        assert ACCESS_ACCEPT == nas.ask(someone.packet(), 6).code
        thread.join()
        activate(someone, new)
        assert 403 == old.poll()[0]
        thread, answered = answer_soon(new)
        assert ACCESS_ACCEPT == nas.ask(someone.packet(), 6).code
        thread.join()
    assert answered[0][1] is True


def test_from_one_kind_of_app_to_the_other(someone):
    """One phone a person, whatever its app."""
    someone.enrol_phone()
    phone = enrolled(someone, "--replace")
    assert 401 == someone.phone.proved("GET", "/api/device/v1/approvals")[0]
    again = Phone(someone.daemon.url, ca=someone.daemon.ca)
    assert 201 == again.enroll(someone.invited(replace=True))[0]
    assert (403, []) == phone.poll()


def test_a_wrong_signature(someone):
    """Neither polls nor answers; the login waits for a good one."""
    phone = enrolled(someone)
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        (challenge,) = phone.challenges()
        assert 400 == phone.poll(signature=phone.sign("x"))[0]
        assert 400 == phone.answer(challenge, key=key_of(1))
        assert nas.receive(0.3) is None
        assert phone.answer(challenge) is True
        assert ACCESS_ACCEPT == nas.hear(packet).code


def test_replays(someone):
    """A poll serves once, an answer once, and an answer of one login no other."""
    phone = enrolled(someone)
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        query = phone.poll_query()
        assert 200 == phone.call("GET", query)[0]
        assert 400 == phone.call("GET", query)[0]
        (challenge,) = phone.challenges()
        fields = phone.answer_to(challenge)
        assert phone.post(**fields)[1]["result"]["value"] is True
        assert ACCESS_ACCEPT == nas.hear(packet).code
        nas.send(someone.packet())
        assert phone.challenges()
        assert phone.post(**fields)[1]["result"]["value"] is False
        assert nas.receive(0.3) is None


def test_expired(someone, daemon):
    """An answer after the request's end is none."""
    phone = enrolled(someone)
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        (challenge,) = phone.challenges()
        at = time.time()
        ended = update(schema.approvals).where(schema.approvals.c.nonce == challenge["nonce"])
        daemon.database.now(lambda session: session.run(ended.values(expires_at=at)))
        assert phone.answer(challenge) is False
        assert ACCESS_REJECT == nas.hear(packet, 8).code


def test_retired(someone, daemon):
    """Revoking voids what is open, ends the poll, and the login that waits is refused."""
    phone = enrolled(someone)
    (listed,) = daemon.json("device", "list", someone.name)
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        (challenge,) = phone.challenges()
        daemon.command("device", "revoke", listed["id"])
        assert ACCESS_REJECT == nas.hear(packet).code
        assert phone.answer(challenge) is False
        assert 403 == phone.poll()[0]


def test_where_a_number_is_asked_it_is_codes_alone(someone):
    """The phone is not asked: the number cannot be typed there."""
    phone = enrolled(someone)
    with someone.nas(ASKED) as nas:
        refused = nas.ask(someone.packet(), 5)
        assert ACCESS_REJECT == refused.code
        assert "cannot be used with this login" in refused.text
        seed = someone.enrol_totp()
        asked = nas.ask(someone.packet(), 5)
        assert (ACCESS_CHALLENGE, "Enter your code.") == (asked.code, asked.text)
        assert ACCESS_ACCEPT == nas.ask(someone.packet(code(seed), state=asked.state), 5).code
    assert 0 == asked_of(someone, phone)


def test_a_number_is_pressed_where_the_policy_says_so(someone):
    """The challenge shows which; the right one lets in, a wrong one ends it at once."""
    phone = enrolled(someone)
    with someone.nas(HYBRID) as nas:
        asked = nas.ask(someone.packet(), 5)
        assert "Open the app on your phone, press" in asked.text
        number = re.search(r"press (\d\d) and continue", asked.text)[1]
        (challenge,) = phone.challenges()
        assert number in challenge["require_presence"].split(",")
        assert phone.answer(challenge, presence=number) is True
        assert ACCESS_ACCEPT == nas.ask(someone.packet(b"", state=asked.state), 5).code
        asked = nas.ask(someone.packet(), 5)
        number = re.search(r"press (\d\d) and continue", asked.text)[1]
        (challenge,) = phone.challenges()
        again = nas.ask(someone.packet(number, state=asked.state), 5)
        assert "pressed on your phone, not here" in again.text
        options = challenge["require_presence"].split(",")
        wrong = next(option for option in options if option != number)
        assert phone.answer(challenge, presence=wrong) is False
        assert ACCESS_REJECT == nas.ask(someone.packet(b"", state=again.state), 5).code


def test_a_new_master_key(someone, daemon):
    """The server's key is sealed anew: phones know it still."""
    phone = enrolled(someone)
    daemon.command("key", "rotate", "master")
    daemon.stop()
    daemon.start()
    with someone.nas(HELD) as nas:
        thread, answered = answer_soon(phone)
        assert ACCESS_ACCEPT == nas.ask(someone.packet(), 6).code
        thread.join()
    assert answered[0][1] is True


def test_what_failed_is_limited(someone):
    """A phone that knows nothing is told to wait, one that is enrolled goes on beside it."""
    phone = enrolled(someone)
    stranger = invited(Someone(someone.daemon, someone.name), "--replace")
    for _ in range(10):
        assert 400 == stranger.poll()[0]
    assert 429 == stranger.poll()[0]
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        (challenge,) = phone.challenges()
        assert phone.answer(challenge) is True
        assert ACCESS_ACCEPT == nas.hear(packet).code
