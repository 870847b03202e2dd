"""What devices may say, where nothing could come of it."""

import pytest

from proxy.settings.check import check
from proxy.settings.plain import directory_options, policies, radius_clients
from tests.settings.conftest import GOOD

EAP = ("policies:", "eap: {certificate: a.pem, private_key: a.key}\npolicies:")
GROUPS = "    groups: {attribute: memberOf}\n"
SERVICE = f"{GROUPS}    bind_dn: cn=service,dc=example\n    bind_password: word\n"
HASH = (GROUPS, f"{SERVICE}    nt_hash: sambaNTPassword\n")
NETWORKS = "    networks: [192.0.2.0/24]\n"


def client(text):
    """Give the change that adds keys to the client."""
    return NETWORKS, NETWORKS + "".join(f"    {line}\n" for line in text.split("; "))


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("eap_inner: [gtc]", "found without ttls or peap in `eap`"),
        ("eap: [ttls]; eap_inner: [gtc, gtc]", "found one twice, wanted each once"),
        ("eap: [ttls, peap]; eap_inner: [pap]", "found pap alone, wanted gtc or mschapv2 for peap"),
        ("eap: [peap]; eap_inner: [mschapv2]", "found mschapv2, but no policy for vpn has a"),
    ],
)
def test_what_cannot_be_said_inside(config, keys, fault):
    """With the line of the key."""
    (told,) = config.bad(client(keys), EAP)
    assert f"clients.vpn.eap_inner: {fault}" in told


def test_ms_chapv2_that_nothing_checks(config):
    """The directory of the client's policy gives no hash."""
    (told,) = config.bad(client("mschapv2: true"))
    assert told.endswith(
        "clients.vpn.mschapv2: found true, wanted a policy for vpn whose directory has `nt_hash`"
    )


def test_ms_chapv2_that_a_directory_checks(config):
    """The settings reach the rooms."""
    keys = client("eap: [ttls]; eap_inner: [mschapv2, pap]; mschapv2: true")
    loaded = config.good(keys, EAP, HASH)
    (directory,) = directory_options(loaded.settings)
    (policy,) = policies(loaded.settings, loaded.attributes)
    (one,) = radius_clients(loaded.settings)
    assert ("sambaNTPassword", True, True) == (directory.nt_hash, policy.nt_hash, one.mschapv2)


def test_a_radius_server_checks_it_too(config):
    """With no key of its own."""
    upstream = (
        GOOD[GOOD.index("    type: ldap") : GOOD.index("policies:")],
        "    type: radius\n    servers: [192.0.2.20]\n    secret: another-secret-of-good-length\n",
    )
    assert config.good(client("eap: [peap]; eap_inner: [mschapv2]"), EAP, upstream)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ((GROUPS, f"{GROUPS}    nt_hash: sambaNTPassword\n"), "found without bind_dn, wanted a"),
        (
            (GROUPS, f"{SERVICE}    nt_hash: 'a b'\n"),
            "found 'a b', wanted the name of an attribute",
        ),
    ],
)
def test_a_hash_that_cannot_be_read_safely(config, change, fault):
    """By the service account alone."""
    (told,) = config.bad(change)
    assert f"directories.corp.nt_hash: {fault}" in told


def test_a_hash_in_clear(config):
    """Passwords may cross such a network; a hash that serves for ever may not."""
    clear = ("ldaps://dc1.example.org]", "ldap://dc1.example.org]\n    allow_cleartext: true")
    (told,) = config.bad(clear, HASH)
    assert "nt_hash: found ldap://dc1.example.org" in told
    assert "wanted TLS: an NT hash is as good as the password" in told


@pytest.mark.parametrize(
    ("factors", "inner", "warns"),
    [
        ("totp", "mschapv2", True),
        ("push", "mschapv2", False),
        ("", "mschapv2", False),
        ("totp", "mschapv2, gtc", False),
    ],
)
def test_a_code_that_nobody_can_be_asked_for(config, factors, inner, warns):
    """A policy without push, where devices speak MSCHAPv2 alone, lets nobody in."""
    told = ("factors: [push, totp]", f"factors: [{factors}]")
    keys = client(f"eap: [ttls]; eap_inner: [{inner}]")
    found = [str(one) for one in check(config.good(keys, EAP, HASH, told))]
    words = "policies[0].factors: with client vpn: inside mschapv2 no code can be asked"
    assert warns == any(words in one for one in found)
