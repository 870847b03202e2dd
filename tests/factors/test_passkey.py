"""Registrations and assertions of an authenticator of the tests' own."""

import copy
import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from proxy.errors import PeerError
from proxy.factors.passkey import (
    BadAssertion,
    BadPasskey,
    NotVerified,
    RelyingParty,
    check_assertion,
    check_registration,
)
from tests.peers.authenticator import (
    AT,
    BE,
    BS,
    ED,
    UP,
    UV,
    Authenticator,
    EdDsa,
    Es256,
    Rs256,
    cbor,
)
from tests.peers.phone import b64

URL = "https://mfa.example.org"
PARTY = RelyingParty.of(URL)
PROOF, ANSWER = "a.proof.jws", "an.answer.jws"
DEVICE = "d" * 43
KEYS = [Es256, EdDsa, Rs256]


def registered(authenticator, **bent):
    return check_registration(authenticator.register(PROOF, **bent), PROOF, PARTY)


@pytest.fixture(scope="module")
def known():
    """An authenticator with its verified registration."""
    authenticator = Authenticator(URL, counter=7)
    return authenticator, registered(authenticator)


def asserted(known, found=None, *, answer=ANSWER, party=PARTY, **bent):
    authenticator, registration = known
    if found is None:
        found = authenticator.assertion(ANSWER, **bent)
    return check_assertion(
        found,
        answer,
        party,
        DEVICE,
        registration.credential_id,
        registration.public_key,
        synced=registration.synced,
    )


@pytest.mark.parametrize(
    ("url", "party", "origin"),
    [
        ("https://mfa.example.org", "mfa.example.org", "https://mfa.example.org"),
        ("https://MFA.example.org:443", "mfa.example.org", "https://mfa.example.org"),
        ("https://mfa.example.org:8443", "mfa.example.org", "https://mfa.example.org:8443"),
        ("https://mfa.example.org/second", "mfa.example.org", "https://mfa.example.org"),
        ("https://[2001:db8::1]:8443", "2001:db8::1", "https://[2001:db8::1]:8443"),
    ],
)
def test_the_relying_party_is_that_of_the_url(url, party, origin):
    """As browsers write it: lower case, no default port, no path."""
    assert RelyingParty(party, origin) == RelyingParty.of(url)


@pytest.mark.parametrize("kind", KEYS)
def test_a_passkey_is_registered_and_used(kind):
    """By each algorithm that is taken."""
    authenticator = Authenticator(URL, kind(), counter=0)
    registration = registered(authenticator)
    assert (authenticator.credential_id, 0, False) == (
        registration.credential_id,
        registration.sign_count,
        registration.synced,
    )
    assert 1 == asserted((authenticator, registration)).sign_count


def test_what_was_verified_is_kept_whole(known):
    """Whoever has the public key verifies it again, from the text alone."""
    authenticator, registration = known
    found = authenticator.assertion(ANSWER)
    text = asserted(known, found).text
    assert found == json.loads(text)
    assert asserted(known, json.loads(text)).text == text
    assert "attestationObject" in json.loads(registration.text)["response"]


def test_a_passkey_that_may_be_copied_says_so(known):
    """Backup eligible: what it was at the registration it is at each use (WebAuthn section 6.1.3)."""
    copied = Authenticator(URL, flags=UP | UV | BE | BS)
    registration = registered(copied)
    assert registration.synced
    assert asserted((copied, registration))
    assert asserted((copied, registration), flags=UP | UV | BE)
    with pytest.raises(BadAssertion):
        asserted((copied, registration), flags=UP | UV)
    with pytest.raises(BadAssertion):
        asserted(known, flags=UP | UV | BE)


def test_a_signature_of_the_key_itself_is_no_attestation():
    """Some platforms send it though none was asked for."""
    assert registered(Authenticator(URL), by_itself=True).sign_count == 0


def test_the_person_of_the_phone_may_be_named(known):
    """By the digest of the device's id, and by nothing else."""
    assert asserted(known, user_handle=b64(sha256(DEVICE.encode()).digest()))
    assert asserted(known, user_handle=None)
    for wrong in ("", b64(sha256(b"another").digest()), 7, ["x"]):
        with pytest.raises(BadAssertion):
            asserted(known, user_handle=wrong)


@pytest.mark.parametrize("flags", [UP, 0, UP | BE])
def test_without_user_verification_there_is_neither(known, flags):
    """The flag UV, not what the page asked for."""
    with pytest.raises(NotVerified):
        registered(Authenticator(URL), flags=flags)
    with pytest.raises(NotVerified):
        asserted(known, flags=flags)


BENT = [
    {"challenge": b64(sha256(b"another text").digest())},
    {"origin": "https://mfa.example.org.evil.example"},
    {"origin": "https://mfa.example.org:8443"},
    {"origin": "http://mfa.example.org"},
    {"party": "evil.example"},
    {"party": "example.org"},
    {"type": "webauthn.unknown"},
    {"flags": UV},
    {"flags": UP | UV | BS},
    {"flags": UP | UV | ED},
    {"client_data": {"crossOrigin": True}},
    {"client_data": {"crossOrigin": "no"}},
    {"client_data": {"topOrigin": "https://evil.example"}},
    {"client_data": {"challenge": 7}},
    {"client_data": {"pad": "x" * 5000}},
    {"credential_id": b"another"},
    {"response": {"clientDataJSON": "!"}},
    {"response": {"clientDataJSON": b64(b'{"type":1,"type":2}')}},
    {"response": {"clientDataJSON": b64(b"[]")}},
    {"response": {"clientDataJSON": None}},
]


