"""
Called-Station-Id, split: which access point a device is at, and in which network (SSID).

Equipment writes the MAC of the access point in many ways, with or without the SSID behind a `:`,
or the SSID alone (RFC 3580 section 3.20, and what the field made of it). An SSID may itself have
colons and any letters. What is told in no such form says nothing: it is never guessed.
"""

from dataclasses import dataclass
from typing import Final

from proxy.radius.caller import is_address, split_mac

LONGEST_SSID: Final = 32
"""Octets, of UTF-8 here: IEEE 802.11-2020 section 9.4.2.2."""


@dataclass(frozen=True, slots=True)
class CalledStation:
    """Where a device asks to be let in."""

    access_point: str | None = None
    """Its MAC, 12 lower-case hex digits; None: untold."""
    ssid: str | None = None
    """As it stands, in large and small letters; None: untold."""


UNTOLD: Final = CalledStation()


def split_called_station(text: str) -> CalledStation:
    """
    Split a Called-Station-Id.

    What stands behind a MAC and a `:` is the SSID, whatever is in it. Without a MAC the whole text
    is the SSID, unless it is an IP address, which VPN gateways write, or longer than one can be.
    """
    parts = split_mac(text)
    if parts is not None:
        mac, rest = parts
        return CalledStation(mac, _ssid(rest))
    if is_address(text):
        return UNTOLD
    return CalledStation(None, _ssid(text))


def _ssid(text: str) -> str | None:
    return text if text.strip() and len(text.encode()) <= LONGEST_SSID else None
