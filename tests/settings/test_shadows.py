"""Policies that never decide."""

import pytest

from proxy.settings.policies import PolicySettings
from proxy.settings.shadows import shadows


def rule(**keys):
    facts = {"name": "x", "clients": ("vpn",), "directory": "corp", "factors": ("push",)}
    return PolicySettings.model_validate({**facts, **keys})


GROUP, OTHER = "cn=a,dc=example", "cn=b,dc=example"


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({}, {}),
        ({}, {"users": ("alice",), "networks": ("10.0.0.0/8",), "times": "07:00-19:00"}),
        ({"clients": ("vpn", "wifi")}, {}),
        ({"groups": (GROUP, OTHER)}, {"groups": ("CN=A, DC=Example",)}),
        ({"users": ("ALICE", "bob")}, {"users": ("alice",)}),
        ({"networks": ("10.0.0.0/8", "::/0")}, {"networks": ("10.1.0.0/16", "2001:db8::/32")}),
        ({"times": ("mon-fri 07:00-19:00",)}, {"times": ("mon 08:00-09:00", "fri 18:00-19:00")}),
        ({"times": ("00:00-12:00", "12:00-24:00")}, {}),
        ({"times": "fri 22:00-06:00"}, {"times": "sat 00:00-06:00"}),
        ({"methods": ("pap", "mschapv2")}, {"methods": ("pap",)}),
        ({"when": {"NAS-Identifier": ("vpn*",)}}, {"when": {"NAS-Identifier": ("vpn1", "vpn*")}}),
        ({"ssids": ("corp", "lab")}, {"ssids": ("lab",)}),
        ({"access_points": ("00:10:A4:23:19:C0",)}, {"access_points": ("0010a42319c0",)}),
        ({"allow": False}, {}),
    ],
)
def test_a_wider_policy_before_takes_all(earlier, later):
    """Part for part."""
    (told,) = shadows([rule(name="first", **earlier)], rule(**later))
    assert "never decides: policy 'first' before it takes the same logins" == told


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"directory": "partners"}, {}),
        ({}, {"clients": ("vpn", "wifi")}),
        ({"groups": (GROUP,)}, {}),
        ({"groups": (GROUP,)}, {"groups": (GROUP, OTHER)}),
        ({"users": ("alice",)}, {"groups": (GROUP,)}),
        ({"networks": ("10.0.0.0/8",)}, {}),
        ({"networks": ("10.0.0.0/8",)}, {"networks": ("10.1.0.0/16", "192.0.2.0/24")}),
        ({"networks": ("10.1.0.0/16",)}, {"networks": ("10.0.0.0/8",)}),
        ({"times": "07:00-19:00"}, {}),
        ({"times": "07:00-19:00"}, {"times": "07:00-19:01"}),
        ({"times": "07:00-19:00"}, {"times": "08:00-09:00", "time_zone": "UTC"}),
        ({"methods": ("pap",)}, {}),
        ({"ssids": ("corp",)}, {}),
        ({"ssids": ("corp",)}, {"ssids": ("corp", "lab")}),
        ({"ssids": ("corp",)}, {"ssids": ("CORP",)}),
        ({"access_points": ("0010a42319c0",)}, {"access_points": ("0010a42319c1",)}),
        ({"when": {"NAS-Identifier": ("vpn1",)}}, {}),
        ({"when": {"NAS-Identifier": ("vpn1",)}}, {"when": {"NAS-Identifier": ("vpn*",)}}),
    ],
)
def test_any_part_that_is_narrower_leaves_some(earlier, later):
    """In doubt nothing is told."""
    assert [] == list(shadows([rule(name="first", **earlier)], rule(**later)))


def test_the_first_that_takes_all_is_named():
    """One line is enough."""
    (told,) = shadows([rule(name="a"), rule(name="b")], rule())
    assert "'a'" in told
