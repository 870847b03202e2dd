"""The attributes of an Access-Accept that a policy names, one by one, whatever they stand under."""

from collections.abc import Iterator
from dataclasses import dataclass

from proxy.ldap.names import BadName, canonical_dn
from proxy.radius.integrity import ROOM
from proxy.settings.finding import Place
from proxy.settings.policies import PolicySettings, ReplySettings

ACCOUNTING_CLASS = 2 + 32
"""Octets of the Class that has a login's id, in hex digits."""
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


def lines_of(policy: PolicySettings) -> Iterator[Line]:
    """Give all that a policy sends, in order."""
    for position, one in enumerate(policy.reply):
        yield from _lines(("reply", position), one)
    if policy.vlan is not None:
        yield from _vlan(("vlan",), policy.vlan, None, None)
    if policy.session is not None:
        value = str(int(policy.session))
        yield Line(("session",), "Session-Timeout", value, word="session")


def room_of(policy: PolicySettings) -> int:
    """Give the octets that a reply has for what a policy sends."""
    return ROOM - (ACCOUNTING_CLASS if policy.accounting_class else 0)


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
