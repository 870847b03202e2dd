"""
Text of the configuration to values: durations, addresses, networks, URLs, files, secrets.

Each type is a plain value with a validator that says what was found and wanted, and the JSON Schema
that an editor needs. Validators that touch relative paths get the file's folder as their context.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from proxy.sealing import BadMasterKey, MasterKey
from proxy.secret import Secret
from proxy.settings.master_key import read_master_key
from proxy.settings.sources import Source


class InWords(str):
    """Names a type in the reference, beside its validator."""

    __slots__ = ()


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")
NAME_LENGTH = 64  # the store's columns
CONTACT_LENGTH = 256  # it goes into the header of every push
DEFAULT_PORTS = {"ldap": 389, "ldaps": 636}


def fault(message: str) -> PydanticCustomError:
    """Make the error that a validator raises; *message* reaches the operator as it is."""
    return PydanticCustomError("fault", "{message}", {"message": message})


def found(value: object, wanted: str) -> PydanticCustomError:
    """Make the error of a value that is not what is wanted; never for a secret."""
    return fault(f"found {shown(value)}, wanted {wanted}")


_IN_A_URL = re.compile(r"//.*@", re.DOTALL)
"""A name and a password."""


def shown(value: object) -> str:
    """Name what was found, without its content where that may be secret or long."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            public = _IN_A_URL.sub("//***@", value)
            return repr(public) if len(public) <= 80 else f"{public[:80]!r}..."
        case int() | float():
            return repr(value)
        case dict():
            return "a mapping"
        case tuple():
            return "a list"
        case Source():
            return f"{value.tag}, which only secrets may use"
        case _:
            return type(value).__name__


def parse_duration(text: str) -> float | None:
    """Read `500ms`, `30s`, `15m`, `12h` or `1d` as seconds; None: it is none of these."""
    match = _DURATION.fullmatch(text)
    return None if match is None else int(match[1]) * _UNITS[match[2]]


def _duration(value: object) -> float:
    seconds = parse_duration(value) if isinstance(value, str) else None
    if seconds is None:
        raise found(value, "a duration such as 500ms, 30s, 15m, 12h or 1d")
    return seconds


Duration = Annotated[
    float,
    BeforeValidator(_duration),
    InWords("duration"),
    WithJsonSchema(
        {"type": "string", "pattern": "^[0-9]{1,9}(ms|s|m|h|d)$", "examples": ["30s", "15m"]}
    ),
]
"""Seconds, written with a unit."""


def duration(default: str | None, least: str, most: str, example: str | None = None) -> Any:  # noqa: ANN401 - as Field
    """
    Make a field of a duration with a default and bounds, all written as the operator would.

    Args:
        example: for a key that config/countersign.yaml does not set.
    """
    return Field(
        default=None if default is None else _duration(default),
        ge=_duration(least),
        le=_duration(most),
        json_schema_extra={"default": default},
        examples=None if example is None else [example],
    )


def written(seconds: float) -> str:
    """Write seconds as a duration: `500ms`, `30s`, `5m`."""
    for unit in ("d", "h", "m", "s"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{seconds * 1000:.0f}ms" if seconds else "0s"


def _name(value: object) -> str:
    wanted = f"a name of 1 to {NAME_LENGTH} printable characters without /"
    if not isinstance(value, str) or not 1 <= len(value) <= NAME_LENGTH or "/" in value:
        raise found(value, wanted)
    if not value.isprintable() or value != value.strip():
        raise found(value, wanted)
    return value


Name = Annotated[
    str,
    BeforeValidator(_name),
    InWords("name of 1 to 64 characters"),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}),
]


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise found(value, "text, in quotes where YAML reads it as something else")
    return value


Text = Annotated[
    str,
    BeforeValidator(_text),
    InWords("text or whole number"),
    WithJsonSchema({"type": ["string", "integer"]}),
]
"""A text that may look like a whole number."""


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, tuple) else (value,)
    if not values:
        raise found(value, "a text or a list of texts with at least one")
    return tuple(_text(item) for item in values)


Texts = Annotated[
    tuple[str, ...],
    PlainValidator(_texts),
    InWords("text, or list of texts"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "integer"]},
                {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1},
            ]
        }
    ),
]
"""A text, or a list of which any will do."""


