"""Which kind of file it is, and all that it has."""

from typing import Final

from proxy.factors.seed_files.csv_file import read_csv
from proxy.factors.seed_files.entry import BadFile, SeedFile
from proxy.factors.seed_files.pskc import read_pskc
from proxy.factors.seed_files.pskc_encryption import Unlock

FILE_LIMIT: Final = 16 * 1024 * 1024
"""Octets; a container of 10,000 encrypted keys has 12 million."""
_UTF16: Final = (b"\xfe\xff", b"\xff\xfe")


def read_seeds(octets: bytes, unlock: Unlock, now: float) -> SeedFile:
    """
    Read a file: PSKC where it begins as XML does, else CSV.

    Raises:
        BadFile: it cannot be read at all, or has no seed.
    """
    if len(octets) > FILE_LIMIT:
        raise BadFile(1, f"found more than {FILE_LIMIT} octets")
    begins = octets.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if begins == b"<" or octets.startswith(_UTF16):
        found = read_pskc(octets, unlock, now)
    else:
        found = read_csv(octets)
    if not found.entries and not found.faults:
        raise BadFile(1, "found no seed")
    return found
