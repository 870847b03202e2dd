"""
Names of people in a directory that cannot be searched: how they are typed is all that is known.

One person must have one name here, however it is typed: whoever had a second name would have a
second account, with nothing enrolled. So a typed name is taken only if the directory can have but
one person behind all its spellings: no realm or domain, which one could leave out or write another
way, and ASCII alone, because Windows takes `jose` and `José`, or two letters with an invisible one
between them, for one name. Letter case and white space do not count.
"""

import re
from typing import Final

from proxy.accounts.account import fold_username

NAME_LENGTH: Final = 253
"""Octets of a User-Name (RFC 2865 section 5)."""
_PLAIN: Final = re.compile(r"""[!#-$&-)\-.0-9A-Z^-{}~' ]+""")
"""Printable ASCII without what parts a name from its realm (`\\ / @ %`) or stands in no name of a
Windows account (`" [ ] : ; | = , + * ? < >`)."""


def presumed_name(typed: str) -> str | None:
    """Give the account's name for a typed one; None: nobody is taken by such a name."""
    name = " ".join(typed.split())
    if not 0 < len(name) <= NAME_LENGTH or not _PLAIN.fullmatch(name):
        return None
    return fold_username(name)


def returned_name(returned: bytes) -> str | None:
    """
    Give the account's name for the one that the directory returned; None: it is no name.

    Letter case does not count here either: some servers return what was typed.
    """
    try:
        name = fold_username(returned.decode())
    except UnicodeDecodeError:
        return None
    return name if name and name.isprintable() and len(name.encode()) <= NAME_LENGTH else None
