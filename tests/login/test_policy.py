"""Which login needs what."""

from dataclasses import replace
from datetime import UTC
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.login.actions import Reject
from proxy.login.circumstances import CameAt, CameBy, CameFrom
from proxy.login.events import DirectoryFailed, LoginStarted
from proxy.login.hours import Hours, Span
from proxy.login.machine import step
from proxy.login.policy import (
    Condition,
    NotAllowed,
    app_codes,
    candidates,
    decide,
    serves,
    unfit,
)
from proxy.login.reply import ReplyAttribute
from proxy.login.stages import Arrived, Ended
from tests.peers.logins import ALICE, NOW, client, policy, request

VPN, ADMINS = "cn=vpn,dc=example", "cn=admins,dc=example"


NOBODY = NotAllowed("not-allowed", None)


def alice(*groups):
    return replace(ALICE, groups=frozenset(groups))


def coming(name="vpn", **facts):
    return request(client=client(name=name), **facts)


def test_the_first_policy_that_matches_decides():
    """A later policy is not looked at."""
    found = decide([policy("push", name="a"), policy("totp", name="b")], alice(), client())
    assert found.policy == "a"


def test_no_match_refuses():
    """Nobody passes by default."""
    assert NOBODY == decide([policy("push", groups=frozenset({ADMINS}))], alice(VPN), client())
    assert NOBODY == decide([], alice(VPN), client())


def test_any_of_the_groups_will_do():
    """Groups are alternatives."""
    rule = policy("push", groups=frozenset({ADMINS, VPN}))
    assert decide([rule], alice(VPN), client()).policy == "staff"


def test_a_policy_of_another_directory_does_not_match():
    """The same group name in another directory is another group."""
    assert NOBODY == decide([policy("push", directory="partners")], alice(), client())


def test_only_the_clients_named_come_under_a_policy():
    """A policy is for its clients."""
    assert candidates([policy("push")], coming("wifi")) == ()
    assert candidates([policy("push")], coming()) == (policy("push"),)


@pytest.mark.parametrize(
    ("wanted", "found", "holds"),
    [
        ("vpn1", "vpn1", True),
        ("vpn1", "vpn12", False),
        ("vpn*", "vpn12", True),
        ("*:corp", "aa-bb:corp", True),
        ("*:corp", "aa-bb:corporate", False),
        ("*corp*", "a corp b", True),
        ("*", "", True),
        ("v*n", "vpn", False),
        ("**", "anything", True),
    ],
)
def test_a_condition_matches_whole_values_or_at_a_star(wanted, found, holds):
    """A star stands for anything at either end, and for itself elsewhere."""
    assert holds is Condition("NAS-Identifier", (wanted,)).holds({"NAS-Identifier": (found,)})


def test_an_absent_attribute_does_not_match():
    """Not even a lone star matches what is not there."""
    assert not Condition("NAS-Identifier", ("*",)).holds({})


def test_every_condition_must_hold():
    """Conditions are joined by and, their values by or."""
    rule = policy(
        "push",
        when=(Condition("NAS-Identifier", ("a", "b")), Condition("NAS-Port-Type", ("Virtual",))),
    )
    both = {"NAS-Identifier": ("b",), "NAS-Port-Type": ("Virtual",)}
    assert candidates([rule], coming(attributes=both)) == (rule,)
    assert candidates([rule], coming(attributes={"NAS-Identifier": ("b",)})) == ()


def test_the_policy_wins_over_the_client():
    """`challenge`, `wait` and `append_code` of the policy count where it has them."""
    rule = policy("push", challenge=True, wait=60.0, append_code=True)
    found = decide([rule], alice(), client())
    assert (True, 60.0, True) == (found.challenge, found.wait, found.append_code)
    assert 30.0 == decide([policy("push")], alice(), client()).wait


@pytest.mark.parametrize(
    ("matching", "challenge", "push", "number"),
    [
        ("when-possible", True, True, True),
        ("when-possible", False, True, False),
        ("required", True, True, True),
        ("required", False, False, False),
        ("off", True, True, False),
        ("off", False, True, False),
    ],
)
def test_number_matching(matching, challenge, push, number):
    """A number is asked wherever it can be shown; `required` sends no push elsewhere."""
    rule = policy("push", number_matching=matching, challenge=challenge)
    found = decide([rule], alice(), client())
    assert (push, number) == (found.push, found.number)


def test_reply_attributes_to_eap_alone():
    """A device can be asked anew when its session is over; whoever typed a password cannot."""
    timeout = ReplyAttribute("Session-Timeout", "60")
    again = ReplyAttribute("Termination-Action", "RADIUS-Request")
    rule = policy("push", reply=(timeout,), reply_to_eap=(again,))
    assert (timeout,) == decide([rule], alice(), client()).reply
    assert (timeout, again) == decide([rule], alice(), client(most_wait=25.0)).reply


