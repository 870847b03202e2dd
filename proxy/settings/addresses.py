"""Where things are, as the configuration writes it: addresses, networks, servers, URLs."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

from proxy.settings.values import InWords, found

CONTACT_LENGTH = 256  # it goes into the header of every push
DEFAULT_PORTS = {"ldap": 389, "ldaps": 636}


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


RADIUS_PORT = 1812


def _radius_server(value: object) -> Address:
    wanted = "an IP address, with or without :PORT, an IPv6 address with a port in brackets"
    if not isinstance(value, str):
        raise found(value, wanted)
    try:
        return Address(str(ip_address(value)), RADIUS_PORT)
    except ValueError:
        address = parse_address(value)
    if address is None or address.port == 0:
        raise found(value, wanted)
    return address


RadiusServerText = Annotated[
    Address,
    PlainValidator(_radius_server),
    InWords("IP address, with or without a port"),
    WithJsonSchema({"type": "string", "examples": ["192.0.2.20", "[2001:db8::20]:1812"]}),
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
