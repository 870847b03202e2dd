"""Realms and names of directories, as the configuration writes them."""

from typing import Annotated, Final

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

from proxy.settings.values import NAME_LENGTH, InWords, Name, found, read_name

REALM_LENGTH: Final = 255
"""Characters: a domain's name in DNS (RFC 1035 section 2.3.4)."""
_PARTING: Final = frozenset("\\@/")


def _realm(value: object) -> str:
    wanted = "a realm such as CORP or corp.example.org"
    if not isinstance(value, str) or not 1 <= len(value) <= REALM_LENGTH:
        raise found(value, wanted)
    if not value.isprintable() or " " in value or not _PARTING.isdisjoint(value):
        raise found(value, wanted)
    return value


RealmText = Annotated[
    str,
    BeforeValidator(_realm),
    InWords("realm"),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": REALM_LENGTH}),
]
"""What a name has before its backslash or behind its `@`."""


def _names(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, tuple) else (value,)
    if not values:
        raise found(value, "a name or a list of names with at least one")
    return tuple(read_name(item) for item in values)


_NAME = {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}
Names = Annotated[
    tuple[Name, ...],
    PlainValidator(_names),
    InWords("name, or list of names"),
    WithJsonSchema({"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}),
]
"""One name or several, in order."""
