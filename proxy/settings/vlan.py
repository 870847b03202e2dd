"""VLANs, as the configuration writes them."""

from typing import Annotated, Final

from pydantic import PlainValidator, WithJsonSchema

from proxy.settings.values import InWords, found

MOST: Final = 4094
"""IEEE 802.1Q: 0 and 4095 are no VLANs."""


def _vlan(value: object) -> str:
    wanted = f"a VLAN by its number, 1 to {MOST}, or by its name"
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise found(value, wanted)
    text = str(value)
    if not text.strip() or not text.isprintable():
        raise found(value, wanted)
    if text.lstrip("-").isdecimal():
        number = int(text) if text.isascii() and len(text) < len("00000") else 0
        if not 0 < number <= MOST:
            raise found(value, wanted)
        return str(number)
    return text


VlanText = Annotated[
    str,
    PlainValidator(_vlan),
    InWords(f"number of a VLAN, `1` to `{MOST}`, or its name"),
    WithJsonSchema({"type": ["string", "integer"]}),
]