def test_reply_attributes_by_group():
    """An attribute with groups goes to their people alone."""
    everyone = ReplyAttribute("Class", "staff")
    admins = ReplyAttribute("Filter-Id", "admins", frozenset({ADMINS}))
    rule = policy("push", reply=(everyone, admins))
    assert (everyone,) == decide([rule], alice(VPN), client()).reply
    assert (everyone, admins) == decide([rule], alice(ADMINS), client()).reply


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([], False),
        ([policy("push", "totp")], True),
        ([policy("push")], False),
        ([policy("totp", app_codes=False)], False),
        ([policy("totp"), policy("push", app_codes=False)], False),
        ([policy("totp", directory="other")], False),
        ([policy("totp"), policy("totp", directory="other", app_codes=False)], True),
    ],
)
def test_one_no_of_a_directory_turns_codes_in_the_app_off(policies, expected):
    """And so does a directory none of whose policies takes codes."""
    assert expected == app_codes(policies, "corp")


def test_a_policy_that_refuses_ends_the_search():
    """Whoever comes under it does not come under a later one."""
    rules = [policy(name="no", allow=False, groups=frozenset({ADMINS})), policy("push")]
    assert NotAllowed("policy-refuses", "no") == decide(rules, alice(ADMINS), client())
    assert "staff" == decide(rules, alice(VPN), client()).policy


def test_users_are_named_by_their_accounts():
    """In large or small letters; groups are wanted beside them."""
    rule = policy("push", users=frozenset({"alice"}))
    named = replace(ALICE, user_name="ALICE")
    assert "staff" == decide([rule], named, client()).policy
    assert NOBODY == decide([rule], replace(ALICE, user_name="alice2"), client())
    both = replace(rule, groups=frozenset({ADMINS}))
    assert NOBODY == decide([both], alice(VPN), client())
    assert "staff" == decide([both], alice(ADMINS), client()).policy


def test_every_circumstance_must_hold():
    """One that does not is enough to look at the next policy."""
    lax, strict = CameBy(frozenset({"pap"})), CameFrom((ip_network("10.0.0.0/8"),))
    rules = [policy("push", circumstances=(lax, strict)), policy("totp", name="rest")]
    assert 1 == len(candidates(rules, coming(caller="192.0.2.7")))
    assert 2 == len(candidates(rules, coming(caller="10.1.2.3")))


def test_who_may_not_enrol():
    """The decision says so."""
    assert decide([policy("push")], alice(), client()).enrolment
    assert not decide([policy("push", enrolment=False)], alice(), client()).enrolment


def test_a_policy_that_refuses_takes_no_factor():
    """It neither turns codes in the app off nor lets recovery codes serve."""
    refusing = policy("recovery", name="no", allow=False, app_codes=False)
    assert not serves([refusing], "corp", "recovery")
    assert app_codes([refusing, policy("totp")], "corp")


def test_why_a_policy_does_not_fit():
    """Each part that does not is named by its key; a person who is not known is not judged."""
    hours = Hours((Span(frozenset({0}), 0, 60),), UTC)
    rule = policy(
        "push",
        clients=frozenset({"wifi"}),
        directory="partners",
        when=(Condition("NAS-Identifier", ("a",)),),
        users=frozenset({"bob"}),
        groups=frozenset({ADMINS}),
        circumstances=(CameBy(frozenset({"eap"})), CameFrom(()), CameAt(hours)),
    )
    shown = ["clients", "when", "methods", "networks", "times"]
    assert shown == list(unfit(rule, coming(), None))
    assert [*shown, "directory", "users", "groups"] == list(unfit(rule, coming(), ALICE))
    assert [] == list(unfit(policy("push"), coming(), ALICE))


GROUPS = st.frozensets(st.sampled_from(["a", "b", "c"]))
RULES = st.lists(
    st.builds(
        lambda name, directory, groups, users, allow, factors, methods, client: policy(
            *factors,
            name=name,
            directory=directory,
            groups=groups or None,
            users=users or None,
            allow=allow,
            clients=frozenset({client}),
            circumstances=(CameBy(methods),) if methods else (),
        ),
        st.uuids().map(str),
        st.sampled_from(["corp", "partners"]),
        GROUPS,
        st.frozensets(st.sampled_from(["alice", "bob"])),
        st.booleans(),
        st.sampled_from([(), ("push",), ("totp", "push")]),
        st.frozensets(st.sampled_from(["pap", "mschapv2"])),
        st.sampled_from(["vpn", "wifi"]),
    ),
    max_size=6,
)


@given(RULES, GROUPS, st.sampled_from(["alice", "bob"]), st.sampled_from(["pap", "mschapv2"]))
def test_the_one_that_decides_is_the_first_that_nothing_speaks_against(rules, groups, name, method):
    """`candidates` and `decide` agree with `unfit`, whatever the order."""
    asked = replace(coming(), method=method)
    person = replace(ALICE, user_name=name, groups=groups)
    fitting = [rule for rule in rules if not list(unfit(rule, asked, person))]
    found = decide(candidates(rules, asked), person, client())
    assert (fitting[0].name if fitting else None) == found.policy
    assert isinstance(found, NotAllowed) is not (bool(fitting) and fitting[0].allow)


@given(RULES)
def test_groups_that_could_not_be_read_never_lead_to_a_looser_rule(rules):
    """The login ends at the failed look-up; no policy is asked, in whatever order they stand."""
    asked = coming()
    fitting = candidates(rules, asked)
    stage, action = step(Arrived(asked, fitting), LoginStarted(), NOW)
    if fitting:
        failed = DirectoryFailed("corp: the search for groups failed")
        stage, action = step(stage, failed, NOW)
        assert Reject("directory-unavailable") == action
    assert isinstance(stage, Ended)
    assert isinstance(action, Reject)
