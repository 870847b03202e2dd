"""What the privacyIDEA Authenticator speaks: QR code, times, challenges, answers."""

import json
from urllib.parse import urlencode

import pytest

from proxy.factors import pipush
from proxy.factors.claims import ClockError
from proxy.factors.pipush import Asked, BadForm
from proxy.factors.rsa_keys import RsaPublicKey, RsaSigningKey
from tests.peers.privacyidea_phone import PrivacyIdeaPhone, key_of, scanned

NOW = 1_800_000_000.0
URL = "https://mfa.example.org"


@pytest.fixture(scope="module")
def server():
    return RsaSigningKey.create()


def uri(**changed):
    facts = {
        "url": URL,
        "serial": "ABCD0123456789AB",
        "credential": "0f" * 20,
        "label": "alice",
        "issuer": "mfa.example.org",
        "ttl": 900.0,
    }
    return pipush.enrolment_uri(**{**facts, **changed})


def test_the_qr_code_is_read_by_the_app():
    """All that the app looks for, each once."""
    assert {
        "url": f"{URL}/api/privacyidea",
        "ttl": "15",
        "issuer": "mfa.example.org",
        "enrollment_credential": "0f" * 20,
        "v": "1",
        "serial": "ABCD0123456789AB",
        "sslverify": "1",
        "poll_only": "True",
        "label": "alice",
    } == scanned(uri())


@pytest.mark.parametrize("label", ["a b+c", "a?b&c=d#e/f", "é%20", "\u65e5\u672c"])
def test_whatever_a_name_holds_is_only_a_name(label):
    """Percent-encoded, a plus as %2B and a space as %20."""
    assert label == scanned(uri(label=label))["label"]
    assert "+" not in uri(label=label, issuer="a+b c")
    assert " " not in uri(label=label)


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(1, "1"), (60, "1"), (61, "2"), (604_800, "10080")]
)
def test_the_time_is_in_whole_minutes(seconds, minutes):
    """Rounded up: the server's own limit is the exact one."""
    assert minutes == scanned(uri(ttl=seconds))["ttl"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, f"{URL}/api/privacyidea"),
        (f"{URL}:443", f"{URL}/api/privacyidea"),
        (f"{URL}:443/mfa", f"{URL}/mfa/api/privacyidea"),
        (f"{URL}:8443", f"{URL}:8443/api/privacyidea"),
        ("https://[2001:db8::443]", "https://[2001:db8::443]/api/privacyidea"),
    ],
)
def test_an_address_is_spelt_as_the_app_spells_it(url, expected, server):
    """Else the signature of a challenge would be over another text than the app makes."""
    assert expected == scanned(uri(url=url))["url"]
    assert expected == json.loads(pipush.sign_challenge(asked(), url, server))["url"]


def test_serials_and_credentials_are_random():
    """Four letters and 12 digits; 160 bits."""
    serials = {pipush.new_serial() for _ in range(100)}
    assert 100 == len(serials)
    assert all(pipush.is_serial(serial) for serial in serials)
    assert 40 == len(pipush.new_credential())
    assert not any(pipush.is_serial(text) for text in ("", "abcd0123456789ab", "ABCD0123456789ABC"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01-15T08:00:00.000Z", NOW),
        ("2027-01-15T08:00:00.500000Z", NOW + 0.5),
        ("2027-01-15T08:02:59.999Z", NOW + 179.999),
    ],
)
def test_a_timestamp(text, expected):
    """UTC, whatever this machine's zone is."""
    assert expected == pytest.approx(pipush.check_timestamp(text, NOW), abs=1e-3)


@pytest.mark.parametrize("text", ["2027-01-15T07:56:59.000Z", "2027-01-15T08:03:00.001Z"])
def test_a_timestamp_that_is_far(text):
    """Three minutes either way."""
    with pytest.raises(ClockError):
        pipush.check_timestamp(text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2027-01-15T08:00:00Z",
        "2027-01-15T08:00:00.0000Z",
        "2027-01-15T08:00:00.000",
        "2027-01-15T08:00:00.000+00:00",
        "2027-02-30T08:00:00.000Z",
        "2027-01-15T08:00:00.000Z\n",
        "\u0662027-01-15T08:00:00.000Z",
    ],
)
def test_a_timestamp_that_is_none(text):
    """One form alone."""
    with pytest.raises(BadForm):
        pipush.check_timestamp(text, NOW)


