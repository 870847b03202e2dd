"""
What a server answers: results, entries, the notice of disconnection (RFC 4511 section 4).

Bodies of operations go in (`Message.body`), values come out. Every function raises
MalformedMessage for what is not the operation it reads.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from proxy.ldap import ber
from proxy.ldap.controls import PasswordPolicy, find_password_policy
from proxy.ldap.message import Message

BIND = 0x61
ENTRY = 0x64
DONE = 0x65
REFERENCE = 0x73
MODIFIED = 0x67
EXTENDED = 0x78

REFERRAL = 0xA3
RESPONSE_NAME = 0x8A
NOTICE_OF_DISCONNECTION = b"1.3.6.1.4.1.1466.20036"

SUCCESS = 0
SIZE_LIMIT_EXCEEDED = 4
ADMIN_LIMIT_EXCEEDED = 11
STRONGER_AUTH_REQUIRED = 8
CONSTRAINT_VIOLATION = 19
NO_SUCH_OBJECT = 32
INAPPROPRIATE_AUTHENTICATION = 48
INVALID_CREDENTIALS = 49
INSUFFICIENT_ACCESS = 50
BUSY = 51
UNAVAILABLE = 52
UNWILLING_TO_PERFORM = 53

_BARE_SUCCESS = b"\x0a\x01\x00\x04\x00\x04\x00"
"""Success without a word, as servers say it most of the time."""

_TEXT_LIMIT = 256
"""Characters kept of a diagnostic message: it is for logs and records."""


@dataclass(frozen=True, slots=True)
class Result:
    """How an operation ended (RFC 4511 section 4.1.9)."""

    code: int
    diagnostic: str
    """The server's words, shortened, control characters replaced."""


_SUCCESSFUL = Result(SUCCESS, "")


@dataclass(frozen=True, slots=True)
class BindResponse:
    """The answer to a bind."""

    result: Result
    policy: PasswordPolicy | None
    """What the password policy adds; None: nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry that a search found."""

    dn: bytes
    attributes: dict[bytes, list[bytes]]
    """Values by description in lower case; options stand after it (`memberof;range=0-1499`)."""


def decode_result(body: bytes) -> Result:
    """Read the answer to a search, or what all other answers begin with."""
    return _SUCCESSFUL if body == _BARE_SUCCESS else _result(body)[0]


def decode_bind(message: Message) -> BindResponse:
    """Read the answer to a bind, with the password policy's control."""
    policy = find_password_policy(message.controls) if message.controls else None
    return BindResponse(decode_result(message.body), policy)


def decode_extended(body: bytes) -> tuple[Result, bytes | None]:
    """Read an extended answer: its result, and its name if it has one."""
    result, at = _result(body)
    stop = len(body)
    if at < stop and body[at] == RESPONSE_NAME:
        return result, ber.read_string(body, at, stop, RESPONSE_NAME)[0]
    return result, None


def decode_entry(body: bytes, wanted: AbstractSet[bytes]) -> Entry:
    """Read an entry; of its attributes only those *wanted* (in lower case), options or not."""
    stop = len(body)
    start, at = ber.expect(body, 0, stop, ber.OCTET_STRING)
    dn = body[start:at]
    at, end = ber.expect(body, at, stop, ber.SEQUENCE)
    if end != stop:
        ber.skip(body, end, stop)
    attributes: dict[bytes, list[bytes]] = {}
    while at < end:
        start, at = ber.expect(body, at, end, ber.SEQUENCE)
        start, last = ber.expect(body, start, at, ber.OCTET_STRING)
        name = body[start:last].lower()
        start, last = ber.expect(body, last, at, ber.SET)
        if last != at:
            ber.skip(body, last, at)
        if name in wanted or name.partition(b";")[0] in wanted:
            attributes.setdefault(name, []).extend(ber.read_strings(body, start, last))
    return Entry(dn, attributes)


def _result(body: bytes) -> tuple[Result, int]:
    stop = len(body)
    code, at = ber.read_integer(body, 0, stop, ber.ENUMERATED)
    _, at = ber.read_string(body, at, stop)
    text, at = ber.read_string(body, at, stop)
    if at < stop and body[at] == REFERRAL:
        _, at = ber.expect(body, at, stop, REFERRAL)
    ber.skip(body, at, stop)
    return Result(code, _readable(text) if text else ""), at


def _readable(octets: bytes) -> str:
    text = octets[: 4 * _TEXT_LIMIT].decode("utf-8", "replace")[:_TEXT_LIMIT]
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
