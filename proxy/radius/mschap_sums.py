"""
The sums of MS-CHAPv2 from a password's NT hash: is a response right, what proves us to the peer,
and the keys that come of it (RFC 2759, RFC 3079).

The hash is as good as the password: it comes and goes as a `Secret`. Its algorithms are broken
(single DES, MD4, SHA-1); what makes the protocol bearable is the TLS around it.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from proxy.radius.md4 import md4
from proxy.secret import Secret

HASH_LENGTH: Final = 16
"""Octets; the keys have as many."""
PROOF_LENGTH: Final = 42
"""Octets of what proves us to the peer."""
_CHALLENGE, _PEER, _RESPONSE = slice(0, 16), slice(18, 34), slice(42, 66)
"""Where they stand in what `mschap.find_response` gives."""
_SIGNING: Final = b"Magic server to client signing constant"
_MORE: Final = b"Pad to make it do more than one iteration"
_MASTER: Final = b"This is the MPPE Master Key"
_SEND: Final = (
    b"On the client side, this is the receive key; on the server side, it is the send key."
)
_RECEIVE: Final = (
    b"On the client side, this is the send key; on the server side, it is the receive key."
)


@dataclass(frozen=True, slots=True)
class Proved:
    """What a right response yields."""

    success: bytes
    """`S=` and 40 hexadecimal digits: proves to the peer that we know the hash too."""
    send_key: Secret
    receive_key: Secret
    """16 octets each; the server's (RFC 3079 section 3.3)."""


def bare_name(name: bytes) -> bytes:
    r"""Give a name as it is hashed: without the `DOMAIN\` before it (RFC 2759 section 4)."""
    return name.partition(b"\\")[2] if b"\\" in name else name


def prove(credentials: Secret, name: bytes, nt_hash: Secret) -> Proved | None:
    """
    Check a response; None: it is wrong.

    Args:
        credentials: challenge and response, as `mschap.find_response` gives them: 66 octets.
        name: as the peer says it, with its domain or without.
        nt_hash: 16 octets.

    RFC 2759 sections 8.2 to 8.7.
    """
    told = credentials.reveal()
    challenge, peer, response = told[_CHALLENGE], told[_PEER], told[_RESPONSE]
    hashed = challenge_hash(peer, challenge, name)
    if not hmac.compare_digest(nt_response(hashed, nt_hash), response):
        return None
    twice = md4(nt_hash.reveal())
    signed = _sha1(twice, response, _SIGNING)
    success = b"S=" + _sha1(signed, hashed, _MORE).hex().upper().encode()
    master = _sha1(twice, response, _MASTER)[:16]
    return Proved(success, _session_key(master, _SEND), _session_key(master, _RECEIVE))


def challenge_hash(peer: bytes, challenge: bytes, name: bytes) -> bytes:
    """Give the 8 octets that are encrypted (RFC 2759 section 8.2)."""
    return _sha1(peer, challenge, bare_name(name))[:8]


def nt_response(hashed: bytes, nt_hash: Secret) -> bytes:
    """
    Encrypt 8 octets under the hash in three parts (RFC 2759 section 8.5).

    Args:
        hashed: of `challenge_hash`.

    Returns:
        24 octets.
    """
    keys = nt_hash.reveal().ljust(21, b"\0")
    return b"".join(_des(keys[at : at + 7], hashed) for at in (0, 7, 14))


def _des(key: bytes, block: bytes) -> bytes:
    """Encrypt one block by DES: three times the same key is one (FIPS 46-3, keying option 3)."""
    bits = int.from_bytes(key, "big")
    spread = bytes((bits >> shift & 0x7F) << 1 for shift in range(49, -1, -7))
    return Cipher(TripleDES(spread * 3), modes.ECB()).encryptor().update(block)  # noqa: S305


def _session_key(master: bytes, magic: bytes) -> Secret:
    """RFC 3079 section 3.4, for 128 bits."""
    return Secret(_sha1(master, bytes(40), magic, b"\xf2" * 40)[:16])


def _sha1(*parts: bytes) -> bytes:
    return hashlib.sha1(b"".join(parts)).digest()  # noqa: S324 - the protocol's
