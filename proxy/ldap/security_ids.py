"""
Security identifiers of Active Directory, as `objectSid` holds them.

Revision, count of sub-authorities, authority (48 bits, big-endian), sub-authorities (32 bits each,
little-endian): [MS-DTYP] section 2.4.2.2. A person's and a group's differ in the last one alone
where both are of one domain.
"""

from proxy.errors import PeerError

REVISION = 1
SUB_AUTHORITIES = range(1, 16)
_HEAD = 8
_OF_A_DOMAIN = b"\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00"
"""Authority 5 and first sub-authority 21: S-1-5-21-..., an account or group of a domain."""


class BadSecurityId(PeerError):  # noqa: N818 - it names what was found
    """Octets that are no security identifier, or text that is no relative one."""

    reason = "bad-security-id"


def is_of_domain(object_sid: bytes) -> bool:
    """Say whether it is one of a domain; those of lightweight instances are of no domain."""
    return object_sid[2:12] == _OF_A_DOMAIN


def sibling(object_sid: bytes, relative_id: bytes) -> bytes:
    """
    Give the identifier with another last part: that of the primary group, from the person's.

    Args:
        object_sid: the person's `objectSid`.
        relative_id: `primaryGroupID`, a decimal number as LDAP writes it.

    Raises:
        BadSecurityId: either is not what it should be.
    """
    count = object_sid[1] if len(object_sid) >= _HEAD else 0
    if count not in SUB_AUTHORITIES or len(object_sid) != _HEAD + 4 * count:
        raise BadSecurityId(f"found an objectSid of {len(object_sid)} octets")
    if object_sid[0] != REVISION:
        raise BadSecurityId(f"found an objectSid of revision {object_sid[0]}, wanted {REVISION}")
    if not relative_id.isdigit() or len(relative_id) > len("4294967295"):
        raise BadSecurityId("found a primaryGroupID that is no number")
    number = int(relative_id)
    if number >= 2**32:
        raise BadSecurityId("found a primaryGroupID beyond 32 bits")
    return object_sid[:-4] + number.to_bytes(4, "little")
