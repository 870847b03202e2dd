"""Clients whose EAP another RADIUS server speaks: what does not fit, and what lets nobody in."""

import pytest

from proxy.settings.check import check

SECRET = "    secret: a-secret-of-more-than-twelve-octets\n"
RELAYING = (SECRET, f"{SECRET}    eap_relay: nps\n")
ANOTHER = "type: radius, secret: another-secret-of-many-octets"
NPS = (
    "directories:\n",
    f"directories:\n  nps: {{{ANOTHER}, servers: [192.0.2.20]}}\n  ise: {{{ANOTHER}, servers: [192.0.2.21]}}\n",
)
STAFF = "    directory: corp\n    factors: [push, totp]\n"


def at(directory, rest="factors: [push]"):
    return (STAFF, f"    directory: {directory}\n    {rest}\n")


@pytest.mark.parametrize("directory", ["nps", "corp"])
def test_what_fits(config, directory):
    """People of the very server, or people who are looked up in LDAP."""
    settings = config.good(NPS, RELAYING, at(directory)).settings
    assert "nps" == settings.clients["vpn"].eap_relay


@pytest.mark.parametrize("name", ["corp", "other"])
def test_a_server_that_is_none(config, name):
    """An LDAP directory speaks no EAP."""
    relaying = (SECRET, f"{SECRET}    eap_relay: {name}\n")
    (fault,) = config.bad(NPS, relaying)
    assert fault.endswith(
        f"clients.vpn.eap_relay: found {name!r}, wanted the name of a directory of type: radius"
    )


def test_eap_is_spoken_here_or_there(config):
    """Not both behind one client."""
    both = (SECRET, f"{SECRET}    eap_relay: nps\n    eap: [ttls]\n")
    eap = ("policies:\n", "eap: {certificate: c.pem, private_key: k.pem}\npolicies:\n")
    assert any("found beside eap" in fault for fault in config.bad(NPS, both, eap))


def test_nobody_vouches_for_another_servers_people(config):
    """Whom it lets in may be somebody else there."""
    (fault,) = config.bad(NPS, RELAYING, at("ise"))
    assert "policies[0].directory: found ise, but EAP of client vpn is relayed to nps" in fault
    config.good(NPS, RELAYING, at("ise", "factors: [push]\n    methods: [pap]"))


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        ("factors: [totp]", "factors"),
        ("factors: [push]\n    number_matching: required", "number_matching"),
        ("factors: [push]", None),
        ("factors: []", None),
        ("factors: [totp]\n    methods: [pap]", None),
    ],
)
def test_nothing_can_be_asked(config, policy, key):
    """Only a push that needs no number serves; the log would say so at each login."""
    found = [str(one) for one in check(config.good(NPS, RELAYING, at("nps", policy)))]
    told = [one for one in found if "nothing can be asked in EAP that client vpn relays" in one]
    assert bool(key) == bool(told)
    assert all(f"policies[0].{key}" in one for one in told)


def test_the_room_beside_the_keys_of_another_server(config):
    """EAP-Success and the keys of the link go out in the same packet, whoever made them."""
    full = "    reply:\n" + f"      - {{attribute: Class, value: {'x' * 253}}}\n" * 16
    (fault,) = config.bad(NPS, RELAYING, (STAFF, STAFF + full))
    assert fault.endswith("found attributes of 4080 octets, wanted at most 3936")
