"""The proof of its new key that a phone sends when it enrols."""

import pytest

from proxy.factors import jws
from proxy.factors.claims import BadClaims, ClockError
from proxy.factors.enrolment import TYPE, check_proof, make_proof
from proxy.factors.jwk import BadKey, SigningKey

KEY = SigningKey.create()
URL = "https://mfa.example.org"
NOW = 1_800_000_000.0


def test_a_phone_proves_its_new_key():
    """A proof by the key that is enrolled, for this code and server, passes."""
    check_proof(make_proof(KEY, "CODE", URL, NOW), KEY.public, "CODE", URL, NOW)


def test_a_proof_may_name_the_same_key():
    """A key in the header is allowed where it is the key of the request."""
    payload = {"code": "CODE", "aud": URL, "iat": NOW}
    text = jws.sign(payload, TYPE, KEY, {"jwk": KEY.public.to_jwk()})
    check_proof(text, KEY.public, "CODE", URL, NOW)


def test_a_proof_that_names_another_key_is_refused():
    """A proof by one key does not enrol another, whatever its header names."""
    other = SigningKey.create()
    text = jws.sign({}, TYPE, other, {"jwk": other.public.to_jwk()})
    with pytest.raises(BadKey):
        check_proof(text, KEY.public, "CODE", URL, NOW)


def test_a_proof_by_another_key_is_refused():
    """Whoever does not have the key cannot enrol it."""
    with pytest.raises(jws.BadSignature):
        check_proof(make_proof(SigningKey.create(), "CODE", URL, NOW), KEY.public, "CODE", URL, NOW)


@pytest.mark.parametrize(("code", "url"), [("OTHER", URL), ("CODE", "https://other.example")])
def test_a_proof_for_another_enrolment_is_refused(code, url):
    """A proof names its invitation and its server."""
    with pytest.raises(BadClaims):
        check_proof(make_proof(KEY, code, url, NOW), KEY.public, "CODE", URL, NOW)


def test_a_proof_from_another_time_is_refused():
    """A proof's time is within 5 minutes of the server's."""
    with pytest.raises(ClockError):
        check_proof(make_proof(KEY, "CODE", URL, NOW - 301), KEY.public, "CODE", URL, NOW)
