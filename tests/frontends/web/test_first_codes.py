"""POST /recovery-codes: the first codes, for a phone that has just enrolled."""

import json

from proxy.factors.recovery import has_form
from tests.peers.device_world import kind
from tests.peers.phone import API

PATH = f"{API}/recovery-codes"


def may_have(phone):
    _, _, octets = phone.proved("GET", f"{API}/me")
    return json.loads(octets)["recovery_codes"]


def test_a_phone_gets_the_first_codes_once(phone):
    """201 with the codes; then 409, and /me says so before anybody asks."""
    assert may_have(phone)
    status, _, octets = phone.proved("POST", PATH)
    codes = json.loads(octets)["codes"]
    assert (201, 10) == (status, len(codes))
    assert all(map(has_form, codes))
    assert not may_have(phone)
    status, _, octets = phone.proved("POST", PATH)
    assert (409, "has-recovery-codes") == (status, kind(octets))


def test_where_no_login_takes_them_there_are_none(phone, world):
    """They would only make somebody feel safe."""
    world.recovery_serves = False
    assert not may_have(phone)
    status, _, octets = phone.proved("POST", PATH)
    assert (403, "no-recovery-codes") == (status, kind(octets))


def test_later_there_are_none(phone, world):
    """409."""
    world.clock.advance(601)
    status, _, octets = phone.proved("POST", PATH)
    assert (409, "too-late") == (status, kind(octets))


def test_without_a_proof_there_are_none(world):
    """As every call of a phone."""
    assert 401 == world.call("POST", PATH).answer[0]
