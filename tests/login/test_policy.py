"""Which login needs what."""

import pytest

from proxy.login.policy import Condition, ReplyAttribute, app_codes, candidates, decide
from tests.peers.logins import client, policy

VPN, ADMINS = "cn=vpn,dc=example", "cn=admins,dc=example"


def test_the_first_policy_that_matches_decides():
    """A later policy is not looked at."""
    found = decide(
        [policy("push", name="a"), policy("totp", name="b")], "corp", frozenset(), client()
    )
    assert found.policy == "a"


def test_no_match_refuses():
    """Nobody passes by default."""
    assert (
        decide([policy("push", groups=frozenset({ADMINS}))], "corp", frozenset({VPN}), client())
        is None
    )
    assert decide([], "corp", frozenset({VPN}), client()) is None


def test_any_of_the_groups_will_do():
    """Groups are alternatives."""
    rule = policy("push", groups=frozenset({ADMINS, VPN}))
    assert decide([rule], "corp", frozenset({VPN}), client()).policy == "staff"


def test_a_policy_of_another_directory_does_not_match():
    """The same group name in another directory is another group."""
    assert decide([policy("push", directory="partners")], "corp", frozenset(), client()) is None


def test_only_the_clients_named_come_under_a_policy():
    """A policy is for its clients."""
    assert candidates([policy("push")], "wifi", {}) == ()
    assert candidates([policy("push")], "vpn", {}) == (policy("push"),)


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
    assert candidates([rule], "vpn", both) == (rule,)
    assert candidates([rule], "vpn", {"NAS-Identifier": ("b",)}) == ()


def test_the_policy_wins_over_the_client():
    """`challenge`, `wait` and `append_code` of the policy count where it has them."""
    rule = policy("push", challenge=True, wait=60.0, append_code=True)
    found = decide([rule], "corp", frozenset(), client())
    assert (True, 60.0, True) == (found.challenge, found.wait, found.append_code)
    assert 30.0 == decide([policy("push")], "corp", frozenset(), client()).wait


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
    found = decide([rule], "corp", frozenset(), client())
    assert (push, number) == (found.push, found.number)


def test_reply_attributes_by_group():
    """An attribute with groups goes to their people alone."""
    everyone = ReplyAttribute("Class", "staff")
    admins = ReplyAttribute("Filter-Id", "admins", frozenset({ADMINS}))
    rule = policy("push", reply=(everyone, admins))
    assert (everyone,) == decide([rule], "corp", frozenset({VPN}), client()).reply
    assert (everyone, admins) == decide([rule], "corp", frozenset({ADMINS}), client()).reply


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
