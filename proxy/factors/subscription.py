"""
Where a phone is woken: the subscription that its browser made with its maker's push service.

The JSON of a browser comes in, an endpoint and two keys go out. The endpoint is a stranger's URL
that the daemon is to call, so its form is narrow; who may be called is decided when it is called.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from proxy.errors import PeerError
from proxy.factors.jwk import decode_base64url
from proxy.secret import Secret

ENDPOINT_LENGTH: Final = 2048
"""Octets; those of the services there are have 150 to 700."""
POINT_LENGTH: Final = 65
"""Octets of an uncompressed point of P-256 (RFC 8291 section 3.1)."""
AUTH_LENGTH: Final = 16
"""Octets (RFC 8291 section 3.2)."""
HTTPS: Final = 443
_HOST_LENGTH: Final = 253  # RFC 1035 section 2.3.4, as text


class BadSubscription(PeerError):  # noqa: N818 - it names what was found
    """Not the JSON of a push subscription that can be sent to."""

    reason = "bad-subscription"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL of a push service, taken apart."""

    url: str = field(repr=False)
    """Whoever has it can try to wake the phone: it stands in no log."""
    host: str
    """A name or an address without brackets, in small letters."""
    port: int

    @classmethod
    def parse(cls, url: str) -> "Endpoint":
        """Read an `https` URL without a user or a fragment. Raises BadSubscription."""
        wanted = "found an endpoint that is no https URL of printable ASCII"
        if len(url) > ENDPOINT_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
            raise BadSubscription(wanted)
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise BadSubscription(wanted) from None
        beyond = "@" in parts.netloc or "#" in url or "\\" in url
        beyond = beyond or port == 0 or parts.netloc.endswith(":")
        if parts.scheme != "https" or beyond or not 1 <= len(host) <= _HOST_LENGTH:
            raise BadSubscription(wanted)
        return cls(url, host, HTTPS if port is None else port)

    @property
    def origin(self) -> str:
        """Give scheme, host and port as RFC 6454 section 6.2 writes them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}" if self.port == HTTPS else f"https://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser told of its push service and of the keys that messages are encrypted to."""

    endpoint: Endpoint
    p256dh: bytes = field(repr=False)
    """The browser's public key: 65 octets, a point of P-256."""
    auth: Secret
    """16 octets that only the browser and this server have."""
    expires_at: float | None
    """Seconds since the epoch; None: the browser named no end."""


@dataclass(frozen=True, slots=True)
class WakeUp:
    """One message that is to reach a phone."""

    subscription: Subscription
    topic: str
    """At most 32 characters of base64url; a newer message takes the place of an older one."""
    expires_at: float
    """When it is worth nothing any more."""


def parse_subscription(members: Mapping[str, Any]) -> Subscription:
    """
    Read what `PushSubscription.toJSON()` gave; members that are not known mean nothing.

    Raises:
        BadSubscription: a member is missing, too long or of another form.

    W3C Push API section 8.
    """
    endpoint, keys = members.get("endpoint"), members.get("keys")
    if not isinstance(endpoint, str) or not isinstance(keys, Mapping):
        raise BadSubscription("found no endpoint or no keys")
    point = _octets(keys, "p256dh", POINT_LENGTH)
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        raise BadSubscription("found a p256dh that is no point of P-256") from None
    auth = Secret(_octets(keys, "auth", AUTH_LENGTH))
    return Subscription(Endpoint.parse(endpoint), point, auth, _end(members.get("expirationTime")))


def _octets(keys: Mapping[str, Any], name: str, length: int) -> bytes:
    value = keys.get(name)
    try:
        octets = decode_base64url(value) if isinstance(value, str) else b""
    except ValueError:
        octets = b""
    if len(octets) != length:
        raise BadSubscription(f"found a {name} that is not {length} octets in base64url")
    return octets


def _end(value: object) -> float | None:
    """Read milliseconds since the epoch."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadSubscription("found an expirationTime that is no number")
    if abs(value) >= 2**53 or not isfinite(value):
        raise BadSubscription("found an expirationTime out of range")
    return value / 1000
