"""
Recovery codes: random, written on paper, each good once.

Only keyed digests of them are stored. A code has 80 random bits, more than the 64 that NIST SP
800-63B-4 section 3.1.2 asks of one that is used once.
"""

import os
from typing import Final

from proxy import crockford
from proxy.sealing import keyed_digest

CODES_A_SET: Final = 10
CODE_OCTETS: Final = 10
CODE_LENGTH: Final = crockford.code_length(CODE_OCTETS)
GROUP: Final = 4


def new_codes() -> list[str]:
    """Make a set of codes, in groups of four characters as they are printed."""
    return [grouped(crockford.encode(os.urandom(CODE_OCTETS))) for _ in range(CODES_A_SET)]


def grouped(code: str) -> str:
    """Write a code in groups, which is how people copy it without a slip."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normalise(typed: str) -> str | None:
    """Give the code that somebody meant; None: it has not the form of a recovery code."""
    return crockford.normalise(typed, CODE_LENGTH)


def has_form(typed: str) -> bool:
    """Say whether a text can be a recovery code."""
    return normalise(typed) is not None


def digest(key: bytes, account_id: int, code: str) -> bytes:
    """Give what is stored of a normalised code; *key* is the store's for this purpose."""
    return keyed_digest(key, str(account_id).encode(), code.encode())