class Day(str):
    """A day as it is written, YYYY-MM-DD."""

    __slots__ = ()

    @property
    def ends_at(self) -> float:
        """Give the end of the day, UTC, in seconds since the epoch."""
        begins = datetime.combine(date.fromisoformat(self), time(), UTC)
        return (begins + timedelta(days=1)).timestamp()


def _day(value: object) -> Day:
    wanted = "a day such as 2026-12-31"
    if not isinstance(value, str) or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
        raise found(value, wanted)
    try:
        date.fromisoformat(value)
    except ValueError:
        raise found(value, wanted) from None
    return Day(value)


DateText = Annotated[
    Day,
    PlainValidator(_day),
    InWords("day, YYYY-MM-DD"),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a listener is bound."""

    host: str
    """An IP address, without brackets."""
    port: int
    """0: any free one, printed when it is known."""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address | None:
    """Read `192.0.2.1:1812` or `[2001:db8::1]:1812`; None: it is neither."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})", text)
    if match is None or int(match[3]) > 65535:
        return None
    host = match[1] or match[2]
    try:
        version = ip_address(host).version
    except ValueError:
        return None
    return Address(host, int(match[3])) if (version == 6) == (match[1] is not None) else None


def _address(value: object) -> Address:
    address = parse_address(value) if isinstance(value, str) else None
    if address is None:
        raise found(value, 'ADDRESS:PORT such as 0.0.0.0:1812 or "[::]:1812"')
    return address


AddressText = Annotated[
    Address,
    PlainValidator(_address),
    InWords("IP address and port"),
    WithJsonSchema({"type": "string", "examples": ["0.0.0.0:1812", "[::]:1812"]}),
]

Network = IPv4Network | IPv6Network


def _network(value: object) -> Network:
    wanted = "a network such as 192.0.2.0/24, 192.0.2.10 or 2001:db8::/48"
    if not isinstance(value, str):
        raise found(value, wanted)
    try:
        return ip_network(value)
    except ValueError as error:
        if "host bits" in str(error):
            wanted = f"{ip_network(value, strict=False)} or a single address"
        raise found(value, wanted) from error


NetworkText = Annotated[
    Network,
    PlainValidator(_network),
    InWords("network or IP address"),
    WithJsonSchema({"type": "string", "examples": ["192.0.2.0/24", "2001:db8::/48"]}),
]


@dataclass(frozen=True, slots=True)
class LdapServer:
    """One server of a directory."""

    host: str
    """A name or an IP address, without brackets."""
    port: int
    tls: bool
    """TLS from the first octet (ldaps)."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ldaps' if self.tls else 'ldap'}://{host}:{self.port}"


def _ldap_server(value: object) -> LdapServer:
    wanted = "ldaps://HOST, ldap://HOST, with or without :PORT, and nothing after it"
    if not isinstance(value, str):
        raise found(value, wanted)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise found(value, wanted) from error
    beyond = parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or beyond or port == 0:
        raise found(value, wanted)
    return LdapServer(parts.hostname, port or DEFAULT_PORTS[parts.scheme], parts.scheme == "ldaps")


LdapServerUrl = Annotated[
    LdapServer,
    PlainValidator(_ldap_server),
    InWords("`ldaps://` or `ldap://` URL"),
    WithJsonSchema(
        {"type": "string", "pattern": "^ldaps?://", "examples": ["ldaps://dc1.example.org"]}
    ),
]


@dataclass(frozen=True, slots=True)
class PushService:
    """A push service of one's own."""

    host: str
    """A name or an IP address, without brackets, in small letters."""
    port: int | None
    """None: any."""


def _push_service(value: object) -> PushService:
    wanted = "HOST or HOST:PORT of a push service, an IPv6 address in brackets"
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9.:_\[\]-]{1,260}", value):
        raise found(value, wanted)
    try:
        parts = urlsplit(f"//{value}")
        port = parts.port
    except ValueError as error:
        raise found(value, wanted) from error
    if not parts.hostname or port == 0 or value.endswith(":"):
        raise found(value, wanted)
    return PushService(parts.hostname, port)


PushServiceText = Annotated[
    PushService,
    PlainValidator(_push_service),
    InWords("host, with or without a port"),
    WithJsonSchema({"type": "string", "examples": ["push.example.org", "192.0.2.7:8443"]}),
]


