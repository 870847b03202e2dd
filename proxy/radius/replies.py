"""
Attributes of replies, prepared from the configuration: typed, tagged, bounded, all but the salt.

What is prepared here can be written into any reply; what could not be is `BadAttribute` long before
a login comes.
"""

from dataclasses import dataclass, field

from proxy.radius.definitions import NUMBER_LENGTHS, Definition
from proxy.radius.packet import (
    CHAP_PASSWORD,
    EAP_MESSAGE,
    MAX_VALUE_LENGTH,
    MESSAGE_AUTHENTICATOR,
    PROXY_STATE,
    STATE,
    USER_PASSWORD,
    encode_attribute,
)
from proxy.radius.password import BLOCK, SALT_LENGTH, hide_salted
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.values import MAX_TAG, BadAttribute, encode_value
from proxy.radius.vendors import VENDOR_HEAD_LENGTH, encode_vendor_attribute

NOT_FOR_REPLIES = frozenset(
    {USER_PASSWORD, CHAP_PASSWORD, STATE, PROXY_STATE, EAP_MESSAGE, MESSAGE_AUTHENTICATOR}
)
"""What the server writes itself, or what stands in requests alone (RFC 2865 section 5.44)."""

SALTED = 2
"""`Definition.hiding` of what RFC 2868 section 3.5 hides."""


@dataclass(frozen=True, slots=True)
class ReplyValue:
    """A value ready for replies; a salted one is hidden anew in each."""

    definition: Definition
    tag: bytes
    """The tag octet that stands before the value; empty: none does."""
    value: bytes = field(repr=False)
    octets: bytes | None = field(repr=False)
    """The whole attribute; None: it is salted."""
    length: int
    """Octets of the whole attribute."""

    def write(
        self, shared_secret: SharedSecret, request_authenticator: bytes, salt: bytes
    ) -> bytes:
        """Give the attribute as it goes on the wire; see `hide_salted` for the salt."""
        if self.octets is not None:
            return self.octets
        hidden = hide_salted(self.value, shared_secret, request_authenticator, salt)
        return _encode(self.definition, self.tag + hidden)


def prepare(definition: Definition, text: str, tag: int | None) -> ReplyValue:
    """
    Prepare a reply's attribute.

    Args:
        tag: 1 to 31 for a tagged attribute; None: no tag.

    Raises:
        BadAttribute: the attribute is not for replies, the value is not of its type or too long,
            or it takes no tag.
    """
    must_be_for_replies(definition)
    tag_octet, value = _with_tag(definition, encode_value(definition, text), tag)
    salted = definition.hiding == SALTED
    length = _length(definition, tag_octet, value)
    if length > MAX_VALUE_LENGTH:
        raise BadAttribute(
            f"found a value of {definition.name} that takes {length} octets, wanted at most "
            f"{MAX_VALUE_LENGTH}"
        )
    octets = None if salted else _encode(definition, tag_octet + value)
    return ReplyValue(definition, tag_octet, value, octets, 2 + length)


def must_be_for_replies(definition: Definition) -> None:
    """Raise BadAttribute where an attribute is not for the configuration to set."""
    if definition.vendor is None and definition.kind in NOT_FOR_REPLIES:
        raise BadAttribute(f"found {definition.name}, which is not for the configuration to set")
    if definition.hiding not in {0, SALTED}:
        raise BadAttribute(f"found {definition.name}, whose hiding is for requests alone")


def must_take_tag(definition: Definition, tag: int | None) -> None:
    """Raise BadAttribute where an attribute takes no tag, or not this one."""
    if tag is not None and not definition.tagged:
        raise BadAttribute(f"found tag {tag} on {definition.name}, which takes none")
    if tag is not None and not 0 < tag <= MAX_TAG:
        raise BadAttribute(f"found tag {tag} on {definition.name}, wanted 1 to {MAX_TAG}")


def _with_tag(definition: Definition, value: bytes, tag: int | None) -> tuple[bytes, bytes]:
    """Place the tag: before a text, in the high octet of a number (RFC 2868 section 3.1)."""
    must_take_tag(definition, tag)
    if not definition.tagged:
        return b"", value
    if definition.datatype in NUMBER_LENGTHS:
        if value[0]:
            raise BadAttribute(f"found a number of {definition.name} over 3 octets, which it has")
        return b"", bytes((tag or 0,)) + value[1:]
    # Without a tag the octet may be left out where the text cannot be taken for one; under the
    # salt it may not (RFC 2868 section 3.5).
    needed = tag is not None or definition.hiding == SALTED or value[:1] <= bytes((MAX_TAG,))
    return (bytes((tag or 0,)) if needed else b""), value


def _length(definition: Definition, tag_octet: bytes, value: bytes) -> int:
    """Count the octets that a value takes in its attribute."""
    length = len(tag_octet) + (0 if definition.vendor is None else VENDOR_HEAD_LENGTH)
    if definition.hiding == SALTED:  # a length octet goes before the value, blocks are filled
        return length + SALT_LENGTH + BLOCK * (1 + len(value) // BLOCK)
    return length + len(value)


def _encode(definition: Definition, value: bytes) -> bytes:
    if definition.vendor is None:
        return encode_attribute(definition.kind, value)
    return encode_vendor_attribute(definition.vendor, definition.kind, value)
