"""The paths of phones: enrolment, and what a phone is told of itself."""

import json

import pytest

from proxy.store import open_approvals
from tests.peers.device_world import URL, SocketlessPhone, kind
from tests.peers.phone import API, payload_of, sign


def test_an_invitation_serves_once(world, phone):
    """The second phone is refused, whoever has the code."""
    code = world.invite(replace=True)
    assert 201 == SocketlessPhone(world).enroll(code)[0]
    status, told = SocketlessPhone(world).enroll(code)
    assert (403, "bad-invitation") == (status, kind(told))


def test_an_invitation_does_not_serve_after_its_time(world):
    """Fifteen minutes here."""
    code = world.invite()
    world.clock.advance(901)
    assert 403 == SocketlessPhone(world).enroll(code)[0]


def test_a_key_is_enrolled_once_for_ever(world, phone):
    """Not even again for the same person."""
    status, told = SocketlessPhone(world, key=phone.key).enroll(world.invite(replace=True))
    assert (409, "already-enrolled") == (status, kind(told))


def test_the_proof_must_be_by_the_key_of_the_same_body(world):
    """Nobody enrols a key that is not theirs."""
    mallory = SocketlessPhone(world)
    status, told = mallory.enroll(world.invite(), key=SocketlessPhone(world).jwk)
    assert (400, "bad-signature") == (status, kind(told))


def test_the_proof_must_be_for_this_code_and_server(world):
    """A proof seen elsewhere serves nobody."""
    code, phone = world.invite(), SocketlessPhone(world)
    for payload in (
        {"code": "0" * 26, "aud": URL, "iat": int(world.now())},
        {"code": code, "aud": "https://evil.example", "iat": int(world.now())},
    ):
        proof = sign({"typ": "enrolment-proof+jwt", "alg": "ES256"}, payload, phone.key)
        assert 400 == phone.enroll(code, proof=proof)[0]


def test_a_wrong_clock_is_told_so(world):
    """The phone corrects itself by Date and tries once more."""
    phone = SocketlessPhone(world)
    phone.clock = lambda: world.now() - 400
    status, told = phone.enroll(world.invite())
    assert (400, "clock") == (status, kind(told))


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        (None, 201),
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("text/plain", 415),
    ],
)
def test_an_enrolment_is_json_whether_it_says_so_or_not(world, media_type, status):
    """But not where it says that it is something else."""
    phone = SocketlessPhone(world)
    body = json.dumps(phone.enrolment(world.invite())).encode()
    headers = {} if media_type is None else {"Content-Type": media_type}
    assert status == world.call("POST", f"{API}/enrolments", body, headers).answer[0]


def test_a_private_key_is_refused(world):
    """Members beyond a public key are."""
    phone = SocketlessPhone(world)
    status, _ = phone.enroll(world.invite(), key={**phone.jwk, "d": "AAAA"})
    assert 400 == status


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"code":1}', b'{"code":"a","code":"b"}', b"\xff"]
)
def test_a_broken_body_is_refused(world, body):
    """No traceback for theirs."""
    answer = world.call("POST", f"{API}/enrolments", body, {"Content-Type": "application/json"})
    assert 400 == answer.answer[0]


def test_a_forwarded_address_that_is_no_text(world):
    """It is no address, and no bug of ours."""
    headers = {"Content-Type": "application/json", "X-Forwarded-For": "\udcff"}
    assert 400 == world.call("POST", f"{API}/enrolments", b"{", headers).answer[0]


def test_guessing_codes_is_slowed(world):
    """By source; the right one must wait too."""
    for _ in range(10):
        SocketlessPhone(world).enroll("0" * 26)
    status, told = SocketlessPhone(world).enroll(world.invite())
    assert (429, "too-many-tries") == (status, kind(told))


def test_a_replaced_phone_is_retired_at_once(world, phone):
    """Its request is void, its calls end with the reason."""
    asked = world.ask()
    request = phone.approvals()[0]
    new = SocketlessPhone(world)
    assert 201 == new.enroll(world.invite(replace=True))[0]
    status, _, octets = phone.proved("GET", f"{API}/approvals")
    assert (401, "device-retired") == (status, kind(octets))
    assert 401 == phone.answer(request)
    assert 404 == new.answer(request)
    assert "void" == world.write(lambda s: open_approvals.for_answer(s, asked.approval_id)).state


def test_the_last_factor_is_not_unenrolled(phone):
    """The account would be left without one."""
    status, _, octets = phone.proved("DELETE", f"{API}/me")
    assert (409, "last-factor") == (status, kind(octets))


def test_server_keys_are_signed(world, phone):
    """By a key that the phone has."""
    status, _, octets = phone.proved("GET", f"{API}/me")
    keys = payload_of(json.loads(octets)["server_keys"])["keys"]
    assert (200, 1) == (status, len(keys))


def test_unknown_paths_and_methods(world):
    """Are problems too."""
    assert 404 == world.call("GET", "/nothing").answer[0]
    assert 405 == world.call("DELETE", f"{API}/enrolments").answer[0]
