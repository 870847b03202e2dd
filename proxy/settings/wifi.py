"""What a policy says of Wi-Fi: names of networks, and access points."""

from typing import Annotated

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

from proxy.radius.called_station import LONGEST_SSID
from proxy.radius.caller import split_mac
from proxy.settings.values import InWords, found


def _ssid(value: object) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.strip() or len(text.encode()) > LONGEST_SSID:
        raise found(value, f"the name of a Wi-Fi network, 1 to {LONGEST_SSID} octets")
    return text


SsidText = Annotated[
    str,
    BeforeValidator(_ssid),
    InWords(f"name of a Wi-Fi network, 1 to {LONGEST_SSID} octets"),
    WithJsonSchema({"type": ["string", "integer"]}),
]


def _mac(value: object) -> str:
    parts = split_mac(value) if isinstance(value, str) else None
    if parts is None or parts[1] or str(value).endswith(":"):
        raise found(value, "a MAC address such as 00-10-A4-23-19-C0, in quotes")
    return parts[0]


MacText = Annotated[
    str,
    PlainValidator(_mac),
    InWords("MAC address, in any usual spelling"),
    WithJsonSchema({"type": "string", "examples": ["00-10-A4-23-19-C0"]}),
]
"""12 lower-case hex digits once it is read."""
