"""
The country of an address, by a file in MaxMind's format that the operator provides.

The whole file is read once and held in memory: a look-up touches no disk, and a file that is
replaced on disk is the next reading's. What the file does not know, or answers wrongly, is no
country.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import maxminddb
from twisted.logger import Logger


class BadCountries(Exception):  # noqa: N818 - it names what was found
    """A file that is none of countries; the message says why."""


class Countries:
    """
    One file.

    Raises:
        OSError: it cannot be read.
        BadCountries: it is none.
    """

    _log = Logger()

    def __init__(self, file: Path) -> None:
        self._told = False
        try:
            self._reader: Any = maxminddb.open_database(file, maxminddb.MODE_MEMORY)
        except maxminddb.InvalidDatabaseError as error:
            raise BadCountries(f"found no database in MaxMind's format: {error}") from None

    def of(self, caller: str | None) -> str | None:
        """Give the country of a caller, as two letters; None: it is no address, or not known."""
        if caller is None:
            return None
        try:
            found = self._reader.get(ip_address(caller))
        except ValueError:  # no address, or one of the version that the file has not
            return None
        except maxminddb.InvalidDatabaseError as error:
            if not self._told:
                self._told = True
                self._log.error("the file of countries is damaged: {error}", error=error)
            return None
        return _code(found)


def _code(found: object) -> str | None:
    """Read a record of a country or city file: MaxMind's and DB-IP's, or IPinfo's."""
    if not isinstance(found, dict):
        return None
    country = found.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else found.get("country_code")
    if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha():
        return code.upper()
    return None
