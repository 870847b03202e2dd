"""Which attributes, as the configuration writes it: all, none, or their names."""

from typing import Annotated, Literal

from pydantic import PlainValidator, WithJsonSchema

from proxy.settings.values import InWords, found


def _names(value: object) -> Literal["all"] | tuple[str, ...]:
    if value == "all":
        return "all"
    if value == "none":
        return ()
    if isinstance(value, tuple) and all(isinstance(name, str) for name in value):
        return value
    raise found(value, "all, none, or a list of names of attributes")


AttributeNames = Annotated[
    Literal["all"] | tuple[str, ...],
    PlainValidator(_names),
    InWords("`all`, `none`, or list of names of attributes"),
    WithJsonSchema(
        {"anyOf": [{"enum": ["all", "none"]}, {"type": "array", "items": {"type": "string"}}]}
    ),
]
"""Names are compared with the dictionary later."""
