"""Which directory it is, by its root DSE."""

import pytest

from proxy.firstfactor.kinds import is_freeipa, recognise, unknown_attributes

BASE = "ou=people,dc=example,dc=org"
CONTEXTS = {b"namingcontexts": [b"", b"\xff", b"dc=other", b"dc=org", b"DC=Example, DC=Org"]}


@pytest.mark.parametrize(
    ("root", "kind", "title"),
    [
        ({}, "other", ""),
        ({b"vendorname": [b"ForgeRock\x00AS"]}, "other", "ForgeRock AS"),
        (
            {b"supportedcapabilities": [b"1.2.840.113556.1.4.800", b"1.2.840.113556.1.4.1670"]},
            "active-directory",
            "Active Directory",
        ),
        (
            {
                b"supportedcapabilities": [b"1.2.840.113556.1.4.800"],
                b"vendorname": [b"Samba Team"],
                b"vendorversion": [b"4.17"],
            },
            "active-directory",
            "Active Directory (Samba Team 4.17)",
        ),
        (
            {b"supportedcapabilities": [b"1.2.840.113556.1.4.1851"]},
            "active-directory",
            "Active Directory Lightweight Directory Services",
        ),
        (
            {b"vendorname": [b"389 Project"], b"vendorversion": [b"389-Directory/2.3.1"]},
            "389",
            "389 Directory Server (389-Directory/2.3.1)",
        ),
        ({b"objectclass": [b"top", b"OpenLDAProotDSE"]}, "openldap", "OpenLDAP"),
    ],
)
def test_it_is_told_by_what_it_says_of_itself(root, kind, title):
    """Capabilities, vendor, object class; what it says is made printable."""
    found = recognise(root, BASE)
    assert (kind, title, None, False) == (
        found.kind,
        found.title,
        found.suffix,
        found.password_policy,
    )


def test_the_suffix_is_the_longest_that_fits():
    """Names are compared as names; what is none is passed over."""
    assert "DC=Example, DC=Org" == recognise(CONTEXTS, BASE).suffix
    assert "DC=Example, DC=Org" == recognise(CONTEXTS, "dc=example,dc=org").suffix
    assert "dc=org" == recognise(CONTEXTS, "dc=anexample,dc=org").suffix


def test_the_password_policy():
    """By its control."""
    root = {b"supportedcontrol": [b"1.3.6.1.4.1.42.2.27.8.5.1"]}
    assert recognise(root, BASE).password_policy


def test_freeipa_says_so_in_its_suffix():
    """`info: IPA V2.0`, as its own clients look for it."""
    assert is_freeipa({b"info": [b"IPA V2.0"]})
    assert not is_freeipa({b"info": [b"ipanema"]})
    assert not is_freeipa({})


DEFINITIONS = (
    b"( 0.9.2342.19200300.100.1.1 NAME ( 'uid' 'userid' ) EQUALITY caseIgnoreMatch )",
    b"( 2.5.4.31 NAME 'member' SUP distinguishedName )",
    b"( 1.2.3 DESC 'without a name' )",
    b"garbage",
)


@pytest.mark.parametrize(
    ("configured", "unknown"),
    [
        (["UID", "userId", "member"], set()),
        (["member;range=0-1"], set()),
        (["memberOf", "uid"], {"memberOf"}),
        (["2.5.4.99"], set()),
    ],
)
def test_attributes_that_a_schema_does_not_have(configured, unknown):
    """By any of their names, whatever the options; numbers are not looked for."""
    assert unknown == unknown_attributes(configured, DEFINITIONS)
    assert frozenset() == unknown_attributes(configured, [])
