"""A NAS that shows a number to type on the phone: how it goes on, and what else is typed there."""

import re

import pytest

from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.phone import payload_of
from tests.scenarios.conftest import ASKED, HYBRID
from tests.scenarios.test_codes import code, wrong

pytestmark = pytest.mark.scenario


def number_in(reply):
    return re.search(r"\b\d{6}\b", reply.text)[0]


def newly_asked(someone, *seen):
    """Give the one request on the phone that is none of those *seen*."""
    (jws,) = set(someone.phone.approvals()) - set(seen)
    return jws


def test_the_number_is_nowhere_in_what_the_phone_gets(someone):
    """It is transferred by the person: the phone knows only how many digits it has."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        number = number_in(nas.ask(someone.packet()))
    told = payload_of(someone.asked())
    assert 6 == told["number_digits"]
    assert number not in [str(value) for value in told.values()]


@pytest.mark.parametrize("typed", [b"", b"\0" * 16, b"  ", b"ok"])
def test_whatever_is_no_code_continues_and_is_held(someone, typed):
    """Nothing, NULs, white space or a word: silence until the phone has answered."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet())
        packet = someone.packet(typed, state=challenge.state)
        nas.send(packet)
        assert nas.receive(0.3) is None
        assert 204 == someone.phone.answer(someone.asked(), number=number_in(challenge))
        assert ACCESS_ACCEPT == nas.hear(packet).code


def test_the_number_typed_at_the_nas_is_no_wrong_code(someone):
    """As often as it comes, the challenge says where it goes; a code still lets in."""
    seed = someone.enrol_totp()
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet())
        for _ in range(6):
            challenge = nas.ask(someone.packet(number_in(challenge), state=challenge.state))
            assert ACCESS_CHALLENGE == challenge.code
            assert "typed on your phone, not here" in challenge.text
        assert ACCESS_ACCEPT == nas.ask(someone.packet(code(seed), state=challenge.state)).code


def test_a_code_in_place_of_the_number_withdraws_the_request(someone):
    """The challenge offers it; afterwards the phone shows nothing and can answer nothing."""
    seed = someone.enrol_totp()
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet())
        assert "code" in challenge.text
        jws = someone.asked()
        assert ACCESS_ACCEPT == nas.ask(someone.packet(code(seed), state=challenge.state)).code
    assert [] == someone.phone.approvals()
    assert 410 == someone.phone.answer(jws, number=number_in(challenge))


def test_deny_needs_no_number(someone):
    """The login that continues is refused."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet())
        assert 204 == someone.phone.answer(someone.asked(), "deny")
        assert ACCESS_REJECT == nas.ask(someone.packet(b"", state=challenge.state)).code


def test_an_approval_with_a_number_serves_its_own_login_alone(someone):
    """A new login of the same caller gets a number of its own, whatever was approved."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        first = nas.ask(someone.packet())
        jws = someone.asked()
        assert 204 == someone.phone.answer(jws, number=number_in(first))
        second = nas.ask(someone.packet())
        assert ACCESS_CHALLENGE == second.code
        packet = someone.packet(b"", state=second.state)
        nas.send(packet)
        assert nas.receive(0.3) is None
        assert 204 == someone.phone.answer(newly_asked(someone), "deny")
        assert ACCESS_REJECT == nas.hear(packet).code


def test_two_callers_have_two_numbers_and_a_third_waits(someone):
    """Each request serves its own login, labelled by its origin; a third gets none."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas, someone.nas(ASKED) as other:
        here = nas.ask(someone.packet())
        jws = someone.asked()
        there = other.ask(someone.packet(caller=b"198.51.100.1"))
        other_jws = newly_asked(someone, jws)
        assert "198.51.100.1" == payload_of(other_jws)["origin"]
        refused = other.ask(someone.packet(caller=b"198.51.100.2"))
        assert ACCESS_REJECT == refused.code
        assert {jws, other_jws} == set(someone.phone.approvals())
        assert "198.51.100.2" in someone.phone.poll()["others"]
        assert 422 == someone.phone.answer(jws, number=number_in(there))
        assert 204 == someone.phone.answer(jws, number=number_in(here))
        going_on = someone.packet(b"", state=there.state, caller=b"198.51.100.1")
        other.send(going_on)
        assert other.receive(0.3) is None
        assert ACCESS_ACCEPT == nas.ask(someone.packet(b"", state=here.state)).code
        assert 204 == someone.phone.answer(other_jws, number=number_in(there))
        assert ACCESS_ACCEPT == other.hear(going_on).code


def test_a_phone_that_is_slow_becomes_a_challenge(someone):
    """Without numbers: held first, then asked to approve or type a code; the approval serves it."""
    seed = someone.enrol_totp()
    someone.enrol_phone()
    with someone.nas(HYBRID) as nas:
        challenge = nas.ask(someone.packet(), 10)
        assert ACCESS_CHALLENGE == challenge.code
        assert "phone" in challenge.text
        assert "code" in challenge.text
        again = nas.ask(someone.packet(wrong(seed), state=challenge.state))
        assert ACCESS_CHALLENGE == again.code
        assert 204 == someone.phone.answer(someone.asked())
        assert ACCESS_ACCEPT == nas.ask(someone.packet(b"", state=again.state)).code
