"""
Attributes of another server's Access-Accept that go on to the NAS.

Salted ones are revealed under the secret that we share with the server and hidden anew under the
NAS's. What an attribute is, the dictionary says; what it does not know passes as it came, where all
may pass. Nothing that belongs to one hop alone ever passes.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from proxy.radius.attributes import Attributes
from proxy.radius.definitions import Definition
from proxy.radius.packet import (
    REPLY_MESSAGE,
    VENDOR_SPECIFIC,
    Attribute,
    encode_attribute,
)
from proxy.radius.password import hide_salted, reveal_salted
from proxy.radius.replies import NOT_FOR_REPLIES, SALTED
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.texts import message_text, reply_messages
from proxy.radius.values import BadAttribute
from proxy.radius.vendors import (
    VENDOR_NUMBER_LENGTH,
    encode_vendor_attribute,
    vendor_attributes,
)

Number = tuple[int | None, int]
"""The vendor, None for a standard attribute, and the type."""


class UnreadableAttributes(Exception):  # noqa: N818 - it names what was found
    """A text that `pack` did not write."""


@dataclass(frozen=True, slots=True)
class PassedAttribute:
    """One attribute that goes on."""

    number: Number
    value: bytes = field(repr=False)
    """In clear; of a salted one without its tag."""
    tag: bytes | None = None
    """The octet before the salt (RFC 2868 section 3.5), empty where the attribute has no tag; None:
    it is not salted."""

    def write(
        self, shared_secret: SharedSecret, request_authenticator: bytes, salt: bytes
    ) -> bytes:
        """Give the attribute as it goes on the wire to the NAS; see `hide_salted` for the salt."""
        value = self.value
        if self.tag is not None:
            value = self.tag + hide_salted(value, shared_secret, request_authenticator, salt)
        vendor, kind = self.number
        if vendor is None:
            return encode_attribute(kind, value)
        return encode_vendor_attribute(vendor, kind, value)


class PassRule:
    """
    Which attributes pass.

    Args:
        names: `all`, or the names of those that do; none may be among them that never passes.

    Raises:
        BadAttribute: a name that no dictionary has, or that never passes.
    """

    def __init__(self, attributes: Attributes, names: Literal["all"] | Iterable[str]) -> None:
        self._known: Mapping[Number, Definition] = attributes.by_number
        self._wanted: frozenset[Number] | None = None
        if names != "all":
            self._wanted = frozenset(_number(attributes.find(name)) for name in names)

    def select(
        self,
        attributes: Iterable[Attribute],
        shared_secret: SharedSecret,
        request_authenticator: bytes,
        always: Iterable[Number] = (),
    ) -> list[PassedAttribute]:
        """
        Give what passes of an Access-Accept, in its order; texts come sanitised.

        Args:
            shared_secret, request_authenticator: of the request that it answers.
            always: passes whatever the rule says.

        Raises:
            MalformedAttribute: a salted value that the secret did not hide.
        """
        passing = []
        for number, value in apart(attributes):
            if not (self._passes(number) or number in always):
                continue
            definition = self._known.get(number)
            if number == (None, REPLY_MESSAGE):
                passing += [
                    PassedAttribute(number, text) for text in reply_messages(message_text([value]))
                ]
            elif definition is not None and definition.hiding == SALTED:
                length = 1 if definition.tagged else 0
                plain = reveal_salted(value[length:], shared_secret, request_authenticator)
                passing.append(PassedAttribute(number, plain, value[:length]))
            elif definition is None or not definition.hiding:
                passing.append(PassedAttribute(number, value))
        return passing

    def _passes(self, number: Number) -> bool:
        vendor, kind = number
        if vendor is None and kind in NOT_FOR_REPLIES:
            return False
        return self._wanted is None or number in self._wanted


def _number(definition: Definition) -> Number:
    number = (definition.vendor, definition.kind)
    if definition.vendor is None and definition.kind in NOT_FOR_REPLIES:
        raise BadAttribute(f"found {definition.name}, which never passes")
    if definition.hiding not in {0, SALTED}:
        raise BadAttribute(f"found {definition.name}, whose hiding is for requests alone")
    return number


def apart(attributes: Iterable[Attribute]) -> Iterable[tuple[Number, bytes]]:
    """Give standard attributes and vendors' own; a vendor's other format stays whole."""
    for kind, value in attributes:
        if kind == VENDOR_SPECIFIC:
            parts = list(vendor_attributes(value))
            if sum(len(part) + 2 for _, _, part in parts) + VENDOR_NUMBER_LENGTH == len(value):
                yield from (((vendor, inner), part) for vendor, inner, part in parts)
                continue
        yield (None, kind), value


def pack(passing: Iterable[PassedAttribute]) -> bytes:
    """Write attributes as one text, to be sealed."""
    return json.dumps(
        [
            [*one.number, _text(one.value), None if one.tag is None else _text(one.tag)]
            for one in passing
        ]
    ).encode()


def unpack(text: bytes) -> list[PassedAttribute]:
    """Read what `pack` wrote. Raises UnreadableAttributes."""
    try:
        return [
            PassedAttribute((vendor, kind), _octets(value), None if tag is None else _octets(tag))
            for vendor, kind, value, tag in json.loads(text)
        ]
    except (ValueError, TypeError) as error:
        raise UnreadableAttributes("attributes of another server") from error


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error
