"""
Passkeys from a hostile phone: attestation objects and assertions.

Only `PeerError` is raised, whatever CBOR it is. Nothing passes for which the person was not verified,
and no assertion but the one that was signed.
"""

from functools import cache

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from proxy.errors import PeerError
from proxy.factors.passkey import RelyingParty, check_assertion, check_registration
from tests.peers.authenticator import BE, BS, UP, UV, Authenticator, EdDsa, Es256, Rs256, cbor
from tests.peers.phone import b64, unb64

URL = "https://mfa.example.org"
PARTY = RelyingParty.of(URL)
PROOF, ANSWER, DEVICE = "a.proof.jws", "an.answer.jws", "d" * 43
PARTS = ("clientDataJSON", "authenticatorData", "signature")
ID_AT = 53
"""Where authenticator data have the length of the credential's id (WebAuthn section 6.5.1)."""


class Fixed(Es256):
    """The same key and the same signatures each time."""

    def __init__(self):
        self._key = ec.derive_private_key(7, ec.SECP256R1())

    def sign(self, octets):
        return self._key.sign(octets, ec.ECDSA(SHA256(), deterministic_signing=True))


def authenticator():
    return Authenticator(URL, Fixed(), counter=0, credential_id=bytes(16))


@cache
def objects():
    """Attestation objects that honest authenticators make, of each kind of key."""
    made = [
        Authenticator(URL, Fixed(), credential_id=bytes(16)).register(PROOF, **bent)
        for bent in ({}, {"flags": UP | UV | BE | BS}, {"flags": UP}, {"by_itself": True})
    ]
    made += [
        Authenticator(URL, kind(), credential_id=bytes(16)).register(PROOF)
        for kind in (EdDsa, Rs256)
    ]
    return tuple(unb64(one["response"]["attestationObject"]) for one in made)


def registration(octets):
    """An attestation object is refused, or of a person who was verified for this site."""
    given = authenticator()
    given.credential_id = _credential_id(octets)
    found = given.register(PROOF, octets=octets or cbor(0))
    try:
        taken = check_registration(found, PROOF, PARTY)
    except PeerError:
        return
    data = cbor2.loads(octets)["authData"]
    assert UP | UV == data[32] & (UP | UV)
    assert objects()[0].find(data[:32]) > 0
    assert taken.credential_id == given.credential_id
    assert taken.sign_count == int.from_bytes(data[33:37])
    assert taken.synced == bool(data[32] & BE)


def _credential_id(octets):
    try:
        data = cbor2.loads(octets)["authData"]
        length = int.from_bytes(data[ID_AT : ID_AT + 2])
        return bytes(data[ID_AT + 2 : ID_AT + 2 + length])
    except Exception:  # noqa: BLE001 - then it is none
        return b""


def assertion(octets):
    """
    An assertion that was altered is never accepted.

    The first octets say which of its parts, where, and how much is replaced; the rest is put there.
    """
    part, place, length = octets[:3].ljust(3, b"\0")
    known = authenticator()
    public_key = cbor(known.key.cose)
    honest = known.assertion(ANSWER)
    name = PARTS[part % 3]
    chosen = unb64(honest["response"][name])
    at = (place + part // 3 * 256) % (len(chosen) + 1)
    altered = chosen[:at] + octets[3:] + chosen[at + length :]
    found = {**honest, "response": {**honest["response"], name: b64(altered)}}
    try:
        check_assertion(found, ANSWER, PARTY, DEVICE, known.credential_id, public_key, synced=False)
    except PeerError:
        assert altered != chosen, "an honest assertion was refused"
        return
    assert altered == chosen or name == "signature", "something else was signed"
