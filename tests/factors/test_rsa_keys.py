"""RSA keys of the privacyIDEA Authenticator: read strictly, named, checked."""

import base64
import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from proxy.factors.jwk import BadKey, SigningKey
from proxy.factors.rsa_keys import RsaPublicKey, RsaSigningKey
from proxy.secret import Secret
from tests.peers.privacyidea_phone import key_of


def der_of(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def server():
    return RsaSigningKey.create()


def test_a_key_is_named_by_its_thumbprint():
    """RFC 7638: the required members in order, without white space."""
    key = RsaPublicKey.parse_der(der_of(key_of()))
    numbers = key_of().public_key().public_numbers()
    modulus = base64.urlsafe_b64encode(numbers.n.to_bytes(256, "big")).rstrip(b"=").decode()
    text = json.dumps({"e": "AQAB", "kty": "RSA", "n": modulus}, separators=(",", ":"))
    digest = base64.urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()
    assert (text, digest) == (key.to_text(), key.thumbprint)


def test_rfc7638_3_1():
    """The example of section 3.1."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    key = RsaPublicKey.parse_text(json.dumps({"e": "AQAB", "kty": "RSA", "n": n}))
    assert "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" == key.thumbprint


def test_a_key_comes_back_as_it_was():
    """What is stored is read as the same key."""
    key = RsaPublicKey.parse_der(der_of(key_of()))
    assert key == RsaPublicKey.parse_text(key.to_text())


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30\x00",
        b"\x30" * 700,
        der_of(rsa.generate_private_key(65537, 1024)),
        der_of(rsa.generate_private_key(3, 2048)),
        der_of(ec.generate_private_key(ec.SECP256R1())),
        der_of(key_of()) + b"\0",
    ],
    ids=["empty", "nothing", "long", "short", "exponent", "elliptic", "more"],
)
def test_another_key_is_refused(der):
    """2048 to 4096 bits, the usual exponent, nothing behind it."""
    with pytest.raises(BadKey):
        RsaPublicKey.parse_der(der)


def test_a_signature_of_another_implementation_verifies():
    """And none of another key, text or form."""
    key = RsaPublicKey.parse_der(der_of(key_of()))
    octets = key_of().sign(b"a|b", padding.PKCS1v15(), SHA256())
    signature = base64.b32encode(octets).decode()
    assert key.verifies(signature, "a|b")
    other = base64.b32encode(key_of(1).sign(b"a|b", padding.PKCS1v15(), SHA256())).decode()
    for wrong in (
        other,
        signature.lower(),
        signature[:-8],
        signature.rstrip("="),
        "",
        "\u0141" * 8,
    ):
        assert not key.verifies(wrong, "a|b")
    assert not key.verifies(signature, "a|c")
    assert not key.verifies(signature, "\ud800")


def test_what_the_server_signs_verifies_with_what_phones_get(server):
    """The public key as PKCS#1, the signature as base32."""
    inner = base64.b64decode(server.public_pkcs1())
    assert inner[:2] == b"\x30\x82"
    private = RsaSigningKey.from_pkcs8(server.to_pkcs8())
    assert private.public_pkcs1() == server.public_pkcs1()
    signature = base64.b32decode(server.sign("a|b"))
    public = load_der_public_key(inner)
    public.verify(signature, b"a|b", padding.PKCS1v15(), SHA256())
    assert 3072 == public.key_size


def test_the_private_key_is_not_shown(server):
    """Neither by its repr nor by a fault."""
    assert "RsaSigningKey(***)" == repr(server)
    for octets in (b"x", SigningKey.create().to_pkcs8().reveal()):
        with pytest.raises(BadKey):
            RsaSigningKey.from_pkcs8(Secret(octets))
