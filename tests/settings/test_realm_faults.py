"""Realms and default directories: what does not fit together, and what surprises."""

import pytest

from proxy.login.realm import Realms
from proxy.settings.check import check
from proxy.settings.plain import realms

GUESTS = """\
  guests:
    type: ldap
    servers: [ldaps://guests.example.org]
    search_base: ou=people,dc=example,dc=net
    user_filter: (uid={username})
policies:
"""
SECOND = ("policies:\n", GUESTS)
POLICY = (
    "clients:\n  vpn:",
    "  - {name: guests, clients: [vpn], directory: guests, factors: [push]}\nclients:\n  vpn:",
)
TYPE = "    type: ldap\n"
IN_CORP = "    groups: {attribute: memberOf}\n"


def corp(*lines):
    return IN_CORP, IN_CORP + "".join(f"    {line}\n" for line in lines)


def guests(*lines):
    return "user_filter: (uid={username})\npolicies", "user_filter: (uid={username})\n" + "".join(
        f"    {line}\n" for line in lines
    ) + "policies"


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        (
            [SECOND, corp("domains: [CORP]"), guests("domains: [x, corp]")],
            [
                "17: directories.guests.domains[1]: found 'corp', which directories.corp.domains has already"
            ],
        ),
        (
            [SECOND, corp("domains: [example.org]"), guests("upn_suffixes: [EXAMPLE.org]")],
            [
                "17: directories.guests.upn_suffixes[0]: found 'EXAMPLE.org', which directories.corp.domains has already"
            ],
        ),
        (
            [corp("domains: [CORP, corp]")],
            [
                "11: directories.corp.domains[1]: found 'corp', which directories.corp.domains has already"
            ],
        ),
        (
            [corp("domains: [corp.example.org]", "upn_suffixes: [corp.example.org]")],
            [
                "12: directories.corp.upn_suffixes[0]: found 'corp.example.org', which directories.corp.domains has already"
            ],
        ),
        (
            [corp("domains: ['CORP\\', '@corp', 'a b', '']")],
            [
                f"11: directories.corp.domains[{index}]: found {found}, wanted a realm such as CORP "
                "or corp.example.org"
                for index, found in enumerate([r"'CORP\\'", "'@corp'", "'a b'", "''"])
            ],
        ),
        (
            [("web:", "default_directory: [corp, corps]\nweb:")],
            ["3: default_directory: found 'corps', wanted the name of a directory: corp"],
        ),
        (
            [("web:", "default_directory: [corp, corp]\nweb:")],
            ["3: default_directory: found 'corp' twice, wanted each once"],
        ),
        (
            [("  vpn:", "  vpn:\n    directory: guests")],
            ["18: clients.vpn.directory: found 'guests', wanted the name of a directory: corp"],
        ),
    ],
)
def test_faults(config, changes, faults):
    """Each at its line."""
    assert faults == config.bad(*changes)


def test_as_the_core_takes_them(config):
    """Folded, each with its directory; None where nothing is configured."""
    assert realms(config.good().settings) is None
    loaded = config.good(
        SECOND,
        corp("domains: [CORP, Corp.Example.org]", "upn_suffixes: [example.org]"),
        guests("domains: [GUESTS]"),
        ("web:", "default_directory: corp\nweb:"),
        (
            "url: https://mfa.example.org",
            "url: https://mfa.example.org, portal: {directories: [guests]}",
        ),
        ("  vpn:", "  vpn:\n    directory: [corp, guests]"),
    )
    assert realms(loaded.settings) == Realms(
        domains={"corp": "corp", "corp.example.org": "corp", "guests": "guests"},
        upn_suffixes={"example.org": "corp"},
        default=("corp",),
        by_client={"vpn": ("corp", "guests"), "portal": ("guests",)},
    )


def warned(loaded):
    return [str(one).partition("warning: ")[2].partition(": ")[::2] for one in check(loaded)]


def test_a_name_of_two_directories_is_warned_of(config):
    """For each client whose policies come to two: names without a realm are looked up in both."""
    assert "clients.vpn" in [place for place, _ in warned(config.good(SECOND, POLICY))]
    decided = config.good(SECOND, POLICY, ("web:", "default_directory: corp\nweb:"))
    assert [] == [words for _, words in warned(decided) if "without a realm" in words]


def test_nobody_without_a_realm_is_warned_of(config):
    """A client whose policies never come to where its names are looked up."""
    loaded = config.good(SECOND, ("  vpn:", "  vpn:\n    directory: guests"))
    message = "no policy comes to where this client's names without a realm are looked up"
    assert ("clients.vpn.directory", message) in warned(loaded)
