"""Security identifiers: a person's gives the primary group's."""

import pytest

from proxy.ldap.security_ids import BadSecurityId, is_of_domain, sibling

# S-1-5-21-3353720082-1846908232-241055069-1104 and ...-513, as [MS-DTYP] 2.4.2.2 lays them out.
HEAD = bytes.fromhex("010500000000000515000000") + b"".join(
    number.to_bytes(4, "little") for number in (3353720082, 1846908232, 241055069)
)
ALICE = HEAD + (1104).to_bytes(4, "little")
DOMAIN_USERS = HEAD + (513).to_bytes(4, "little")


def test_the_primary_group_has_the_persons_domain():
    """All but the last part is the same."""
    assert DOMAIN_USERS == sibling(ALICE, b"513")


def test_those_of_a_domain_are_told():
    """S-1-5-21; a built-in group's (S-1-5-32-545) and a lightweight instance's are others."""
    assert is_of_domain(ALICE)
    assert not is_of_domain(bytes.fromhex("01020000000000052000000021020000"))
    assert not is_of_domain(bytes.fromhex("0102000015cd5b0715000000"))
    assert not is_of_domain(b"")


@pytest.mark.parametrize(
    ("object_sid", "relative_id"),
    [
        (b"", b"513"),
        (ALICE[:-1], b"513"),
        (ALICE + b"\x00", b"513"),
        (b"\x02" + ALICE[1:], b"513"),
        (b"\x01\x00" + ALICE[2:8], b"513"),
        (b"\x01\x10" + bytes(6 + 64), b"513"),
        (ALICE, b""),
        (ALICE, b"-1"),
        (ALICE, b" 513"),
        (ALICE, b"4294967296"),
        (ALICE, b"9" * 5000),
        (ALICE, "\u0665".encode()),
    ],
)
def test_what_is_none_is_refused(object_sid, relative_id):
    """Wrong lengths, another revision, no number."""
    with pytest.raises(BadSecurityId):
        sibling(object_sid, relative_id)