def asked(**changed):
    facts = {
        "nonce": "n" * 43,
        "serial": "ABCD0123456789AB",
        "account": "alice",
        "client": "vpn",
        "origin": "192.0.2.7",
        "number": None,
    }
    return Asked(**{**facts, **changed})


def test_no_text_can_look_like_another_field(server):
    """The separator, control and direction characters go; what is shown is what was signed."""
    evil = asked(account="a|b\u202e\n", client="v|" * 99, origin="1,2|3")
    challenge = json.loads(pipush.sign_challenge(evil, URL, server))
    assert "|" not in challenge["question"] + challenge["title"]
    assert challenge["question"].startswith("a/b logs in at v/v/")
    assert len(challenge["question"]) < 250


def test_the_number_is_among_the_options(server):
    """Ten, in an order that tells nothing."""
    challenge = json.loads(pipush.sign_challenge(asked(number="07"), URL, server))
    options = challenge["require_presence"].split(",")
    assert "07" in options
    assert (10, sorted(options)) == (len(set(options)), options)


def fields(**changed):
    return {"serial": "ABCD0123456789AB", "nonce": "n", "signature": "A", **changed}


@pytest.mark.parametrize(
    ("changed", "decision"),
    [
        ({}, "approve"),
        ({"presence_answer": "07"}, "approve"),
        ({"decline": "1"}, "deny"),
        ({"decline": "1", "decline_reason": "cancelled"}, "deny"),
        ({"decline": "1", "decline_reason": "something_new"}, "deny"),
        ({"decline": "1", "decline_reason": "unknown_trigger"}, "report"),
    ],
)
def test_what_the_person_decided(changed, decision):
    """A reason that we do not know is a decline all the same."""
    assert decision == pipush.read_answer(fields(**changed)).decision


@pytest.mark.parametrize(
    "changed",
    [
        {"decline": "0"},
        {"decline": ""},
        {"decline_reason": "cancelled"},
        {"decline": "1", "decline_reason": "a|b"},
        {"decline": "1", "decline_reason": "07"},
        {"presence_answer": "decline"},
        {"presence_answer": ""},
        {"presence_answer": "0|7"},
        {"presence_answer": "\u0667"},
    ],
)
def test_no_field_can_stand_in_anothers_place(changed):
    """What is signed says which field is which by place alone: digits here, letters there."""
    with pytest.raises(BadForm):
        pipush.read_answer(fields(**changed))


def test_every_way_to_answer_signs_another_text():
    """So that no answer serves as another."""
    ways = [
        {},
        {"decline": "1"},
        {"decline": "1", "decline_reason": "cancelled"},
        {"decline": "1", "decline_reason": "unknown_trigger"},
        {"presence_answer": "07"},
        {"decline": "1", "presence_answer": "07"},
    ]
    texts = [pipush.read_answer(fields(**way)).signed_text("n") for way in ways]
    assert len(texts) == len(set(texts))
    assert "n|ABCD0123456789AB|decline|unknown_trigger" in texts


def test_the_simulated_phone_signs_what_is_checked():
    """The two were written apart."""
    phone = PrivacyIdeaPhone(uri(), key=key_of())
    key = pipush.read_public_key(phone.pubkey())
    assert isinstance(key, RsaPublicKey)
    for decline, presence in ((None, None), ("cancelled", None), (True, "07"), (None, "07")):
        answer = pipush.read_answer(phone.answer_to({"nonce": "n"}, decline, presence))
        assert answer.verifies("n", key)
        assert not answer.verifies("m", key)
    assert urlencode(phone.answer_to({"nonce": "n"}))
