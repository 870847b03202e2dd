"""What `check` says of `remember`."""

import pytest

from proxy.settings.check import check
from proxy.settings.values import parse_duration

FACTORS = "factors: [push, totp]"
SECRET = "a-secret-of-more-than-twelve-octets"
DEVICE = (SECRET, f"{SECRET}\n    caller_is: device")
REMEMBER = (FACTORS, f"{FACTORS}\n    remember: 12h")
ADDRESSES = (FACTORS, f"{FACTORS}\n    remember: 12h\n    remember_addresses: true")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ((REMEMBER, DEVICE), None),
        ((REMEMBER,), "policies[0].remember: nothing is remembered with client vpn"),
        ((ADDRESSES,), "policies[0].remember_addresses: with client vpn: whoever comes from"),
        ((ADDRESSES, DEVICE), "policies[0].remember_addresses: nothing needs it, the callers"),
        (
            ((FACTORS, f"{FACTORS}\n    remember_addresses: true"),),
            "policies[0].remember_addresses: nothing needs it without `remember`",
        ),
        (
            ((FACTORS, "factors: []\n    remember: 12h"), DEVICE),
            "policies[0].remember: there is no second factor to remember",
        ),
        (
            ((SECRET, f"{SECRET}\n    remember_group: air"),),
            "clients.vpn.remember_group: no policy for this client has `remember`",
        ),
    ],
)
def test_warnings(changes, told, config):
    """What is unwise, or without effect."""
    found = [str(one) for one in check(config.good(*changes))]
    of_remember = [one for one in found if "remember" in one]
    assert (told is None) == (not of_remember)
    assert told is None or any(told in one for one in of_remember)


@pytest.mark.parametrize("written", ["1m", "7d"])
def test_bounds(written, config):
    """From a minute to a week."""
    loaded = config.good((FACTORS, f"{FACTORS}\n    remember: {written}"))
    assert loaded.settings.policies[0].remember == parse_duration(written)


@pytest.mark.parametrize("written", ["59s", "8d", "12"])
def test_out_of_bounds(written, config):
    """Anything else is a fault."""
    faults = config.bad((FACTORS, f"{FACTORS}\n    remember: {written}"))
    assert any("remember" in one for one in faults)
