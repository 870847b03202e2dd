"""One spelling of a caller."""

import pytest

from proxy.radius.caller import caller_at_port, is_port, normalise_caller


@pytest.mark.parametrize(
    ("text", "caller"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:51234", "192.0.2.1"),
        ("[192.0.2.1]:51234", "192.0.2.1"),
        ("192.0.2.1[4500]", "192.0.2.1"),
        ("2001:db8::1[4500]", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:51234", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_an_address_has_no_port_or_brackets(text: str, caller: str):
    """An address is taken without port or brackets, in its shortest form."""
    assert normalise_caller(text) == caller


@pytest.mark.parametrize(
    "text",
    [
        "aa:bb:cc:dd:ee:0f",
        "AA:BB:CC:DD:EE:0F",
        "AA-BB-CC-DD-EE-0F",
        "aa bb cc dd ee 0f",
        "aa.bb.cc.dd.ee.0f",
        "aabb.ccdd.ee0f",
        "aabb-ccdd-ee0f",
        "aabbcc-ddee0f",
        "AABBCCDDEE0F",
        "AA-BB-CC-DD-EE-0F:corp",
        "AA-BB-CC-DD-EE-0F:corp:guest",
        "aabb.ccdd.ee0f:corp",
        "aabbccddee0f:corp wifi",
        "aa:bb:cc:dd:ee:0f:corp",
        "AA-BB-CC-DD-EE-0F:",
    ],
)
def test_a_mac_is_12_hex_digits_without_ssid(text: str):
    """A MAC in any usual spelling is 12 lower-case hex digits; an SSID after it is cut off."""
    assert normalise_caller(text) == "aabbccddee0f"


@pytest.mark.parametrize(
    "text",
    [
        "+49 30 1234567",
        "aa:bb:cc:dd:ee",
        "192.0.2.1:x",
        "192.0.2.256",
        "alice@laptop",
        "[x]:1",
        "x[1]",
        "[192.0.2.1][1]",
    ],
)
def test_any_other_text_stays(text: str):
    """What is neither address nor MAC stays as it is."""
    assert normalise_caller(text) == text


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_an_empty_text_says_nothing(text: str):
    """White space names no caller."""
    assert normalise_caller(text) is None


def test_a_port_names_a_caller():
    """Port and NAS together name a caller; another of either is another caller."""
    assert caller_at_port("3", "vpn1") == caller_at_port("3", "vpn1")
    assert caller_at_port("3", "vpn1") != caller_at_port("4", "vpn1")
    assert caller_at_port("3", "vpn1") != caller_at_port("3", "vpn2")
    assert is_port(caller_at_port("3", "vpn1"))
    assert not is_port("192.0.2.1")
