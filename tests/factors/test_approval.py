"""What the server signs to ask a phone, and what the phone signs to answer."""

from dataclasses import replace

import pytest

from proxy.factors import jws
from proxy.factors.approval import (
    ANSWER_TYPE,
    REQUEST_TYPE,
    AnotherRequest,
    Answer,
    ApprovalRequest,
    AskedApproval,
    NotForUs,
    UnknownServerKey,
    check_answer,
    read_request,
    request_digest,
    shown_text,
    sign_answer,
    sign_request,
)
from proxy.factors.claims import BadClaims, ClockError
from proxy.factors.jwk import SigningKey

SERVER = SigningKey.create()
PHONE = SigningKey.create()
NOW = 1_800_000_000.0
REQUEST = ApprovalRequest(
    id="a1",
    issuer="https://mfa.example.org",
    account="alice",
    device_id=PHONE.kid,
    issued_at=NOW,
    expires_at=NOW + 120,
    nonce="n1",
    client="vpn",
    origin="198.51.100.7",
    number_digits=6,
    verify_user=False,
)
TEXT = sign_request(REQUEST, SERVER)
ASKED = AskedApproval("a1", "n1", TEXT)
KEYS = {SERVER.kid: SERVER.public}


def _read(text, **change):
    terms = {"server_keys": KEYS, "issuer": REQUEST.issuer, "device_id": PHONE.kid}
    return read_request(text, **{**terms, **change})


def test_a_first_time_and_a_country_are_claims_of_their_own():
    """Where there is nothing to say, nothing is said."""
    assert not {"first_time", "country"} & set(jws.read(TEXT, REQUEST_TYPE).verify(SERVER.public))
    marked = replace(REQUEST, first_time=True, country="DE")
    assert marked == _read(sign_request(marked, SERVER))


@pytest.mark.parametrize("country", [7, "DEU", "de", "", None])
def test_what_is_no_country_is_none(country):
    """Nothing else is shown for one."""
    payload = jws.read(TEXT, REQUEST_TYPE).verify(SERVER.public)
    odd = {**payload, "country": country, "first_time": "yes"}
    found = _read(jws.sign(odd, REQUEST_TYPE, SERVER, {"kid": SERVER.kid}))
    assert (None, False) == (found.country, found.first_time)


def _answer(**change):
    payload = {
        "id": "a1",
        "nonce": "n1",
        "request": request_digest(TEXT),
        "decision": "approve",
        "number": "123456",
        "iat": NOW,
    }
    return jws.sign({**payload, **change}, ANSWER_TYPE, PHONE)


def test_a_phone_reads_what_the_server_asked():
    """The request that the server signed is the request that the phone shows."""
    assert _read(TEXT) == REQUEST


def test_a_request_carries_the_claims_of_the_contract():
    """The claims and their types are those that phones were promised."""
    signed = jws.read(TEXT, "approval-request+jwt")
    assert signed.header["kid"] == SERVER.kid
    assert signed.payload == {
        "id": "a1",
        "iss": "https://mfa.example.org",
        "sub": "alice",
        "aud": PHONE.kid,
        "iat": 1_800_000_000,
        "exp": 1_800_000_120,
        "nonce": "n1",
        "client": "vpn",
        "origin": "198.51.100.7",
        "number_digits": 6,
        "verify_user": False,
    }


def test_texts_are_cleaned_before_they_are_signed():
    """Control and direction characters do not reach a phone, and texts are cut to 64."""
    hostile = replace(REQUEST, origin="home\u202e\r\n\u2066" + "x" * 100)
    assert _read(sign_request(hostile, SERVER)).origin == "home" + "x" * 60


def test_shown_text_keeps_letters_of_any_script():
    """Only what is invisible or changes the direction is removed."""
    assert shown_text("Zoë\u200f \u05d0\u2028\x1b[31m") == "Zoë \u05d0[31m"


def test_a_request_by_an_unknown_server_key_is_not_read():
    """A phone trusts only the keys that it has."""
    with pytest.raises(UnknownServerKey):
        _read(sign_request(REQUEST, SigningKey.create()))


