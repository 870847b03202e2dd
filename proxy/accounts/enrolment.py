"""
Invitations: the code that lets one phone enrol, once and soon.

A code is 128 random bits in Crockford's base32, so that it can be read out and typed; only its
keyed digest is stored.
"""

import secrets

from proxy import crockford

CODE_OCTETS = 16
CODE_LENGTH = crockford.code_length(CODE_OCTETS)
DEFAULT_TTL = 15 * 60
"""Seconds that an invitation is good (CONTRACT, commands)."""


def make_code() -> str:
    """Give a new code: 26 characters, 128 random bits."""
    return crockford.encode(secrets.token_bytes(CODE_OCTETS))


def normal_code(typed: str) -> str | None:
    """
    Give the code that somebody meant; None where it cannot be one.

    Case, hyphens and spaces do not matter, I and L are 1, O is 0 (Crockford's rules).
    """
    return crockford.normalise(typed, CODE_LENGTH)


def enrolment_url(url: str, code: str) -> str:
    """Give the link that a phone opens; the code stands in the fragment, which no server sees."""
    return f"{url}/enroll#{code}"
