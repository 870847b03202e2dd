"""What a command takes away holds at once: for logins that wait, States that are out, and polls."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.phone import API, Phone
from tests.scenarios.conftest import APPENDED, ASKED, HELD
from tests.scenarios.test_codes import code
from tests.scenarios.test_number import number_in

pytestmark = pytest.mark.scenario


def test_revoking_a_phone_ends_its_poll(someone, daemon):
    """The open poll ends with 401 and its reason; the phone may ask nothing more."""
    someone.enrol_phone()
    path = f"{API}/approvals"
    with ThreadPoolExecutor(1) as thread:
        poll = thread.submit(someone.phone.proved, "GET", path, query="?wait=60")
        daemon.command("device", "revoke", someone.phone.id)
        status, _, octets = poll.result(timeout=20)
    assert 401 == status
    assert json.loads(octets)["type"].endswith("/device-retired")
    assert 401 == someone.phone.proved("GET", f"{API}/me")[0]


def test_an_approval_of_a_phone_that_was_revoked_since_lets_nobody_in(someone, daemon):
    """Approved with its number, then revoked, then continued: refused."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet())
        assert 204 == someone.phone.answer(someone.asked(), number=number_in(challenge))
        daemon.command("device", "revoke", someone.phone.id)
        assert ACCESS_REJECT == nas.ask(someone.packet(b"", state=challenge.state)).code


def test_a_late_approval_of_a_phone_that_was_revoked_since_serves_no_retry(someone, daemon):
    """The person has no factor then, and is told so."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        assert ACCESS_REJECT == nas.ask(someone.packet(), 10).code
        assert 204 == someone.phone.answer(someone.asked())
        daemon.command("device", "revoke", someone.phone.id)
        refused = nas.ask(someone.packet())
    assert ACCESS_REJECT == refused.code
    assert daemon.url in refused.text


def test_blocking_an_account_refuses_the_state_that_is_out(someone, daemon):
    """The right code no longer serves; unblocked, a new login does."""
    seed = someone.enrol_totp()
    with someone.nas(ASKED) as nas:
        asked = nas.ask(someone.packet())
        daemon.command("account", "block", someone.name)
        assert ACCESS_REJECT == nas.ask(someone.packet(code(seed), state=asked.state)).code
        daemon.command("account", "unblock", someone.name)
        asked = nas.ask(someone.packet())
        assert ACCESS_CHALLENGE == asked.code
        assert ACCESS_ACCEPT == nas.ask(someone.packet(code(seed), state=asked.state)).code


def test_a_phone_that_takes_the_place_of_another(someone, daemon):
    """Invited without --replace: no. With it: the old one is retired, its request void."""
    old = someone.enrol_phone().phone
    daemon.command("device", "invite", someone.name, expect=1)
    link = daemon.command("device", "invite", "--replace", someone.name).strip()
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        jws = someone.asked()
        someone.phone = Phone(daemon.url, ca=daemon.ca)
        assert 201 == someone.phone.enroll(link.partition("#")[2])[0]
        assert ACCESS_REJECT == nas.hear(packet).code
        assert (401, "device-retired") == old.send("x", old.answer_to(jws))
        assert 401 == old.answer(jws)
        assert [] == someone.phone.approvals()
        thread, answered = someone.answer_soon()
        assert ACCESS_ACCEPT == nas.ask(someone.packet()).code
        thread.join()
    assert [204] == answered


def test_recovery_codes_issued_anew_end_the_old_ones(someone, daemon):
    """At once."""
    old = daemon.command("recovery", "issue", someone.name).split()
    new = daemon.command("recovery", "issue", someone.name).split()
    with someone.nas(APPENDED) as nas:
        assert ACCESS_REJECT == nas.ask(someone.packet(f"{someone.password},{old[0]}")).code
        assert ACCESS_ACCEPT == nas.ask(someone.packet(f"{someone.password},{new[0]}")).code
