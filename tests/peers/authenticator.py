"""
An authenticator of the tests' own: it makes passkeys and uses them, as WebAuthn says.

It shares no code with the product or its library: keys by `cryptography`, CBOR by hand. Each part of
what it says can be bent.
"""

import hashlib
import json
import os

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.peers.phone import b64

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


def cbor(value):
    """Encode integers, octets, texts, lists and maps (RFC 8949 section 3)."""
    match value:
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case list():
            return _head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            pairs = b"".join(cbor(key) + cbor(item) for key, item in value.items())
            return _head(5, len(value)) + pairs


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for more, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | more]) + number.to_bytes(size, "big")
    raise ValueError(number)


class Es256:
    """ECDSA on P-256."""

    def __init__(self, curve=None):
        self._key = ec.generate_private_key(curve or ec.SECP256R1())

    @property
    def public(self):
        return self._key.public_key()

    @property
    def cose(self):
        numbers = self._key.public_key().public_numbers()
        curve = {"secp256r1": 1, "secp384r1": 2}[self._key.curve.name]
        size = (self._key.curve.key_size + 7) // 8
        x, y = (one.to_bytes(size, "big") for one in (numbers.x, numbers.y))
        return {1: 2, 3: -7, -1: curve, -2: x, -3: y}

    def sign(self, octets):
        return self._key.sign(octets, ec.ECDSA(SHA256()))


class EdDsa:
    """Ed25519."""

    def __init__(self):
        self._key = ed25519.Ed25519PrivateKey.generate()

    @property
    def cose(self):
        return {1: 1, 3: -8, -1: 6, -2: self._key.public_key().public_bytes_raw()}

    def sign(self, octets):
        return self._key.sign(octets)


class Rs256:
    """RSA, PKCS #1 v1.5."""

    def __init__(self, bits=2048):
        self._key = rsa.generate_private_key(65537, bits)

    @property
    def cose(self):
        numbers = self._key.public_key().public_numbers()
        n = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
        return {1: 3, 3: -257, -1: n, -2: numbers.e.to_bytes(3, "big")}

    def sign(self, octets):
        return self._key.sign(octets, padding.PKCS1v15(), SHA256())


class Authenticator:
    """
    One that has one passkey, for one site.

    Args:
        counter: None: it keeps none, which is a 0 in all it says.
        flags: beside AT, what it says of its person and of copies.
    """

    def __init__(self, url, key=None, *, counter=None, flags=UP | UV, credential_id=None):
        self.origin = url
        self.party = url.removeprefix("https://").split(":")[0]
        self.key = key or Es256()
        self.counter = counter
        self.flags = flags
        self.credential_id = credential_id or os.urandom(32)

    def register(self, proof, **bent):
        """Give RegistrationResponseJSON for an enrolment proof."""
        size = len(self.credential_id).to_bytes(2, "big")
        cose = bent.get("cose", cbor(self.key.cose))
        flags = bent.get("flags", self.flags) | AT
        data = self._data(flags, bent) + bytes(16) + size + self.credential_id + cose
        client = self._client("webauthn.create", proof, bent)
        statement = {"fmt": "none", "attStmt": {}}
        if bent.get("by_itself"):
            signature = self.key.sign(data + hashlib.sha256(client).digest())
            statement = {"fmt": "packed", "attStmt": {"alg": self.key.cose[3], "sig": signature}}
        whole = {**statement, **bent.get("statement", {}), "authData": data}
        octets = bent.get("octets", cbor(whole))
        response = {"attestationObject": b64(octets), "clientDataJSON": b64(client)}
        return self._credential({**response, "transports": ["internal"]}, bent)

    def assertion(self, answer, **bent):
        """Give AuthenticationResponseJSON for a signed answer."""
        if self.counter is not None:
            self.counter += 1
        data = self._data(bent.get("flags", self.flags), bent)
        client = self._client("webauthn.get", answer, bent)
        signature = bent.get("key", self.key).sign(data + hashlib.sha256(client).digest())
        response = {
            "authenticatorData": b64(data),
            "clientDataJSON": b64(client),
            "signature": b64(signature),
        }
        if "user_handle" in bent:
            response["userHandle"] = bent["user_handle"]
        return self._credential(response, bent)

    def _data(self, flags, bent):
        party = hashlib.sha256(bent.get("party", self.party).encode()).digest()
        counter = bent.get("counter", self.counter or 0)
        return party + bytes([flags]) + counter.to_bytes(4, "big")

    def _client(self, typ, jws, bent):
        told = {
            "type": bent.get("type", typ),
            "challenge": bent.get("challenge", b64(hashlib.sha256(jws.encode()).digest())),
            "origin": bent.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(told | bent.get("client_data", {})).encode()

    def _credential(self, response, bent):
        identifier = b64(bent.get("credential_id", self.credential_id))
        return {
            "id": identifier,
            "rawId": identifier,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response | bent.get("response", {}),
        }
