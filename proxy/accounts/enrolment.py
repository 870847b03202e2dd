"""
Invitations: the code that lets one phone enrol, once and soon.

A code is 128 random bits in Crockford's base32, so that it can be read out and typed; only its
keyed digest is stored. What counts as the same code is decided here, for the one who makes it and
the one who types it.
"""

import secrets

CODE_OCTETS = 16
CODE_LENGTH = 26
"""Characters: 128 bits at 5 bits each, rounded up."""
DEFAULT_TTL = 15 * 60
"""Seconds that an invitation is good (CONTRACT, commands)."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: without I, L, O and U."""
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def make_code() -> str:
    """Give a new code: 26 characters, 128 random bits."""
    number = int.from_bytes(secrets.token_bytes(CODE_OCTETS))
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(CODE_LENGTH)))


def normal_code(typed: str) -> str | None:
    """
    Give the code that somebody meant; None where it cannot be one.

    Case, hyphens and spaces do not matter, I and L are 1, O is 0 (Crockford's rules).
    """
    if len(typed) > 2 * CODE_LENGTH:
        return None
    code = typed.upper().translate(_READ_AS)
    good = len(code) == CODE_LENGTH and set(code) <= set(ALPHABET)
    return code if good else None


def enrolment_url(url: str, code: str) -> str:
    """Give the link that a phone opens; the code stands in the fragment, which no server sees."""
    return f"{url}/enroll#{code}"
