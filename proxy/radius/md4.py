"""
MD4 (RFC 1320), which MS-CHAPv2 is made of; nothing else may use it.

OpenSSL 3 has it in its legacy provider alone, which a process would load for everything, and
`cryptography` has none. What is hashed here is an NT hash, 16 octets at a time.
"""

import struct
from typing import Final

_START: Final = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
_MASK: Final = 0xFFFFFFFF
_ORDERS: Final = (
    tuple(range(16)),
    (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15),
    (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15),
)
_SHIFTS: Final = ((3, 7, 11, 19), (3, 5, 9, 13), (3, 9, 11, 15))
_CONSTANTS: Final = (0, 0x5A827999, 0x6ED9EBA1)


def md4(message: bytes) -> bytes:
    """Give the digest, 16 octets."""
    length = struct.pack("<Q", 8 * len(message))
    padded = message + b"\x80" + bytes((55 - len(message)) % 64) + length
    state: tuple[int, ...] = _START
    for at in range(0, len(padded), 64):
        state = _block(state, struct.unpack_from("<16I", padded, at))
    return struct.pack("<4I", *state)


def _block(state: tuple[int, ...], words: tuple[int, ...]) -> tuple[int, ...]:
    a, b, c, d = state
    for number, order in enumerate(_ORDERS):
        for step, index in enumerate(order):
            mixed = a + _mix(number, b, c, d) + words[index] + _CONSTANTS[number] & _MASK
            shift = _SHIFTS[number][step % 4]
            a, b, c, d = d, (mixed << shift | mixed >> 32 - shift) & _MASK, b, c
    return tuple((old + new) & _MASK for old, new in zip(state, (a, b, c, d), strict=True))


def _mix(number: int, x: int, y: int, z: int) -> int:
    """Give F, G or H of RFC 1320 section 3.4."""
    if number == 0:
        return x & y | ~x & _MASK & z
    return x & y | x & z | y & z if number == 1 else x ^ y ^ z
