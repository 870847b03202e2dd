"""
What a client asks: bind, search, StartTLS, unbind, abandon (RFC 4511 section 4).

Each is written as an operation, to be put into an envelope by `message`. Binds and searches can be
read too; a search's filter stays the octets that it is.
"""

from dataclasses import dataclass
from enum import IntEnum

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.filters import ANYTHING, FilterTemplate
from proxy.ldap.message import read_boolean
from proxy.secret import Secret

BIND = 0x60
UNBIND = 0x42
SEARCH = 0x63
ABANDON = 0x50
EXTENDED = 0x77

VERSION = 3
SIMPLE = 0x80
REQUEST_NAME = 0x80
START_TLS = b"1.3.6.1.4.1.1466.20037"
NEVER_DEREFERENCE = 0
NO_ATTRIBUTES = b"1.1"
"""Asks for entries without attributes (RFC 4511 section 4.5.1.8)."""


class Scope(IntEnum):
    """How far below its base a search looks (RFC 4511 section 4.5.1.2)."""

    BASE = 0
    ONE_LEVEL = 1
    SUBTREE = 2


@dataclass(frozen=True, slots=True)
class BindRequest:
    """A simple bind."""

    name: bytes
    password: Secret


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search whose filter is not looked into."""

    base: bytes
    scope: Scope
    attributes: tuple[bytes, ...]
    filter: bytes = ANYTHING
    size_limit: int = 0
    """Entries; 0: no limit."""
    time_limit: int = 0
    """Whole seconds that the server may take; 0: no limit."""


@dataclass(frozen=True, slots=True)
class SearchTemplate:
    """A search written in advance but for the one value that its filter takes."""

    head: bytes
    filter: FilterTemplate
    tail: bytes

    def operation(self, value: bytes) -> bytes:
        """Write the search for one value."""
        return ber.element(SEARCH, self.head + self.filter.octets(value) + self.tail)


def encode_bind(name: bytes, password: Secret) -> bytes:
    """
    Write a simple bind (RFC 4511 section 4.2).

    Raises:
        ValueError: a name or password is empty: a server takes such a bind for an anonymous or
            unauthenticated one and says success (RFC 4513 sections 5.1.1 and 5.1.2).
    """
    if not name or not password:
        raise ValueError("found an empty name or password, which proves nothing")
    return ber.element(
        BIND,
        ber.integer(VERSION),
        ber.element(ber.OCTET_STRING, name),
        ber.element(SIMPLE, password.reveal()),
    )


def encode_search(request: SearchRequest) -> bytes:
    """Write a search (RFC 4511 section 4.5.1); aliases are never followed."""
    head, tail = _around_filter(request)
    return ber.element(SEARCH, head, request.filter, tail)


def search_template(request: SearchRequest, filter_template: FilterTemplate) -> SearchTemplate:
    """Write all of a search in advance but its filter; that of *request* is not looked at."""
    head, tail = _around_filter(request)
    return SearchTemplate(head, filter_template, tail)


def _around_filter(request: SearchRequest) -> tuple[bytes, bytes]:
    head = (
        ber.element(ber.OCTET_STRING, request.base)
        + ber.integer(request.scope, ber.ENUMERATED)
        + ber.integer(NEVER_DEREFERENCE, ber.ENUMERATED)
        + ber.integer(request.size_limit)
        + ber.integer(request.time_limit)
        + ber.element(ber.BOOLEAN, b"\x00")
    )
    selection = b"".join(ber.element(ber.OCTET_STRING, name) for name in request.attributes)
    return head, ber.element(ber.SEQUENCE, selection)


def encode_start_tls() -> bytes:
    """Write the request for TLS (RFC 4511 section 4.14)."""
    return ber.element(EXTENDED, ber.element(REQUEST_NAME, START_TLS))


def encode_unbind() -> bytes:
    """Write the goodbye (RFC 4511 section 4.3)."""
    return ber.element(UNBIND, b"")


def encode_abandon(message_id: int) -> bytes:
    """Write that an answer is no longer wanted (RFC 4511 section 4.11)."""
    return ber.integer(message_id, ABANDON)


def decode_bind(body: bytes) -> BindRequest:
    """Read a simple bind. Raises MalformedMessage, for other kinds of bind too."""
    stop = len(body)
    version, at = ber.read_integer(body, 0, stop)
    if version != VERSION:
        raise MalformedMessage(f"found LDAP version {version}, wanted {VERSION}")
    name, at = ber.read_string(body, at, stop)
    password, at = ber.read_string(body, at, stop, SIMPLE)
    ber.skip(body, at, stop)
    return BindRequest(name, Secret(password))


def decode_search(body: bytes) -> SearchRequest:
    """Read a search, its filter left as octets. Raises MalformedMessage."""
    stop = len(body)
    base, at = ber.read_string(body, 0, stop)
    scope, at = ber.read_integer(body, at, stop, ber.ENUMERATED)
    _, at = ber.read_integer(body, at, stop, ber.ENUMERATED)
    size_limit, at = ber.read_integer(body, at, stop)
    time_limit, at = ber.read_integer(body, at, stop)
    _, at = read_boolean(body, at, stop)
    _, _, end = ber.header(body, at, stop)
    written, at = body[at:end], end
    start, end = ber.expect(body, at, stop, ber.SEQUENCE)
    ber.skip(body, end, stop)
    if scope not in tuple(Scope):
        raise MalformedMessage(f"found scope {scope}, wanted 0 to 2")
    attributes = tuple(ber.read_strings(body, start, end))
    return SearchRequest(base, Scope(scope), attributes, written, size_limit, time_limit)
