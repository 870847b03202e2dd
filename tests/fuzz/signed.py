"""
Signed texts from a hostile phone: the JWS profile, its JSON, keys, proofs and answers.

Only `PeerError` is raised. Nothing verifies that the key did not sign: a text that is accepted has
the very octets that were signed. (ECDSA itself gives every signature a twin, `n - s`; it signs the
same text, and what is kept of a text is its content, never its signature.)
"""

import json
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from twisted.web.client import URI

from proxy.errors import PeerError
from proxy.factors import approval, dpop, enrolment, jws, key_list
from proxy.factors.approval import AskedApproval
from proxy.factors.claims import CLOCK_TOLERANCE
from proxy.factors.jwk import PublicKey, SigningKey, decode_base64url, encode_base64url
from proxy.factors.strict_json import MalformedJson, parse_object
from proxy.factors.subscription import Endpoint, parse_subscription

NOW = 1_700_000_000.0
URL = "https://mfa.example.org"
CALL = f"{URL}/api/device/v1/approvals"
CODE = "0123456789ABCDEFGHJKMNPQRS"
ALL_TYPES = (
    dpop.TYPE,
    enrolment.TYPE,
    approval.REQUEST_TYPE,
    approval.ANSWER_TYPE,
    key_list.TYPE,
)
_PRIVATE = ec.derive_private_key(7, ec.SECP256R1())
KEY = SigningKey(_PRIVATE)
OTHER = SigningKey(ec.derive_private_key(8, ec.SECP256R1()))


