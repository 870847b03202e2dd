"""The keys of phones and server."""

import pytest

from proxy.factors.jwk import (
    FIELD_PRIME,
    BadKey,
    PublicKey,
    SigningKey,
    decode_base64url,
    encode_base64url,
)
from proxy.secret import Secret

RFC7515_A_3 = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
RFC9449_4_2 = {
    "kty": "EC",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    "crv": "P-256",
}


def test_rfc9449_6_1_the_thumbprint_names_the_key():
    """The key of RFC 9449's examples has the thumbprint that section 6.1 gives."""
    key = PublicKey.parse(RFC9449_4_2)
    assert key.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def test_a_key_is_written_as_it_was_read():
    """The written form has the four members, and reads as the same key."""
    key = PublicKey.parse(RFC7515_A_3)
    assert key.to_jwk() == RFC7515_A_3
    assert PublicKey.parse_text(key.to_text()) == key


def test_names_and_uses_of_a_key_are_ignored():
    """`kid`, `alg` and `use` may stand beside and change nothing."""
    decorated = {**RFC7515_A_3, "kid": "mine", "alg": "ES256", "use": "sig"}
    assert PublicKey.parse(decorated) == PublicKey.parse(RFC7515_A_3)


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"d": "AAAA"},
        {"key_ops": ["verify"]},
        {"x5c": []},
        {"alg": "ES384"},
        {"use": "enc"},
        {"kid": 5},
        {"kid": "k" * 200},
        {"x": RFC7515_A_3["x"] + "="},
        {"x": RFC7515_A_3["x"][:-1] + "V"},
        {"x": "AA" + RFC7515_A_3["x"]},
        {"x": RFC7515_A_3["x"][:-4]},
        {"x": RFC7515_A_3["y"], "y": RFC7515_A_3["x"]},
        {"x": "A" * 43, "y": "A" * 43},
        {"x": 5},
        {"x": None},
        {"x": "é" * 43},
    ],
)
def test_another_key_is_refused(change):
    """Other kinds, private members, loose coordinates and points off the curve are refused."""
    with pytest.raises(BadKey):
        PublicKey.parse({**RFC7515_A_3, **change})


def test_a_coordinate_beyond_the_prime_is_refused():
    """A point with a small x, written as x + p, would be one key under two thumbprints."""
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x, y = 5, pow(5**3 - 3 * 5 + b, (FIELD_PRIME + 1) // 4, FIELD_PRIME)
    good = {**RFC7515_A_3, "x": _octets(x), "y": _octets(y)}
    assert PublicKey.parse(good).x == _octets(x)
    with pytest.raises(BadKey):
        PublicKey.parse({**good, "x": _octets(x + FIELD_PRIME)})


def _octets(number):
    return encode_base64url(number.to_bytes(32))


@pytest.mark.parametrize("name", ["kty", "crv", "x", "y"])
def test_a_key_without_a_member_is_refused(name):
    """All four members are needed."""
    with pytest.raises(BadKey):
        PublicKey.parse({key: value for key, value in RFC7515_A_3.items() if key != name})


@pytest.mark.parametrize("value", [None, "text", [], 5, True])
def test_what_is_no_object_is_refused(value):
    """A JWK is an object."""
    with pytest.raises(BadKey):
        PublicKey.parse(value)


def test_a_private_key_outlives_its_pkcs8_form():
    """A key kept as PKCS#8 is the same key again."""
    key = SigningKey.create()
    assert SigningKey.from_pkcs8(key.to_pkcs8()).public == key.public


def test_other_private_octets_are_refused():
    """What is no P-256 key in PKCS#8 is refused without showing it."""
    with pytest.raises(BadKey):
        SigningKey.from_pkcs8(Secret(b"not a key"))


def test_a_private_key_does_not_show_itself():
    """The text form of a private key names it and nothing more."""
    key = SigningKey.create()
    assert repr(key) == f"SigningKey({key.public.thumbprint})"


@pytest.mark.parametrize("text", ["A", "AA=", "AB", "A+", "A/", "AA\n", "é"])
def test_loose_base64url_is_refused(text):
    """Padding, other alphabets and stray bits are refused."""
    with pytest.raises(ValueError):
        decode_base64url(text)
