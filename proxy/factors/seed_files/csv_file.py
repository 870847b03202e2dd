"""
`username,base32seed` lines, as other products export them.

A field with a comma stands in double quotes (RFC 4180). Empty lines and a first line that names the
columns are passed over. A seed has SHA-1, 6 digits and 30 seconds, as authenticator apps take them.
"""

import csv
import io
from typing import Final

from proxy.factors.seed_files.entry import BadFile, Entry, Fault, SeedFile
from proxy.factors.totp import BadSeed, read_seed

HEADS: Final = frozenset({("username", "base32seed"), ("username", "seed"), ("user", "seed")})
OWNER_LENGTH: Final = 1024
"""Characters of a name; no directory has longer ones."""


def read_csv(octets: bytes) -> SeedFile:
    """Read the lines of a file. Raises BadFile where it is no text or no CSV."""
    found = SeedFile()
    rows = csv.reader(io.StringIO(_text(octets), newline=""), strict=True)
    line = 1
    try:
        for row in rows:
            if [cell for cell in row if cell.strip()] and not (line == 1 and _is_head(row)):
                _add(found, line, row)
                found.count(line)
            line = rows.line_num + 1
    except csv.Error as error:
        raise BadFile(line, f"not CSV: {error}") from None
    return found


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets[: error.start].count(b"\n") + 1
        raise BadFile(line, "found octets that are not UTF-8") from None


def _is_head(row: list[str]) -> bool:
    return tuple(cell.strip().lower() for cell in row) in HEADS


def _add(found: SeedFile, line: int, row: list[str]) -> None:
    if len(row) != 2:
        found.faults.append(Fault(line, f"found {len(row)} fields, wanted username,base32seed"))
        return
    owner = row[0].strip()
    if not owner or len(owner) > OWNER_LENGTH or not owner.isprintable():
        found.faults.append(Fault(line, "found no user name of printable characters"))
        return
    try:
        found.entries.append(Entry(line, owner, read_seed(row[1])))
    except BadSeed as error:
        found.faults.append(Fault(line, str(error)))
