"""Logins held for a phone: the NAS is the tests' own, the phone an independent one."""

import re
import time

import pytest

from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.scenarios.conftest import ASKED, HELD

pytestmark = pytest.mark.scenario
CLASS = 25


def test_an_approved_push_lets_in(someone):
    """Held until the phone's signed answer; the policy's attributes go with the Access-Accept."""
    someone.enrol_phone()
    thread, answered = someone.answer_soon()
    with someone.nas(HELD) as nas:
        reply = nas.ask(someone.packet(), 10)
    thread.join()
    assert ([204], ACCESS_ACCEPT, [b"staff"]) == (answered, reply.code, reply.values(CLASS))


@pytest.mark.parametrize("decision", ["deny", "report"])
def test_a_denied_push_does_not(someone, decision):
    """Denied and reported are refused."""
    someone.enrol_phone()
    thread, _ = someone.answer_soon(decision)
    with someone.nas(HELD) as nas:
        assert ACCESS_REJECT == nas.ask(someone.packet(), 10).code
    thread.join()


def test_what_the_phone_shows(someone):
    """Who, which NAS, from where; for as long as the request lives."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        jws = someone.asked()
        (claims,) = someone.shown()
        assert 204 == someone.phone.answer(jws, "deny")
    assert (someone.name, "held", "192.0.2.77", 0) == (
        claims["sub"],
        claims["client"],
        claims["origin"],
        claims["number_digits"],
    )
    assert 120 == claims["exp"] - claims["iat"]


def test_no_answer_is_refused_within_the_wait_and_serves_the_next_try_once(someone):
    """Six seconds here, less the margin; then a late approval lets the next try in."""
    someone.enrol_phone()
    began = time.monotonic()
    with someone.nas(HELD) as nas:
        refused = nas.ask(someone.packet(), 10)
        assert 5.0 < time.monotonic() - began < 6.0
        assert 204 == someone.phone.answer(someone.asked())
        accepted = nas.ask(someone.packet(), 5)
        nas.send(someone.packet())
        assert 1 == len(someone.phone.approvals(10))
    assert (ACCESS_REJECT, ACCESS_ACCEPT) == (refused.code, accepted.code)


def test_the_next_try_joins_the_push_that_is_still_open(someone):
    """Refused for want of an answer, tried again: no second push, the approval serves it."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        assert ACCESS_REJECT == nas.ask(someone.packet(), 10).code
        jws = someone.asked()
        packet = someone.packet()
        nas.send(packet)
        assert nas.receive(0.5) is None
        assert [jws] == someone.phone.approvals()
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.hear(packet).code


def test_a_wrong_password_asks_no_phone(someone):
    """Nor does an unknown person's."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        assert ACCESS_REJECT == nas.ask(someone.packet("wrong")).code
    assert [] == someone.phone.approvals()


def test_another_caller_is_refused_and_shown(someone):
    """No second push; the phone shows where the other login comes from."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas, someone.nas(HELD) as other:
        nas.send(someone.packet())
        jws = someone.asked()
        refused = other.ask(someone.packet(caller=b"198.51.100.9"), 5)
        assert {"approvals": [jws], "others": ["198.51.100.9"]} == someone.phone.poll()
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.receive(5)[0]
    assert ACCESS_REJECT == refused.code
    assert "phone" in refused.text


def test_a_number_is_typed_on_the_phone(someone):
    """A wrong one is refused and counted; the right one and `continue` let in."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet(), 5)
        number = re.search(r"\d{6}", challenge.text)[0]
        jws = someone.asked()
        assert 422 == someone.phone.answer(jws)
        assert 422 == someone.phone.answer(jws, number="000000" if number != "000000" else "1")
        assert 204 == someone.phone.answer(jws, number=number)
        reply = nas.ask(someone.packet(b"", state=challenge.state), 5)
    assert (ACCESS_CHALLENGE, ACCESS_ACCEPT) == (challenge.code, reply.code)


def test_the_third_wrong_number_closes_the_request(someone):
    """The right one comes too late then, and the login is refused."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet(), 5)
        number = re.search(r"\d{6}", challenge.text)[0]
        jws = someone.asked()
        for _ in range(3):
            assert 422 == someone.phone.answer(jws, number="x" + number[1:])
        assert 410 == someone.phone.answer(jws, number=number)
        assert ACCESS_REJECT == nas.ask(someone.packet(b"", state=challenge.state), 5).code


