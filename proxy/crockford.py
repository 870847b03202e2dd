"""
Random codes that people read out and type: Crockford's base32, without I, L, O and U.

What counts as the same code is decided here, once: case, hyphens and spaces do not matter, I and L
are read as 1, O as 0.
"""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_ALLOWED: Final = frozenset(ALPHABET)


def code_length(octets: int) -> int:
    """Give the characters that so many octets need: 5 bits each, rounded up."""
    return -(-octets * 8 // 5)


def encode(octets: bytes) -> str:
    """Spell octets, the highest bits first."""
    number = int.from_bytes(octets)
    places = range(code_length(len(octets)) - 1, -1, -1)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in places)


def normalise(typed: str, length: int) -> str | None:
    """Give the code of *length* characters that somebody meant; None: it cannot be one."""
    if len(typed) > 2 * length:
        return None
    code = typed.upper().translate(_READ_AS)
    return code if len(code) == length and set(code) <= _ALLOWED else None
