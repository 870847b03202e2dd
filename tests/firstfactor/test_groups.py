"""A person's groups: what the search for them looks like."""

import pytest

from proxy.firstfactor.groups import GroupSearch
from proxy.firstfactor.options import GroupsBySearch, NestedActiveDirectory
from proxy.ldap import ber, requests
from proxy.ldap.filters import compile_filter

DN = "CN=Alice,OU=People,DC=example,DC=org"


def search(groups, base="ou=people,dc=example,dc=org"):
    """Give the search for a person's groups, read again."""
    written = GroupSearch(groups, base, 5.0).request(DN, "alice")
    _, start, _ = ber.header(written, 0, len(written))
    return requests.decode_search(written[start:])


def test_the_filter_is_filled_with_the_dn():
    """Of the person's entry."""
    asked = search(GroupsBySearch("ou=groups", compile_filter("(member={dn})", "dn")))
    assert b"ou=groups" == asked.base
    assert ber.element(0xA3, b"\x04\x06member", ber.element(4, DN.encode())) == asked.filter


def test_the_filter_is_filled_with_the_name():
    """posixGroup knows its members by name."""
    template = compile_filter("(memberUid={username})", "username")
    asked = search(GroupsBySearch("ou=groups", template, "username"))
    assert ber.element(0xA3, b"\x04\x09memberUid\x04\x05alice") == asked.filter


@pytest.mark.parametrize(
    ("base", "domain"),
    [
        ("OU=People,DC=example,DC=org", "DC=example,DC=org"),
        ("ou=people, dc=example, dc=org", " dc=example, dc=org"),
        ("DC=example,DC=org", "DC=example,DC=org"),
        ("ou=people,o=example", "ou=people,o=example"),
    ],
)
def test_nested_groups_are_searched_in_the_whole_domain(base, domain):
    """By the matching rule in chain: members of members too."""
    asked = search(NestedActiveDirectory(), base)
    assert domain.encode() == asked.base
    assert b"1.2.840.113556.1.4.1941" in asked.filter
    assert DN.encode() in asked.filter
