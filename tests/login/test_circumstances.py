"""How, from where and when a login comes."""

from dataclasses import replace
from datetime import UTC
from ipaddress import ip_network

import pytest

from proxy.login.circumstances import CameAt, CameBy, CameFrom, CameOver, CameThrough
from proxy.login.hours import Hours, Span
from proxy.radius.called_station import CalledStation
from tests.peers.logins import NOW, request

OFFICE = CameFrom((ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))


@pytest.mark.parametrize(
    ("caller", "held"),
    [
        ("192.0.2.7", True),
        ("2001:db8::1", True),
        ("192.0.3.7", False),
        ("2001:db9::1", False),
        ("001122334455", False),
        ("port 5 of 192.0.2.7", False),
        ("192.0.2.7 ", False),
        ("", False),
        (None, False),
    ],
)
def test_from_where(caller, held):
    """A caller that is untold, or no address, is in no network."""
    assert held is OFFICE.holds(request(caller=caller))


def test_not_even_everywhere_holds_who_is_nowhere():
    """`0.0.0.0/0` is for addresses."""
    everywhere = CameFrom((ip_network("0.0.0.0/0"), ip_network("::/0")))
    assert not everywhere.holds(request(caller=None))


def test_by_which_method():
    """PAP where nothing else is said."""
    assert CameBy(frozenset({"pap"})).holds(request())
    assert not CameBy(frozenset({"pap"})).holds(replace(request(), method="eap"))


def test_when():
    """What counts is the arrival of the request; NOW is a Tuesday, 22:13 UTC."""
    tuesday = CameAt(Hours((Span(frozenset({1}), 22 * 60, 23 * 60),), UTC))
    assert tuesday.holds(request(arrived=NOW))
    assert not tuesday.holds(request(arrived=NOW + 3600))


MAC = "0010a42319c0"


@pytest.mark.parametrize(
    ("called", "over", "through"),
    [
        (CalledStation(MAC, "corp"), True, True),
        (CalledStation(MAC, None), False, True),
        (CalledStation(None, "corp"), True, False),
        (CalledStation("0010a42319c1", "CORP"), False, False),
        (CalledStation(None, "corp "), False, False),
        (CalledStation(), False, False),
    ],
)
def test_over_which_network(called, over, through):
    """An SSID or access point that is untold, or written otherwise, is none of those named."""
    asked = replace(request(), called=called)
    assert over is CameOver(frozenset({"corp", "lab"})).holds(asked)
    assert through is CameThrough(frozenset({MAC})).holds(asked)