def _contact(value: object) -> str:
    wanted = "mailto:NAME@HOST or an https:// URL"
    if not isinstance(value, str) or len(value) > CONTACT_LENGTH:
        raise found(value, wanted)
    if not re.fullmatch(r"mailto:[!-~]+@[!-~]+|https://[!-~]+", value):
        raise found(value, wanted)
    return value


ContactUrl = Annotated[
    str,
    BeforeValidator(_contact),
    InWords("`mailto:` or `https://` URL"),
    WithJsonSchema({"type": "string", "pattern": "^(mailto:|https://)"}),
]


def _web_url(value: object) -> str:
    wanted = "https://NAME, with or without :PORT and a path, as phones reach it"
    if not isinstance(value, str):
        raise found(value, wanted)
    if value.endswith("/"):
        raise found(value, f"{value.rstrip('/')!r}, without the slash at the end")
    try:
        parts = urlsplit(value)
        usable = parts.hostname and parts.port != 0
    except ValueError as error:
        raise found(value, wanted) from error
    beyond = parts.query or parts.fragment or "@" in parts.netloc or "?" in value or "#" in value
    if parts.scheme != "https" or not usable or beyond or not value.isascii() or " " in value:
        raise found(value, wanted)
    if parts.netloc != parts.netloc.lower():
        raise found(value, "a host name in small letters: phones compare the URL as text")
    if parts.netloc.endswith(":443"):
        raise found(value, "no :443, which is the port of https: browsers leave it out")
    return value


WebUrl = Annotated[
    str,
    BeforeValidator(_web_url),
    InWords("`https://` URL"),
    WithJsonSchema({"type": "string", "pattern": "^https://.*[^/]$"}),
]


def _path(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise found(value, "the path of a file")
    return Path(info.context or ".") / value


FilePath = Annotated[
    Path,
    PlainValidator(_path),
    InWords("path of a file; a relative one starts at the configuration's folder"),
    WithJsonSchema({"type": "string", "examples": ["/etc/countersign/ca.pem"]}),
]
"""A file; relative paths start at the configuration's folder."""


def _store(value: object, info: ValidationInfo) -> str:
    wanted = "sqlite:///PATH, with a fourth slash where the path is absolute"
    if not isinstance(value, str) or not value.startswith("sqlite:///"):
        raise found(value, wanted)
    path = value.removeprefix("sqlite:///")
    if not path or path.startswith(":") or "?" in path or "\0" in path:
        raise found(value, wanted + ", and nothing after it")
    return f"sqlite:///{(Path(info.context or '.') / path).absolute()}"


StoreUrl = Annotated[
    str,
    BeforeValidator(_store),
    InWords("`sqlite:///` URL"),
    WithJsonSchema({"type": "string", "pattern": "^sqlite:///"}),
]


def _secret(value: object) -> Secret:
    match value:
        case Source(secret=Secret() as secret):
            return secret
        case Source():
            raise fault(value.fault or "found an empty secret")
        case str() if value:
            return Secret(value.encode())
        case str() | None:
            raise fault("found an empty secret")
        case _:
            raise fault("found no text, wanted text in quotes, or !file, !env or !credential")


SecretText = Annotated[
    Secret,
    PlainValidator(_secret),
    InWords("secret"),
    WithJsonSchema(
        {
            "type": "string",
            "description": "Written out, or !file PATH, !env NAME, !credential NAME.",
        }
    ),
]


@dataclass(frozen=True, slots=True)
class MasterKeySource:
    """The master key, or the file that is to hold it."""

    key: MasterKey | None
    """None: *file* does not exist yet."""
    file: Path | None
    """None: it does not come from a file."""


def _master_key(value: object) -> MasterKeySource:
    if isinstance(value, Source) and value.missing and value.tag == "!file":
        return MasterKeySource(None, value.file)
    file = value.file if isinstance(value, Source) and value.tag == "!file" else None
    reread = None if file is None else partial(read_master_key, file)
    try:
        return MasterKeySource(MasterKey.parse(_secret(value).reveal(), reread), file)
    except BadMasterKey as error:
        raise fault(f"{error}: `countersign key create` makes one") from None


MasterKeyText = Annotated[
    MasterKeySource,
    PlainValidator(_master_key),
    InWords("secret"),
    WithJsonSchema({"type": "string"}),
]
