"""A person's entry: the account's name and the id that stays."""

import pytest

from proxy.firstfactor.people import PeopleSearch, UnusableEntry, entry_dn, stable_id
from proxy.ldap.responses import Entry
from tests.peers.ldap_network import options

GUID = bytes.fromhex("33221100554477668899aabbccddeeff")


def name_of(values, dn="uid=alice,dc=example", attribute="uid"):
    """Give the account's name of an entry."""
    search = PeopleSearch(options(user_name=attribute))
    return search.user_name(Entry(dn.encode(), {attribute.lower().encode(): values}), dn)


def test_the_name_is_the_directorys():
    """As it stands there, in NFC."""
    assert "Alice" == name_of([b"Alice"])
    assert "jörg" == name_of(["jo\u0308rg".encode()])


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("values", "dn", "name"),
    [
        ([b"alice", b"al"], "uid=alice,dc=example", "alice"),
        ([b"alice", b"al"], "UID=AL,dc=example", "al"),
        ([b"alice", b"al"], "userid=alice,dc=example", "alice"),
        ([b"alice", b"al"], "cn=Alice Archer,dc=example", "al"),
        ([b"alice", b"al"], "cn=x+uid=alice,dc=example", "alice"),
        ([b"alice", b"al"], "no name", "al"),
    ],
)
def test_of_several_values_it_is_always_the_same(order, values, dn, name):
    """That of the RDN, else the smallest: an alias typed is no other account."""
    assert name == name_of(values[::order], dn)


@pytest.mark.parametrize("values", [[], [b""], [b" "], [b"alice", b""], [b"\xff"]])
def test_an_entry_without_a_name_is_unusable(values):
    """No account can be named by it."""
    with pytest.raises(UnusableEntry):
        name_of(values)


def test_the_attribute_is_known_in_any_case():
    """Attribute names have none (RFC 4512 section 2.5)."""
    assert "alice" == name_of([b"alice"], attribute="sAMAccountName")


@pytest.mark.parametrize("dn", [b"", b"uid=\xff"])
def test_a_dn_is_text(dn):
    """An entry without is nobody's."""
    with pytest.raises(UnusableEntry):
        entry_dn(Entry(dn, {}))


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ({}, None),
        ({b"entryuuid": [b""]}, None),
        ({b"entryuuid": [b"ABCD"]}, "abcd"),
        ({b"nsuniqueid": [b"66446001-1DD211B2"]}, "66446001-1dd211b2"),
        ({b"ipauniqueid": [b"x"], b"nsuniqueid": [b"y"], b"entryuuid": [b"z"]}, "x"),
        ({b"nsuniqueid": [b"y"], b"entryuuid": [b"z"]}, "y"),
        ({b"objectguid": [GUID]}, "00112233-4455-6677-8899-aabbccddeeff"),
        ({b"objectguid": [b"\x01\x02"]}, "0102"),
        ({b"entryuuid": [b"\xff"]}, "\\xff"),
    ],
)
def test_stable_id(attributes, wanted):
    """objectGUID, ipaUniqueID, nsUniqueId or entryUUID, in this order."""
    assert wanted == stable_id(Entry(b"uid=alice", attributes))


def sent(attributes, *names):
    """Give what an entry has of what policies send."""
    search = PeopleSearch(options(user_name="uid", sent=names))
    return dict(search.sent(Entry(b"uid=alice,dc=example", attributes)))


def test_what_is_sent_is_read():
    """Each attribute by its name in lower case; what is no text is none."""
    found = sent({b"mail": [b"a@x", b"\xff"], b"l": ["Köln".encode()]}, "mail", "L", "acl")
    assert {"mail": ("a@x", None), "l": ("Köln",), "acl": ()} == found


def test_a_part_of_the_values_is_none():
    """Active Directory gives 1,500 of them at once, under another name."""
    assert {"acl": (None,)} == sent({b"acl;range=0-1499": [b"a"], b"acl": []}, "acl")


@pytest.mark.parametrize(
    ("names", "more"), [((), []), (("mail", "UID"), [b"mail"]), (("entryUUID",), [])]
)
def test_the_search_asks_for_exactly_what_is_sent(names, more):
    """Beside what every account needs, and each once."""
    plain = PeopleSearch(options(user_name="uid")).request("alice")
    asked = PeopleSearch(options(user_name="uid", sent=names)).request("alice")
    added = b"".join(bytes((4, len(name))) + name for name in more)
    assert len(plain) + len(added) == len(asked)
    assert asked.endswith(added)