def signed(header, payload):
    """Sign octets for a header and a payload, whatever they are; the same octets each time."""
    first = f"{encode_base64url(header)}.{encode_base64url(payload)}"
    made = _PRIVATE.sign(first.encode(), ec.ECDSA(SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(made)
    return f"{first}.{encode_base64url(r.to_bytes(32) + s.to_bytes(32))}"


REQUEST = signed(b'{"alg":"ES256","typ":"approval-request+jwt"}', b'{"id":"1"}')
ASKED = AskedApproval("a" * 32, "n" * 22, REQUEST)


@cache
def examples():
    """What an honest phone and server send, as header and payload."""
    jwk = KEY.public.to_jwk()
    keys = key_list.jwks([KEY.public])
    asked = {"id": ASKED.id, "nonce": ASKED.nonce, "request": approval.request_digest(REQUEST)}
    request = {
        "id": ASKED.id,
        "iss": URL,
        "sub": "alice",
        "aud": KEY.kid,
        "nonce": ASKED.nonce,
        "iat": NOW,
        "exp": NOW + 120,
        "client": "vpn",
        "origin": "192.0.2.7",
        "number_digits": 6,
        "verify_user": False,
    }
    told = {
        dpop.TYPE: ({"jwk": jwk}, {"htm": "GET", "htu": CALL, "jti": "j", "iat": NOW}),
        enrolment.TYPE: ({}, {"code": CODE, "aud": URL, "iat": NOW}),
        approval.REQUEST_TYPE: ({"kid": KEY.kid}, request),
        approval.ANSWER_TYPE: ({}, {**asked, "decision": "approve", "iat": NOW}),
        key_list.TYPE: ({"kid": KEY.kid}, {"iss": URL, "aud": KEY.kid, "iat": NOW, **keys}),
    }
    return [
        (json.dumps({"alg": "ES256", "typ": typ, **header}), json.dumps(payload))
        for typ, (header, payload) in told.items()
    ]


@cache
def _signed_inputs():
    """The texts that the key did sign, by what it signed."""
    return {
        signed(header.encode(), payload.encode()).rpartition(".")[0]
        for header, payload in examples()
    }


def texts(octets):
    """A text that was not signed is never accepted, whatever was done to one that was."""
    text = octets.decode("utf-8", "replace")
    for typ in ALL_TYPES:
        try:
            found = jws.read(text, typ)
        except PeerError:
            continue
        try:
            found.verify(KEY.public)
        except PeerError:
            continue
        assert text.rpartition(".")[0] in _signed_inputs(), "a text passed that nobody signed"
    for check in _checks(text):
        _accepted(check)


def altered(octets):
    """
    A text that was signed and then altered, in a form that the profile takes, is never accepted.

    The first octets say which text, which of its parts, and where; the rest is put there.
    """
    which, part, place, length = octets[:4].ljust(4, b"\0")
    header, payload = examples()[which % len(ALL_TYPES)]
    honest = signed(header.encode(), payload.encode())
    parts = [decode_base64url(text) for text in honest.split(".")]
    chosen = parts[part % 3]
    at = (place * 4 + part // 3) % (len(chosen) + 1)
    parts[part % 3] = chosen[:at] + octets[4:] + chosen[at + length :]
    text = ".".join(encode_base64url(part) for part in parts)
    if text != honest:
        texts(text.encode())
        if part % 3 < 2:
            assert not any(_accepted(check) for check in _checks(text))


def claims(octets):
    """
    Whatever a phone signs, only what was asked of it is accepted.

    The header, a newline, the payload: signed here by an enrolled key.
    """
    header, _, payload = octets.partition(b"\n")
    text = signed(header, payload)
    accepted = [place for place, check in enumerate(_checks(text)) if _accepted(check)]
    if not accepted:
        return
    told, said = json.loads(header), json.loads(payload)
    assert "ES256" == told["alg"]
    assert [ALL_TYPES[place] for place in accepted] == [told["typ"]]
    assert not jws.REFUSED & told.keys()
    if told["typ"] not in (approval.REQUEST_TYPE, key_list.TYPE):
        assert abs(said["iat"] - NOW) <= CLOCK_TOLERANCE
    if told["typ"] == dpop.TYPE:
        assert KEY.public.to_jwk().items() <= told["jwk"].items()
        assert "GET" == said["htm"]
    elif told["typ"] == approval.ANSWER_TYPE:
        assert (ASKED.id, ASKED.nonce) == (said["id"], said["nonce"])
        assert approval.request_digest(REQUEST) == said["request"]
    elif told["typ"] == enrolment.TYPE:
        assert (CODE, URL) == (said["code"], said["aud"])
    else:
        assert (URL, KEY.kid) == (said["iss"], said["aud"])


def _checks(text):
    """Give every check that a text can be put to, in the order of `ALL_TYPES`."""
    public, keys = KEY.public, {KEY.kid: KEY.public, OTHER.kid: OTHER.public}
    return (
        lambda: dpop.check_proof(text, "GET", CALL, NOW),
        lambda: enrolment.check_proof(text, public, CODE, URL, NOW),
        lambda: approval.read_request(text, keys, URL, KEY.kid),
        lambda: approval.check_answer(text, ASKED, public, NOW),
        lambda: key_list.read_key_list(text, keys, URL, KEY.kid),
    )


def _accepted(check):
    try:
        check()
    except PeerError:
        return False
    return True


def strict(octets):
    """What is accepted as JSON is one object that the standard library reads the same way."""
    try:
        found = parse_object(octets)
    except MalformedJson:
        return
    assert found == json.loads(octets, object_pairs_hook=_each_once)
    assert found == parse_object(json.dumps(found, ensure_ascii=False).encode())


def _each_once(pairs):
    assert len(dict(pairs)) == len(pairs), "a name came twice"
    return dict(pairs)


def keys(octets):
    """A JWK is a key on the curve in its one form, or refused."""
    try:
        jwk = parse_object(octets)
        key = PublicKey.parse(jwk)
    except PeerError:
        return
    assert {"kty", "crv", "x", "y"} <= jwk.keys()
    assert key == PublicKey.parse(key.to_jwk())
    assert (jwk["x"], jwk["y"]) == (key.x, key.y)
    x, y = (int.from_bytes(decode_base64url(part)) for part in (key.x, key.y))
    ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def subscriptions(octets):
    """A push subscription names the host that is then called, or is refused."""
    try:
        found = parse_subscription(parse_object(octets))
    except PeerError:
        return
    called = URI.fromBytes(found.endpoint.url.encode("ascii"))
    assert b"https" == called.scheme
    assert found.endpoint.host == called.host.decode().strip("[]").lower()
    assert found.endpoint.port == called.port
    assert found.endpoint == Endpoint.parse(found.endpoint.url)
    assert (65, 16) == (len(found.p256dh), len(found.auth.reveal()))
