"""What becomes of the settings of policies."""

from ipaddress import ip_network
from zoneinfo import ZoneInfo

from proxy.login.circumstances import CameAt, CameBy, CameFrom, CameOver, CameThrough
from proxy.login.hours import Hours, Span
from proxy.settings.plain import policies, portal_policies

FACTORS = "    factors: [push, totp]\n"


def ruled(config, lines):
    loaded = config.good((FACTORS, FACTORS + "".join(f"    {line}\n" for line in lines)))
    return loaded.settings, policies(loaded.settings, loaded.attributes)


def test_what_a_login_may_be_asked_for(config):
    """Each key, compiled; names of accounts are folded."""
    _, (rule,) = ruled(
        config,
        [
            "users: [Alice, BOB]",
            "networks: [192.0.2.0/24]",
            "times: [sun 22:00-02:00]",
            "time_zone: Europe/Berlin",
            "methods: [pap]",
            "ssids: [corp, 'Büro: Gäste', 42]",
            "access_points: [00-10-A4-23-19-C0, '0010a42319c1']",
        ],
    )
    assert frozenset({"alice", "bob"}) == rule.users
    hours = Hours((Span(frozenset({6}), 1320, 120),), ZoneInfo("Europe/Berlin"))
    networks = (ip_network("192.0.2.0/24"),)
    assert (
        CameBy(frozenset({"pap"})),
        CameFrom(networks),
        CameAt(hours),
        CameOver(frozenset({"corp", "Büro: Gäste", "42"})),
        CameThrough(frozenset({"0010a42319c0", "0010a42319c1"})),
    ) == rule.circumstances


def test_a_policy_that_refuses_needs_no_factors(config):
    """Nobody is asked for one."""
    loaded = config.good((FACTORS, "    allow: false\n"))
    (rule,) = policies(loaded.settings, loaded.attributes)
    assert (False, ()) == (rule.allow, rule.factors)


def test_who_may_not_enrol_may_not_at_the_portal(config):
    """Whatever else the policy wants of a login; everyone else may."""
    settings, _ = ruled(
        config,
        [
            "enrolment: false",
            "groups: ['CN=A,dc=example']",
            "users: [Alice]",
            "networks: [192.0.2.0/24]",
        ],
    )
    closed, rest = portal_policies(settings)
    assert (False, frozenset({"cn=a,dc=example"}), frozenset({"alice"}), ()) == (
        closed.enrolment,
        closed.groups,
        closed.users,
        closed.circumstances,
    )
    assert (True, None, None) == (rest.enrolment, rest.groups, rest.users)
    assert closed.factors == rest.factors
