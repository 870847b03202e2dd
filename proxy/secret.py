"""A value that must not be shown: its text form hides it, its comparison takes constant time."""

import hmac
from typing import Any, final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


@final
class Secret:
    """
    Octets that no log, exception, transcript or test failure may show.

    `str()`, `repr()` and the JSON form give `***`; only `reveal` gives the octets.
    """

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def reveal(self) -> bytes:
        """Give the octets; the one place where they come out."""
        return self._octets

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._octets, other._octets)

    def __hash__(self) -> int:
        return hash(self._octets)

    def __bool__(self) -> bool:
        return bool(self._octets)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let a Secret stand in a recorded value: always written as `***`, never read back."""
        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(repr)
        )