def test_a_request_with_a_borrowed_kid_is_not_read():
    """The named key must have signed."""
    forged = jws.sign({}, "approval-request+jwt", SigningKey.create(), {"kid": SERVER.kid})
    with pytest.raises(jws.BadSignature):
        _read(forged)


@pytest.mark.parametrize("change", [{"issuer": "https://other.example"}, {"device_id": SERVER.kid}])
def test_a_request_of_another_server_or_phone_is_not_read(change):
    """A request names its server and its phone."""
    with pytest.raises(NotForUs):
        _read(TEXT, **change)


@pytest.mark.parametrize("digits", [-1, 17, True, "6", None, 6.0])
def test_a_request_with_a_strange_number_of_digits_is_not_read(digits):
    """number_digits is a whole number from 0 to 16."""
    payload = {**jws.read(TEXT, "approval-request+jwt").payload, "number_digits": digits}
    with pytest.raises(BadClaims):
        _read(jws.sign(payload, "approval-request+jwt", SERVER, {"kid": SERVER.kid}))


@pytest.mark.parametrize("decision", ["approve", "deny", "report"])
def test_an_answer_says_what_was_decided(decision):
    """The server reads what the phone signed."""
    given = Answer(decision, "123456")
    text = sign_answer(TEXT, REQUEST, given, PHONE, NOW)
    assert check_answer(text, ASKED, PHONE.public, NOW) == given


def test_an_answer_may_come_without_a_number():
    """Where none is asked none is sent; an empty one is none."""
    text = sign_answer(TEXT, REQUEST, Answer("deny", None), PHONE, NOW)
    assert check_answer(text, ASKED, PHONE.public, NOW) == Answer("deny", None)
    assert check_answer(_answer(number=""), ASKED, PHONE.public, NOW).number is None


def test_an_answer_signed_by_another_phone_is_refused():
    """Only the stored key of the phone that was asked counts."""
    text = sign_answer(TEXT, REQUEST, Answer("approve", None), SigningKey.create(), NOW)
    with pytest.raises(jws.BadSignature):
        check_answer(text, ASKED, PHONE.public, NOW)


def test_an_answer_with_a_key_in_its_header_is_refused():
    """An answer may not name its own key, not even the right one."""
    payload = jws.read(_answer(), ANSWER_TYPE).payload
    text = jws.sign(payload, ANSWER_TYPE, PHONE, {"jwk": PHONE.public.to_jwk()})
    with pytest.raises(jws.RefusedHeader):
        check_answer(text, ASKED, PHONE.public, NOW)


@pytest.mark.parametrize("name", ["id", "nonce", "request"])
def test_an_answer_to_another_request_is_refused(name):
    """Id, nonce and the hash of the exact octets bind an answer to its request."""
    with pytest.raises(AnotherRequest):
        check_answer(_answer(**{name: "other"}), ASKED, PHONE.public, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "yes"},
        {"decision": None},
        {"decision": ["approve"]},
        {"id": None},
        {"nonce": 5},
        {"request": ""},
        {"iat": None},
        {"iat": "1800000000"},
        {"iat": True},
        {"iat": 10**400},
        {"number": 123456},
        {"number": "1" * 17},
    ],
)
def test_an_answer_of_another_form_is_refused(change):
    """Each member has its type, and the number only ASCII digits."""
    with pytest.raises(BadClaims):
        check_answer(_answer(**change), ASKED, PHONE.public, NOW)


@pytest.mark.parametrize("iat", [NOW - 301, NOW + 301, 0, -1e300])
def test_an_answer_from_another_time_is_refused(iat):
    """An answer's time is within 5 minutes of the server's."""
    with pytest.raises(ClockError):
        check_answer(_answer(iat=iat), ASKED, PHONE.public, NOW)


def test_an_answer_within_five_minutes_is_taken():
    """A phone's clock may be off a little."""
    assert check_answer(_answer(iat=NOW - 300), ASKED, PHONE.public, NOW).decision == "approve"
