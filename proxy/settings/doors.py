"""The ways in: RADIUS and the web."""

from pydantic import Field

from proxy.settings.addresses import Address, AddressText, NetworkText, WebUrl
from proxy.settings.portal import PortalSettings
from proxy.settings.section import Section
from proxy.settings.values import Duration, FilePath, duration


class RadiusSettings(Section):
    """RADIUS over UDP."""

    listen: tuple[AddressText, ...] = Field(
        default=(Address("0.0.0.0", 1812),),  # noqa: S104 - a server for a network
        min_length=1,
        json_schema_extra={"default": ["0.0.0.0:1812"]},
    )
    """Addresses and ports. "[::]:1812" is IPv6 only; port 0 is any free one, printed at the start.
    A reply leaves from the address the request came to."""
    reject_delay: Duration = duration("1s", "0s", "10s")
    """How long after a request's arrival an Access-Reject leaves, with jitter; never past the
    client's `wait`."""
    duplicate_window: Duration = duration("15s", "5s", "30s")
    """How long an answer is kept for retransmissions of its request (RFC 5080 section 2.2.2)."""
    dictionaries: tuple[FilePath, ...] = Field(
        default=(), max_length=16, examples=[["acme.dictionary"]]
    )
    """Files with attributes of equipment that is not known, in FreeRADIUS's format; they add
    attributes and change none."""


class WebSettings(Section):
    """HTTPS for phones and browsers."""

    listen: AddressText = Field(
        default=Address("0.0.0.0", 8443),  # noqa: S104 - a server for a network
        json_schema_extra={"default": "0.0.0.0:8443"},
    )
    """Address and port of HTTPS."""
    url: WebUrl
    """As phones and browsers reach it, no slash at the end. It is part of what phones sign: a
    change makes enrolled phones enrol again."""
    certificate: FilePath | None = None
    """PEM: the certificate and its chain. Left out together with `private_key`: a local CA beside
    the store makes one, for a trial."""
    private_key: FilePath | None = None
    """PEM: the certificate's key."""
    trusted_proxies: tuple[NetworkText, ...] = ()
    """Networks of reverse proxies whose X-Forwarded-For counts: tries of enrolment codes are
    limited by where they come from."""
    portal: PortalSettings = Field(default_factory=PortalSettings)