@pytest.mark.parametrize("bent", BENT, ids=str)
def test_a_bent_registration_is_refused(bent):
    """Another challenge, site, frame, form."""
    with pytest.raises(BadPasskey):
        registered(Authenticator(URL), **bent)


@pytest.mark.parametrize(
    "bent", [*BENT, {"flags": UP | UV | AT}, {"type": "webauthn.create"}], ids=str
)
def test_a_bent_assertion_is_refused(known, bent):
    """Another challenge, site, frame, credential, form."""
    with pytest.raises(BadAssertion):
        asserted(known, **bent)


def test_an_assertion_serves_no_other_answer(known):
    """Nor one at another site."""
    found = known[0].assertion(ANSWER)
    with pytest.raises(BadAssertion):
        asserted(known, found, answer=ANSWER + "x")
    with pytest.raises(BadAssertion):
        asserted(known, found, party=RelyingParty.of("https://other.example"))


def test_another_key_under_the_same_id(known):
    """Only the registered key signs."""
    with pytest.raises(BadAssertion):
        asserted(known, key=Es256())


def test_a_signature_covers_the_data(known):
    """A counter that somebody raised afterwards does not verify."""
    found = known[0].assertion(ANSWER)
    other = known[0].assertion(ANSWER)
    found["response"]["authenticatorData"] = other["response"]["authenticatorData"]
    with pytest.raises(BadAssertion):
        asserted(known, found)


COSE = Es256().cose
KINDS = [
    {"cose": cbor({**COSE, 3: -35})},
    {"cose": cbor({1: 2, 3: -7})},
    {"cose": cbor({**COSE, -1: 2})},
    {"cose": cbor({**COSE, -2: b"\x00" * 32})},
    {"cose": cbor({1: 1, 3: -8, -1: 7, -2: bytes(57)})},
    {"cose": cbor({1: 3, 3: -257, -1: b"\xff" * 128, -2: b"\x01\x00\x01"})},
    {"cose": cbor({1: 3, 3: -257, -1: b"\xff" * 1024, -2: b"\x01\x00\x01"})},
    {"cose": cbor({1: 3, 3: -257, -1: b"\xff" * 256, -2: b"\xff" * 256})},
    {"cose": cbor({1: 3, 3: -7, -1: b"\xff" * 256, -2: b"\x01\x00\x01"})},
    {"cose": cbor([])},
    {"cose": cbor(4)},
    {"cose": b""},
    {"cose": b"\x81" * 3000},
    {"cose": b"\xbf" * 3000},
    {"cose": b"\x9b" + b"\xff" * 8},
    {"cose": cbor(COSE) + b"left over"},
    {"statement": {"fmt": "packed"}},
    {"statement": {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x"}}},
    {"by_itself": True, "statement": {"attStmt": {"alg": -7, "sig": b"x", "x5c": [b"x"]}}},
    {"statement": {"attStmt": {"sig": b"x"}}},
    {"statement": {"attStmt": 7}},
    {"statement": {"fmt": "tpm"}},
    {"statement": {"fmt": "android-safetynet"}},
    {"statement": {"fmt": 7}},
    {"octets": b""},
    {"octets": cbor([])},
    {"octets": cbor({"fmt": "none", "attStmt": {}, "authData": bytes(37)})},
    {"octets": cbor({"fmt": "none", "attStmt": {}, "authData": 7})},
    {"octets": b"\x81" * 4000},
    {"octets": b"\xd8\x40" * 2000},
    {"octets": bytes(5000)},
    {"response": {"attestationObject": 7}},
]


@pytest.mark.parametrize("bent", KINDS, ids=lambda bent: str(bent)[:60])
def test_another_kind_of_key_or_attestation_is_refused(bent):
    """No vendor's certificates, no weak or costly key, no CBOR that is none."""
    with pytest.raises(BadPasskey):
        registered(Authenticator(URL), **bent)


def test_a_key_on_another_curve():
    """ES256 is on P-256 here, though COSE would leave the curve open."""
    with pytest.raises(BadPasskey):
        registered(Authenticator(URL, Es256(ec.SECP384R1())))


@pytest.mark.parametrize("length", [1024, 65535 - 200])
def test_an_id_has_a_length(length):
    """1023 octets are the most (WebAuthn section 4)."""
    with pytest.raises(BadPasskey):
        registered(Authenticator(URL, credential_id=bytes(length)))
    assert registered(Authenticator(URL, credential_id=bytes(1023)))


FORMS = [
    None,
    "text",
    7,
    [],
    {},
    {"response": {}},
    {"response": []},
    {"type": "other"},
    {"id": 7},
    {"rawId": "other"},
    {"rawId": None},
    {"authenticatorAttachment": "other"},
    {"pad": "x" * 40_000},
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form)[:40])
def test_another_form_is_refused(known, form):
    """No traceback for theirs."""

    def bent(found):
        return {**found, **form} if isinstance(form, dict) and form else form

    with pytest.raises(BadPasskey):
        check_registration(bent(Authenticator(URL).register(PROOF)), PROOF, PARTY)
    with pytest.raises(BadAssertion):
        asserted(known, copy.deepcopy(bent(known[0].assertion(ANSWER))) or {})


@pytest.mark.parametrize(
    "response",
    [
        {"signature": "AA"},
        {"signature": b64(bytes(600))},
        {"signature": None},
        {"authenticatorData": b64(bytes(36))},
        {"authenticatorData": b64(bytes(5000))},
        {"authenticatorData": ""},
    ],
)
def test_another_response_is_refused(known, response):
    """Each member has its form and length."""
    with pytest.raises(PeerError):
        asserted(known, response=response)
