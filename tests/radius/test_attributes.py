"""Attributes by name: texts for policies, octets for replies."""

from pathlib import Path

import pytest

from proxy.radius.attributes import Attributes
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.values import BadAttribute
from proxy.secret import Secret

SECRET = b"xyzzy5461"
SHARED = SharedSecret(Secret(SECRET))
AUTHENTICATOR = bytes(range(16))
SALT = b"\x91\x07"

ATTRIBUTES = Attributes()


def wire(name: str, value: str, tag: int | None = None) -> bytes:
    return ATTRIBUTES.encode(name, value, tag).write(SHARED, AUTHENTICATOR, SALT)


def text(name: str, value: bytes) -> tuple[str, ...] | None:
    kind = ATTRIBUTES.find(name).kind
    return ATTRIBUTES.select([name]).read([(kind, value)]).get(name)


@pytest.mark.parametrize(
    ("name", "value", "octets"),
    [
        ("Class", "staff", b"\x19\x07staff"),
        ("Class", "2024", b"\x19\x062024"),
        ("Class", "0x00ff", b"\x19\x04\x00\xff"),
        ("Filter-Id", "übung", "\x0b\x08übung".encode()),
        ("Session-Timeout", "3600", b"\x1b\x06\x00\x00\x0e\x10"),
        ("Session-Timeout", "0x10", b"\x1b\x06\x00\x00\x00\x10"),
        ("Service-Type", "Framed-User", b"\x06\x06\x00\x00\x00\x02"),
        ("Service-Type", "2", b"\x06\x06\x00\x00\x00\x02"),
        ("Framed-IP-Address", "192.0.2.1", b"\x08\x06\xc0\x00\x02\x01"),
        ("Login-IPv6-Host", "2001:db8::1", b"\x62\x12\x20\x01\x0d\xb8" + bytes(11) + b"\x01"),
        ("Framed-IPv6-Prefix", "2001:db8::/64", b"\x61\x14\x00\x40\x20\x01\x0d\xb8" + bytes(12)),
        ("Framed-Interface-Id", "0:0:0:1", b"\x60\x0a" + bytes(7) + b"\x01"),
    ],
)
def test_values_are_written_by_type(name: str, value: str, octets: bytes):
    """Texts, octets, numbers and addresses go out as their types say, and are read back."""
    assert wire(name, value) == octets
    assert text(name, octets[2:]) == (ATTRIBUTES.canonical(name, value),)


def test_tags_are_left_out_of_texts():
    """Policies see a tagged attribute's value without its tag."""
    assert text("Tunnel-Type", b"\x01\x00\x00\x0d") == ("VLAN",)
    assert text("Tunnel-Private-Group-Id", b"\x01100") == ("100",)
    assert text("Tunnel-Private-Group-Id", b"100") == ("100",)


def test_the_same_reply_is_prepared_once():
    """Replies come from the configuration, so what is prepared is kept."""
    assert ATTRIBUTES.encode("Class", "staff") is ATTRIBUTES.encode("Class", "staff")


def test_policies_see_names_of_numbers():
    """A number with a name is read as its name, however the configuration writes it."""
    assert text("NAS-Port-Type", b"\x00\x00\x00\x13") == ("Wireless-802.11",)
    assert text("NAS-Port-Type", b"\x00\x00\x00\x63") == ("99",)
    assert ATTRIBUTES.canonical("NAS-Port-Type", "19") == "Wireless-802.11"
    assert ATTRIBUTES.canonical("NAS-Port-Type", "Wireless-802.11") == "Wireless-802.11"
    assert ATTRIBUTES.canonical("Login-IPv6-Host", "2001:DB8:0::1") == "2001:db8::1"


def test_what_is_not_of_its_type_is_absent():
    """Octets that are not of the attribute's type match no policy."""
    assert text("NAS-Port-Type", b"\x13") is None
    assert text("NAS-IP-Address", b"\x01\x02\x03") is None
    assert text("NAS-IPv6-Address", bytes(17)) is None
    assert text("Framed-IPv6-Prefix", b"\x00\xff" + bytes(16)) is None
    assert text("NAS-Identifier", b"\xff\xfe") == ("0xfffe",)
    assert text("Class", b"ab") == ("0x6162",)


def test_a_selection_reads_what_was_asked_for():
    """Only the attributes asked for are read, several of one name in their order."""
    selection = ATTRIBUTES.select(["NAS-Identifier", "Called-Station-Id", "NAS-Port"])
    packet = [(32, b"vpn1"), (1, b"alice"), (30, b"one"), (30, b"two")]
    assert selection.read(packet) == {
        "NAS-Identifier": ("vpn1",),
        "Called-Station-Id": ("one", "two"),
    }
    assert selection.names == ("Called-Station-Id", "NAS-Identifier", "NAS-Port")


def test_what_is_hidden_or_unknown_cannot_be_selected():
    """No policy looks at a password."""
    with pytest.raises(BadAttribute, match="sent in clear"):
        ATTRIBUTES.select(["User-Password"])
    with pytest.raises(BadAttribute, match="did you mean NAS-Port"):
        ATTRIBUTES.select(["NAS-Prt"])


@pytest.fixture
def with_vendor(tmp_path: Path) -> Attributes:
    path = tmp_path / "acme"
    path.write_text(
        "VENDOR Acme 32473\nBEGIN-VENDOR Acme\n"
        "ATTRIBUTE Acme-Role 1 string\nATTRIBUTE Acme-Level 2 integer\n"
        "VALUE Acme-Level High 9\nEND-VENDOR Acme\n"
    )
    return Attributes(path)


def test_rfc2865_5_26_vendors_attributes(with_vendor: Attributes):
    """A vendor's attribute is wrapped in Vendor-Specific and read out of it."""
    octets = with_vendor.encode("Acme-Level", "High").write(SHARED, AUTHENTICATOR, SALT)
    assert octets == b"\x1a\x0c\x00\x00\x7e\xd9\x02\x06\x00\x00\x00\x09"
    selection = with_vendor.select(["Acme-Level", "Acme-Role"])
    two = octets[2:] + b"\x01\x07admin"
    assert selection.read([(26, two)]) == {"Acme-Level": ("High",), "Acme-Role": ("admin",)}
    assert selection.read([(26, b"\x00\x00\x00\x09" + octets[6:])]) == {}
