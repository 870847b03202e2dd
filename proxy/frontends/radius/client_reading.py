"""How one client's requests are read: what its settings and its policies look at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from proxy.login.circumstances import CameOver, CameThrough
from proxy.login.policy import Policy
from proxy.login.request import Callers, ClientTerms
from proxy.radius.attributes import Attributes, Selection
from proxy.radius.clients import RadiusClient

PORT: Final = "NAS-Port"
CALLED: Final = "Called-Station-Id"
NASES: Final = ("NAS-Identifier", "NAS-IP-Address", "NAS-IPv6-Address")
"""What names the NAS, the first that is there."""
LONGEST_EAP_WAIT: Final = 25.0
"""Seconds: supplicants and access points give up 30 s after the last EAP packet."""


@dataclass(frozen=True, slots=True)
class ClientReading:
    """How one client's requests are read."""

    terms: ClientTerms
    looked_at: tuple[str, ...]
    """The attributes that policies for this client look at."""
    selection: Selection
    """Those, and the one that names the caller."""
    port: Selection
    """What names a caller that the NAS does not: its place at the NAS."""
    called: bool
    """Its policies look at the access point or SSID, or remember by them."""
    remembers: bool
    """One of its policies remembers devices."""
    through: tuple[CameThrough, ...]
    """The access points that they look at."""
    upstream: bool
    """Some of its logins are for another RADIUS server."""
    mschapv2: bool
    """Some of its logins may come by MS-CHAPv2 without EAP."""


def client_reading(
    attributes: Attributes, client: RadiusClient, policies: Sequence[Policy]
) -> ClientReading:
    """
    Say how one client's requests are read, by what its policies look at.

    Raises:
        BadAttribute: the client or a policy names an attribute that no dictionary has.
    """
    own = [policy for policy in policies if client.name in policy.clients]
    looked_at = sorted({line.attribute for policy in own for line in policy.when})
    places = [
        place
        for policy in own
        for place in policy.circumstances
        if isinstance(place, CameOver | CameThrough)
    ]
    remembers = any(policy.remember for policy in own)
    called = remembers or bool(places)
    return ClientReading(
        terms_of(client),
        tuple(looked_at),
        attributes.select({*looked_at, client.caller, *((CALLED,) if called else ())}),
        attributes.select({PORT, *NASES}),
        called,
        remembers and client.caller_is == "device",
        tuple(place for place in places if isinstance(place, CameThrough)),
        any(policy.upstream for policy in own),
        any(policy.upstream or (policy.nt_hash and client.mschapv2) for policy in own),
    )


def terms_of(client: RadiusClient) -> ClientTerms:
    """Give what the core must know of a client."""
    # A group is no client's name: neither can be taken for the other.
    named = f"client {client.name}"
    group = named if client.remember_group is None else f"group {client.remember_group}"
    return ClientTerms(
        client.name,
        client.challenge,
        client.wait,
        client.append_code,
        Callers(client.caller_is, group),
        mschapv2=client.mschapv2,
    )


def eap_terms(terms: ClientTerms, *, mute: bool, most_wait: float | None = None) -> ClientTerms:
    """
    Give what the core must know of a client whose login comes by EAP.

    Args:
        mute: nothing more can be asked inside.
        most_wait: seconds that the device is kept patient; None: it is not.
    """
    return replace(
        terms,
        challenge=not mute,
        mute=mute,
        wait=most_wait or terms.wait,
        most_wait=most_wait or LONGEST_EAP_WAIT,
    )
