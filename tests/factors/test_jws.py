"""The strict profile of signed texts."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import PeerError
from proxy.factors import jws
from proxy.factors.jwk import BadKey, PublicKey, SigningKey, encode_base64url

KEY = SigningKey.create()
TYP = "approval-answer+jwt"


def _forge(header, payload=b'{"a":1}', signature=bytes(64)):
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return ".".join(encode_base64url(part) for part in (head, payload, signature))


def test_what_was_signed_is_read():
    """A signed text gives its payload to whoever has the key."""
    text = jws.sign({"a": 1, "b": "é"}, TYP, KEY)
    assert jws.read(text, TYP).verify(KEY.public) == {"a": 1, "b": "é"}


def test_rfc7515_a_3_verifies():
    """The ES256 signature of RFC 7515 appendix A.3 is good (its header names no type)."""
    key = PublicKey.parse(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }
    )
    text = (
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    signed = jws.Signed(text, {"alg": "ES256"}, {"iss": "joe"})
    assert signed.verify(key) == {"iss": "joe"}


def test_another_key_does_not_verify():
    """A text signed by another key gives nothing."""
    text = jws.sign({"a": 1}, TYP, SigningKey.create())
    with pytest.raises(jws.BadSignature):
        jws.read(text, TYP).verify(KEY.public)


def test_a_changed_payload_does_not_verify():
    """The signature covers the payload."""
    head, _, signature = jws.sign({"a": 1}, TYP, KEY).split(".")
    changed = ".".join((head, encode_base64url(b'{"a":2}'), signature))
    with pytest.raises(jws.BadSignature):
        jws.read(changed, TYP).verify(KEY.public)


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "ES384", "RS256", "", None, 5, ["ES256"]])
def test_another_algorithm_is_refused(alg):
    """Only ES256 is looked at, before any key is used."""
    with pytest.raises(jws.BadAlgorithm):
        jws.read(_forge({"alg": alg, "typ": TYP}), TYP)


def test_a_missing_algorithm_is_refused():
    """A header without `alg` is refused."""
    with pytest.raises(jws.BadAlgorithm):
        jws.read(_forge({"typ": TYP}), TYP)


@pytest.mark.parametrize("header", [{}, {"typ": "dpop+jwt"}, {"typ": None}])
def test_another_type_is_refused(header):
    """A text signed for one purpose does not serve another."""
    with pytest.raises(jws.BadType):
        jws.read(_forge({"alg": "ES256", **header}), TYP)


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"b64": False},
        {"b64": True},
        {"jku": "https://attacker.example/keys"},
        {"x5u": "https://attacker.example/chain"},
        {"x5c": ["AAAA"]},
        {"jwk": KEY.public.to_jwk()},
    ],
)
def test_a_header_that_chooses_the_key_is_refused(header):
    """What would move the choice of the key to the sender is refused, even well signed."""
    with pytest.raises(jws.RefusedHeader):
        jws.read(_forge({"alg": "ES256", "typ": TYP, **header}), TYP)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "a.b",
        "a.b.c.d",
        "é.é.é",
        _forge({"alg": "ES256", "typ": TYP}, payload=b""),
        _forge({"alg": "ES256", "typ": TYP}, payload=b"[]"),
        _forge({"alg": "ES256", "typ": TYP}, payload=b'{"a":1,"a":2}'),
        _forge(b'{"alg":"none","alg":"ES256","typ":"approval-answer+jwt"}'),
        _forge({"alg": "ES256", "typ": TYP}, signature=bytes(63)),
        _forge({"alg": "ES256", "typ": TYP}, signature=bytes(72)),
        _forge({"alg": "ES256", "typ": TYP}, signature=b""),
        _forge({"alg": "ES256", "typ": TYP}) + "=",
        _forge({"alg": "ES256", "typ": TYP}) + "\n",
        _forge({"alg": "ES256", "typ": TYP}, payload=json.dumps({"a": "x" * 8192}).encode()),
    ],
)
def test_another_form_is_refused(text):
    """What is not a compact JWS of at most 8 KiB with a 64-octet signature is refused."""
    with pytest.raises(jws.MalformedJws):
        jws.read(text, TYP)


def test_a_signature_of_zeros_does_not_verify():
    """r and s of zero are no signature (the accepting of such was a fault of real libraries)."""
    with pytest.raises(jws.BadSignature):
        jws.read(_forge({"alg": "ES256", "typ": TYP}), TYP).verify(KEY.public)


def test_a_proof_may_name_its_key():
    """Where a key in the header is allowed, it is read and given to the caller."""
    text = jws.sign({"a": 1}, "dpop+jwt", KEY, {"jwk": KEY.public.to_jwk()})
    signed, key = jws.read_naming_key(text, "dpop+jwt")
    assert key == KEY.public
    assert signed.verify(key) == {"a": 1}


def test_a_private_key_in_a_header_is_refused():
    """A proof that shows its private key is refused."""
    text = _forge({"alg": "ES256", "typ": "dpop+jwt", "jwk": {**KEY.public.to_jwk(), "d": "AA"}})
    with pytest.raises(BadKey):
        jws.read_naming_key(text, "dpop+jwt")


_segments = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=80).map(encode_base64url),
    st.dictionaries(
        st.sampled_from(["alg", "typ", "jwk", "kid", "crit", "b64", "x"]),
        st.one_of(st.none(), st.integers(), st.sampled_from(["ES256", TYP]), st.text(max_size=5)),
    ).map(lambda value: encode_base64url(json.dumps(value).encode())),
)


@given(st.one_of(st.text(), st.lists(_segments, min_size=2, max_size=4).map(".".join)))
def test_arbitrary_text_never_raises_anything_but_a_peer_error(text):
    """Whatever a peer sends, it is refused as the peer's fault, or read."""
    with contextlib.suppress(PeerError):
        jws.read(text, TYP).verify(KEY.public)
