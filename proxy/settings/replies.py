"""The attributes of an Access-Accept that a policy names, one by one, whatever they stand under."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proxy.ldap.names import BadName, canonical_dn
from proxy.radius.integrity import ROOM
from proxy.settings.clients import ClientSettings
from proxy.settings.finding import Place
from proxy.settings.policies import PolicySettings, ReplySettings

ACCOUNTING_CLASS = 2 + 32
"""Octets of the Class that has a login's id, in hex digits."""
EAP_SUCCESS = 2 + 4 + 2 * 58
"""Octets of EAP-Success (RFC 3748 section 4.2) and of the link's two keys, each of 32 octets (RFC
2548 section 2.4.2)."""
VLAN = ("Tunnel-Type", "Tunnel-Medium-Type", "Tunnel-Private-Group-Id")
"""What names a VLAN, in this order (RFC 3580 section 3.31)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute."""

    place: Place
    """Within the policy."""
    attribute: str
    value: str | None
    """None: the person's entry has it."""
    source: str | None = None
    """The attribute of the entry."""
    groups: frozenset[str] | None = None
    """Canonical DNs; None: everyone."""
    tag: int | None = None
    word: str | None = None
    """The key that stands for it, where that is not its name."""
    by_eap: bool = False
    """Sent only where the login came by EAP."""


_REAUTHENTICATE = Line(
    ("session",), "Termination-Action", "RADIUS-Request", word="session", by_eap=True
)
"""The device is asked again at the session's end and stays on meanwhile (RFC 3580 section 3.19).
Only EAP can do that: whoever typed a password is not there to type it again."""


def lines_of(policy: PolicySettings) -> Iterator[Line]:
    """Give all that a policy sends, in order."""
    for position, one in enumerate(policy.reply):
        yield from _lines(("reply", position), one)
    if policy.vlan is not None:
        yield from _vlan(("vlan",), policy.vlan, None, None)
    if policy.session is not None:
        value = str(int(policy.session))
        yield Line(("session",), "Session-Timeout", value, word="session")
        if policy.reauthenticate:
            yield _REAUTHENTICATE


def room_of(policy: PolicySettings, *, by_eap: bool) -> int:
    """
    Give the octets that a reply has for what a policy sends.

    Args:
        by_eap: one of its clients speaks EAP, whose own attributes need some.
    """
    taken = ACCOUNTING_CLASS if policy.accounting_class else 0
    return ROOM - taken - (EAP_SUCCESS if by_eap else 0)


def comes_by_eap(policy: PolicySettings, clients: Mapping[str, ClientSettings]) -> bool:
    """Say whether logins by EAP may come under a policy."""
    if policy.methods is not None and "eap" not in policy.methods:
        return False
    brought = [clients[name] for name in policy.clients if name in clients]
    return any(client.eap or client.eap_relay for client in brought)


def _lines(place: Place, one: ReplySettings) -> Iterator[Line]:
    groups = None
    if one.groups is not None:
        groups = frozenset(_canonical(group) for group in one.groups)
    if one.vlan is not None:
        yield from _vlan(place, one.vlan, groups, one.tag)
    elif one.attribute is not None:
        yield Line(place, one.attribute, one.value, one.source, groups, one.tag)


def _vlan(
    place: Place, vlan: str, groups: frozenset[str] | None, tag: int | None
) -> Iterator[Line]:
    for attribute, value in zip(VLAN, ("VLAN", "IEEE-802", vlan), strict=True):
        yield Line(place, attribute, value, None, groups, tag, word="vlan")


def _canonical(group: str) -> str:
    try:
        return canonical_dn(group)
    except BadName:
        return group  # a fault of its own