def test_continue_before_the_approval_is_held(someone):
    """Then the same number comes again with a new State."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        first = nas.ask(someone.packet(), 5)
        again = nas.ask(someone.packet(b"", state=first.state), 10)
        number = re.search(r"\d{6}", again.text)[0]
        assert number in first.text
        assert first.state != again.state
        thread, _ = someone.answer_soon(number=number)
        assert ACCESS_ACCEPT == nas.ask(someone.packet(b"", state=again.state), 10).code
        thread.join()


def test_a_newer_login_replaces_the_number(someone):
    """The old request is withdrawn from the phone, its State is dead."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        old = nas.ask(someone.packet(), 5)
        old_jws = someone.asked()
        new = nas.ask(someone.packet(), 5)
        assert 410 == someone.phone.answer(old_jws, number=re.search(r"\d{6}", old.text)[0])
        assert ACCESS_REJECT == nas.ask(someone.packet(b"", state=old.state), 5).code
        (jws,) = someone.phone.approvals()
        assert 204 == someone.phone.answer(jws, number=re.search(r"\d{6}", new.text)[0])
        assert ACCESS_ACCEPT == nas.ask(someone.packet(b"", state=new.state), 5).code


def test_revoking_the_phone_refuses_the_login_that_waits(someone, daemon):
    """Within a second, and ends its poll."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        jws = someone.asked()
        daemon.command("device", "revoke", someone.phone.id)
        assert nas.receive(1.5)[0] == ACCESS_REJECT
    assert 401 == someone.phone.answer(jws)


def test_blocking_the_account_refuses_the_login_that_waits(someone, daemon):
    """And every next one, in the same words as a wrong password."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        someone.asked()
        daemon.command("account", "block", someone.name)
        assert nas.receive(1.5)[0] == ACCESS_REJECT
        blocked, wrong = nas.ask(someone.packet(), 5), nas.ask(someone.packet("wrong"), 5)
    assert (ACCESS_REJECT, wrong.text) == (blocked.code, blocked.text)


# --- how NASes retry ---


def test_the_same_packet_every_second(someone):
    """Silence while it is pending, then the same octets again."""
    someone.enrol_phone()
    packet = someone.packet()
    with someone.nas(HELD) as nas:
        for _ in range(3):
            nas.send(packet)
            assert nas.receive(0.7) is None
        assert 204 == someone.phone.answer(someone.asked())
        first = nas.receive(5)
        nas.send(packet)
        assert first == nas.receive(5)
        assert nas.receive(0.3) is None


def test_a_new_port_and_authenticator_each_time(someone):
    """As OpenVPN's plugin does: one push, the newest packet gets the Access-Accept."""
    someone.enrol_phone()
    tries = [someone.nas(HELD) for _ in range(3)]
    for nas in tries:
        nas.send(someone.packet())
        time.sleep(0.7)
    (jws,) = someone.phone.approvals(5)
    assert 204 == someone.phone.answer(jws)
    assert ACCESS_ACCEPT == tries[-1].receive(5)[0]
    assert [None, None] == [nas.receive(0.3) for nas in tries[:2]]
    for nas in tries:
        nas.__exit__()


def test_a_second_server_address(someone):
    """As OPNsense does when the first is slow: still one push."""
    someone.enrol_phone()
    with someone.nas(HELD) as first, someone.nas(HELD, "127.0.0.2") as second:
        first.send(someone.packet())
        time.sleep(0.7)
        second.send(someone.packet())
        assert 204 == someone.phone.answer(someone.asked())
        assert ACCESS_ACCEPT == second.receive(5)[0]
        assert first.receive(0.3) is None
