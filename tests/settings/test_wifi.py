"""Networks and access points, as they are written."""

import pytest

FACTORS = "    factors: [push, totp]\n"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("ssids: []", None),
        ("ssids: ['']", "the name of a Wi-Fi network, 1 to 32 octets"),
        ("ssids: [' ']", "the name of a Wi-Fi network, 1 to 32 octets"),
        (f"ssids: [{'ü' * 17}]", "the name of a Wi-Fi network, 1 to 32 octets"),
        ("ssids: [true]", "the name of a Wi-Fi network, 1 to 32 octets"),
        ("access_points: []", None),
        ("access_points: [ap1]", "a MAC address such as 00-10-A4-23-19-C0, in quotes"),
        ("access_points: ['00-10-A4-23-19-C0:corp']", "a MAC address such as"),
        ("access_points: ['00-10-A4-23-19-C0:']", "a MAC address such as"),
        ("access_points: [101010101010]", "a MAC address such as"),
    ],
)
def test_what_cannot_be(config, line, wanted):
    """With file and line."""
    (found,) = config.bad((FACTORS, FACTORS + f"    {line}\n"))
    assert (wanted or "wanted") in found
