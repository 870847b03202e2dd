"""
The peer's side of MS-CHAPv2 and the keys that come of it: RFC 2759, RFC 3079, MD4 of RFC 1320.

It shares no code with the product.
"""

import hashlib
import struct
from warnings import catch_warnings, simplefilter

from cryptography.hazmat.primitives.ciphers import Cipher, modes

with catch_warnings():
    simplefilter("ignore")  # single DES is what the protocol asks for
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

_MAGIC_SERVER = b"Magic server to client signing constant"
_MAGIC_MORE = b"Pad to make it do more than one iteration"
_MAGIC_MASTER = b"This is the MPPE Master Key"
_MAGIC_SEND = (
    b"On the client side, this is the receive key; on the server side, it is the send key."
)
_MAGIC_RECEIVE = (
    b"On the client side, this is the send key; on the server side, it is the receive key."
)


def md4(message: bytes) -> bytes:
    """RFC 1320."""
    padded = message + b"\x80" + bytes((55 - len(message)) % 64)
    padded += struct.pack("<Q", 8 * len(message))
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    rounds = (
        (lambda x, y, z: x & y | ~x & z, 0, (3, 7, 11, 19), range(16)),
        (
            lambda x, y, z: x & y | x & z | y & z,
            0x5A827999,
            (3, 5, 9, 13),
            (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15),
        ),
        (
            lambda x, y, z: x ^ y ^ z,
            0x6ED9EBA1,
            (3, 9, 11, 15),
            (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15),
        ),
    )
    for at in range(0, len(padded), 64):
        words = struct.unpack("<16I", padded[at : at + 64])
        a, b, c, d = state
        for mix, constant, shifts, order in rounds:
            for step, index in enumerate(order):
                turned = (a + (mix(b, c, d) & 0xFFFFFFFF) + words[index] + constant) & 0xFFFFFFFF
                shift = shifts[step % 4]
                a, b, c, d = d, (turned << shift | turned >> 32 - shift) & 0xFFFFFFFF, b, c
        state = [(old + new) & 0xFFFFFFFF for old, new in zip(state, (a, b, c, d), strict=True)]
    return struct.pack("<4I", *state)


def _des(key: bytes, block: bytes) -> bytes:
    bits = int.from_bytes(key, "big")
    spread = bytes((bits >> shift & 0x7F) << 1 for shift in range(49, -7, -7))
    cipher = Cipher(TripleDES(spread * 3), modes.ECB()).encryptor()
    return cipher.update(block)


def _nt_hash(password: str) -> bytes:
    return md4(password.encode("utf-16-le"))


def _challenge_hash(peer: bytes, challenge: bytes, name: str) -> bytes:
    return hashlib.sha1(peer + challenge + name.encode()).digest()[:8]


def nt_response(challenge: bytes, peer: bytes, name: str, password: str) -> bytes:
    """RFC 2759 section 8.1."""
    key = _nt_hash(password) + bytes(5)
    block = _challenge_hash(peer, challenge, name)
    return b"".join(_des(key[at : at + 7], block) for at in (0, 7, 14))


def success(challenge: bytes, peer: bytes, name: str, password: str) -> bytes:
    """What the server answers, after its identifier: RFC 2759 section 8.7."""
    response = nt_response(challenge, peer, name, password)
    digest = hashlib.sha1(md4(_nt_hash(password)) + response + _MAGIC_SERVER).digest()
    hashed = _challenge_hash(peer, challenge, name)
    return b"S=" + hashlib.sha1(digest + hashed + _MAGIC_MORE).hexdigest().upper().encode()


def keys(challenge: bytes, peer: bytes, name: str, password: str) -> tuple[bytes, bytes]:
    """The server's send and receive keys of 128 bits: RFC 3079 section 3.4."""
    response = nt_response(challenge, peer, name, password)
    digest = hashlib.sha1(md4(_nt_hash(password)) + response + _MAGIC_MASTER).digest()[:16]
    send, receive = [
        hashlib.sha1(digest + bytes(40) + magic + b"\xf2" * 40).digest()[:16]
        for magic in (_MAGIC_SEND, _MAGIC_RECEIVE)
    ]
    return send, receive


def attributes(challenge: bytes, peer: bytes, response: bytes) -> list[tuple[int, bytes]]:
    """MS-CHAP-Challenge and MS-CHAP2-Response of an Access-Request: RFC 2548 section 2.3."""
    answer = b"\x05\0" + peer + bytes(8) + response
    return [(26, vendor(11, challenge)), (26, vendor(25, answer))]


def vendor(kind: int, value: bytes) -> bytes:
    """A Microsoft attribute in Vendor-Specific."""
    return struct.pack("!IBB", 311, kind, len(value) + 2) + value


def values(reply_attributes: list[tuple[int, bytes]], kind: int) -> list[bytes]:
    """Microsoft's attributes of a kind in a reply."""
    return [
        value[6:]
        for found, value in reply_attributes
        if found == 26 and value[:4] == b"\0\0\x01\x37" and value[4] == kind
    ]
