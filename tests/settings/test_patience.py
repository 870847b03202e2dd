"""How long a login may take, against how long its NAS waits."""

import pytest

from proxy.settings.check import check

FACTORS = "factors: [push, totp]"
CLIENT = "  vpn:\n"
EAP = ("policies:", "eap: {certificate: a.pem, private_key: a.key}\npolicies:")
SERVERS = "[ldaps://dc1.example.org]"


@pytest.fixture
def findings(config):
    """Give the findings about a client with a profile, and other changes."""

    def give(profile: str, *changes: tuple[str, str]) -> list[str]:
        prefix = f"{config.path}:"
        named = (CLIENT, f"{CLIENT}    profile: {profile}\n")
        return [str(one).removeprefix(prefix) for one in check(config.good(named, *changes))]

    return give


def own(*lines: str) -> tuple[str, str]:
    """Set keys of the client itself."""
    return ("    networks:", "".join(f"    {line}\n" for line in lines) + "    networks:")


def test_without_a_profile_nothing_is_compared(config):
    """What is not known of a NAS is not judged."""
    assert (
        check(config.good((CLIENT, f"{CLIENT}    wait: 5m\n"), (FACTORS, "factors: [totp]"))) == []
    )


def test_a_nas_left_alone_is_told_what_to_set(findings):
    """It waits 3 s, the directory alone may take 10: both sides are named."""
    (short,) = [
        one for one in findings("pam-radius", own("challenge: false")) if "too short" in one
    ]
    assert short.startswith(
        "12: warning: policies[0]: with client vpn: wait of 3s is too short to approve a push: "
        "pam_radius: write `60` as the third word"
    )
    assert short.endswith("on the NAS, and `wait: 1m` here")


def test_a_longer_wait_wants_the_nas_set(findings):
    """A note says what to set there, so that the wait is true."""
    (told,) = [one for one in findings("fortigate", own("wait: 60s")) if "wait" in one]
    assert told == (
        "19: note: clients.vpn.wait: FortiGate waits 5s unless told otherwise: "
        "`config system global`, `set remoteauthtimeout 60`, and `set timeout 30` in "
        "`config user radius`"
    )


def test_a_patience_that_nobody_documents(findings):
    """Then the wait is the operator's to say; once said there is nothing to tell."""
    (told,) = findings("watchguard")
    assert told.endswith(
        ": note: clients.vpn.wait: how long WatchGuard Firebox waits is not known: "
        "set it to what is set there"
    )
    assert findings("watchguard", own("wait: 30s")) == []


def test_a_wait_that_the_nas_cannot_be_told(findings):
    """Its own bound is told."""
    (found,) = findings(
        "globalprotect", own("wait: 3m"), ("directories:", "push: {lifetime: 3m}\ndirectories:")
    )
    assert found.startswith("20: warning: clients.vpn.wait: Palo Alto GlobalProtect can be told to")


def test_a_policy_that_waits_longer_than_its_client(findings):
    """The NAS is gone by then."""
    found = findings("fortigate", own("wait: 60s"), (FACTORS, f"{FACTORS}\n    wait: 90s"))
    assert "16: warning: policies[0].wait: client vpn waits 1m and is gone before" in found


def test_a_directory_that_may_take_longer_than_the_nas_waits(findings):
    """Two questions to one server: 10 s; FortiGate waits 5."""
    (found,) = findings("fortigate")
    assert found.startswith(
        "17: warning: clients.vpn.wait: with servers of corp that fail, an answer can take 10s, "
        "and 5s are waited; a shorter directories.corp.timeout, or wait longer: FortiGate: "
    )
    assert findings("fortigate", ("type: ldap", "type: ldap\n    timeout: 2s")) == []


def test_fail_over_and_a_search_for_groups_take_their_time(findings):
    """Three servers and groups by a search: five times the timeout."""
    changes = (
        (SERVERS, "[ldaps://a.example.org, ldaps://b.example.org, ldaps://c.example.org]"),
        ("{attribute: memberOf}", "{search_base: 'dc=x', filter: '(member={dn})'}"),
        own("wait: 25s"),
    )
    (told,) = [one for one in findings("fortigate", *changes) if "servers of corp" in one]
    assert "an answer can take 25s, and 25s are waited" in told


def test_too_little_is_left_for_the_phone(findings):
    """A held push has what the directory leaves of the wait."""
    found = findings("fortigate", own("wait: 18s", "challenge: false"))
    (told,) = [one for one in found if "leaves" in one]
    assert "an answer can take 10s, which leaves 7s for the phone" in told


def test_a_refusal_that_is_delayed_beyond_the_wait(findings):
    """The NAS does not hear it."""
    delay = ("directories:", "radius: {reject_delay: 6s}\ndirectories:")
    assert any(
        "radius.reject_delay answers after 7500ms, and 5s" in one
        for one in findings("fortigate", delay)
    )


def test_a_challenge_that_the_nas_cannot_show(findings):
    """It takes one for a refusal, whoever asks for it."""
    text = "openvpn-auth-pam"
    title = "OpenVPN with auth-pam and pam_radius takes a challenge for a refusal"
    assert f"19: warning: clients.vpn.challenge: {title}" in findings(text, own("challenge: true"))
    found = findings(text, (FACTORS, f"{FACTORS}\n    challenge: true"))
    assert f"16: warning: policies[0].challenge: {title}" in found


def test_message_authenticator_that_is_not_sent(findings):
    """Requests without one are discarded: what to set is told, as a note."""
    (found,) = [one for one in findings("pam-radius") if "require_message" in one]
    assert found.startswith(
        "17: note: clients.vpn.require_message_authenticator: pam_radius sends none"
    )
    assert "take pam_radius 3.0.0 or newer" in found
    loose = findings("pam-radius", own("require_message_authenticator: false"))
    assert not [one for one in loose if "sends none" in one]


def test_message_authenticator_that_is_sent(findings):
    """`false` gives away what the NAS does anyway."""
    found = findings("strongswan", own("require_message_authenticator: false"))
    assert any(
        one.endswith("strongSwan (eap-radius) sends it, so `false` is not needed") for one in found
    )


def test_held_replies_that_keep_others_waiting(findings):
    """ocserv: a short wait is all right where a challenge is shown again; else codes."""
    told = "ocserv (OpenConnect VPN server) keeps its other logins waiting while one is held, up to 40s"
    quick = ("type: ldap", "type: ldap\n    timeout: 2s")
    assert any(told in one and "10s or less" in one for one in findings("ocserv", quick))
    assert any(
        told in one and "codes" in one for one in findings("ocserv", quick, own("challenge: false"))
    )
    assert not any("other logins" in one for one in findings("ocserv", quick, own("wait: 10s")))
    assert not any(
        "other logins" in one for one in findings("ocserv", quick, (FACTORS, "factors: [totp]"))
    )


def test_a_nas_that_speaks_eap_alone(findings):
    """Without `eap` its requests are refused, and that is told."""
    told = "UniFi Wi-Fi speaks EAP alone: wanted eap"
    assert any(told in one for one in findings("unifi"))
    spoken = findings("unifi", own("eap: [ttls]"), EAP)
    assert not any(told in one for one in spoken)
