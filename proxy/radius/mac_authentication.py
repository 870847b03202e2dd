"""
MAC authentication (bypass): a switch or access point that asks about a device, not a person.

Equipment does it for what cannot speak EAP: printers, telephones, cameras. It says so with
Service-Type Call-Check, or gives the device's MAC for name and password. Nobody is there who could
prove anything, and a MAC can be read off the air, so such a request is known here in order to be
refused for what it is.
"""

from typing import Final

from proxy.radius.caller import split_mac
from proxy.radius.packet import CALLING_STATION_ID, SERVICE_TYPE, USER_NAME, Packet

MAC_LENGTHS: Final = frozenset({12, 13, 14, 17})
"""Characters of a MAC, in all its spellings."""
_CALL_CHECK: Final = (10).to_bytes(4, "big")
"""RFC 2865 section 5.6."""


def is_call_check(packet: Packet) -> bool:
    """Say whether a NAS asks about a call or a device before anybody logs in."""
    return packet.first(SERVICE_TYPE) == _CALL_CHECK


def names_itself(packet: Packet) -> bool:
    """Say whether the name is the caller's MAC, each in some spelling."""
    mac = _mac(packet.first(USER_NAME))
    return mac is not None and mac == _mac(packet.first(CALLING_STATION_ID))


def is_its_password(packet: Packet, password: bytes | None) -> bool:
    """Say whether a password proves nothing beside a name: it is empty, or the same MAC."""
    return not password or _mac(password) == _mac(packet.first(USER_NAME))


def device_of(packet: Packet) -> str:
    """Give the device that is asked about, for people to read; empty: it is not told."""
    return (_mac(packet.first(CALLING_STATION_ID)) or _mac(packet.first(USER_NAME))) or ""


def _mac(value: bytes | None) -> str | None:
    parts = None if value is None else split_mac(value.decode("latin-1"))
    return None if parts is None else parts[0]
