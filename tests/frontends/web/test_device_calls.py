"""Which phone calls: every refusal of a proof has its status and its kind."""

import base64
import hashlib
import hmac
import json

import pytest

from tests.peers.device_world import URL, SocketlessPhone, kind
from tests.peers.phone import API, payload_of, sign


def test_a_call_without_a_proof_is_refused(world):
    """Whatever it asks for."""
    assert 401 == world.call("GET", f"{API}/approvals").answer[0]


def test_a_proof_serves_once(world, phone):
    """Seen on the wire, it is worth nothing."""
    proof = phone.proof("GET", f"{API}/me")
    assert 200 == phone.proved("GET", f"{API}/me", proof=proof)[0]
    status, _, octets = phone.proved("GET", f"{API}/me", proof=proof)
    assert (401, "replayed-proof") == (status, kind(octets))


@pytest.mark.parametrize(
    "changed",
    [{"htm": "POST"}, {"htu": URL + "/other"}, {"htu": "https://evil.example/api/device/v1/me"}],
)
def test_a_proof_is_for_one_call(phone, changed):
    """Method and URL."""
    proof = phone.proof("GET", f"{API}/me", **changed)
    assert 401 == phone.proved("GET", f"{API}/me", proof=proof)[0]


def test_a_proof_by_a_key_nobody_enrolled(world):
    """The jwk only names a phone."""
    status, _, octets = SocketlessPhone(world).proved("GET", f"{API}/me")
    assert (401, "unknown-device") == (status, kind(octets))


def test_a_proof_of_another_time(world, phone):
    """Five minutes on either side."""
    proof = phone.proof("GET", f"{API}/me", iat=int(world.now()) - 301)
    status, _, octets = phone.proved("GET", f"{API}/me", proof=proof)
    assert (401, "clock") == (status, kind(octets))


def test_a_proof_without_a_signature(world, phone):
    """`alg` none and HS256 are refused before any key is used."""
    for alg in ("none", "HS256"):
        head = {"typ": "dpop+jwt", "alg": alg, "jwk": phone.jwk}
        payload = payload_of(phone.proof("GET", f"{API}/me"))
        first = sign(head, payload, phone.key).rsplit(".", 1)[0]
        mac = hmac.digest(json.dumps(phone.jwk).encode(), first.encode(), hashlib.sha256)
        for signature in ("", base64.urlsafe_b64encode(mac).rstrip(b"=").decode()):
            status, _, _ = phone.proved("GET", f"{API}/me", proof=f"{first}.{signature}")
            assert 401 == status
    assert "bad-algorithm" in world.counted
