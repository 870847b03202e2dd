"""Attributes of replies: tagged, salted, bounded, and every fault told."""

from pathlib import Path

import pytest
from pyrad.dictionary import Dictionary
from pyrad.packet import AuthPacket

from proxy.radius.attributes import Attributes
from proxy.radius.definitions import STANDARD
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


def refusal(name: str, value: str, tag: int | None = None) -> str:
    with pytest.raises(BadAttribute) as caught:
        ATTRIBUTES.encode(name, value, tag)
    return str(caught.value)


def test_rfc2868_3_1_tags():
    """A tag stands in the high octet of a number and before a text."""
    assert wire("Tunnel-Type", "VLAN", 1) == b"\x40\x06\x01\x00\x00\x0d"
    assert wire("Tunnel-Type", "VLAN") == b"\x40\x06\x00\x00\x00\x0d"
    assert wire("Tunnel-Private-Group-Id", "100", 31) == b"\x51\x06\x1f100"
    assert wire("Tunnel-Private-Group-Id", "100") == b"\x51\x05100"


def test_an_untagged_text_that_looks_tagged_gets_tag_0():
    """A text that begins with an octet below 0x20 is preceded by tag 0."""
    assert wire("Tunnel-Private-Group-Id", "\x05x") == b"\x51\x05\x00\x05x"
    assert wire("Tunnel-Private-Group-Id", "") == b"\x51\x03\x00"


def test_pyrad_reveals_a_tunnel_password():
    """Tunnel-Password is hidden anew with salt, secret and Request Authenticator in each reply."""
    octets = wire("Tunnel-Password", "swordfish", 3)
    assert octets[:3] == b"\x45\x15\x03"
    packet = AuthPacket(secret=SECRET, dict=Dictionary(str(STANDARD)))
    packet.request_authenticator = AUTHENTICATOR
    packet.authenticator = AUTHENTICATOR
    assert packet.SaltDecrypt(octets[3:]) == b"swordfish"
    other = ATTRIBUTES.encode("Tunnel-Password", "swordfish", 3)
    assert other.write(SHARED, AUTHENTICATOR, b"\x91\x08") != octets


def test_rfc2868_3_5_tunnel_password_always_has_a_tag_octet():
    """Without a tag it has tag 0."""
    assert wire("Tunnel-Password", "swordfish")[2] == 0


def test_what_is_hidden_is_not_told():
    """Neither a prepared value nor a fault shows what goes out hidden."""
    assert "swordfish" not in repr(ATTRIBUTES.encode("Tunnel-Password", "swordfish"))
    assert "swordfish" not in refusal("Tunnel-Password", "swordfish\udcff")
    assert "swordfish" not in refusal("Tunnel-Password", "swordfish" * 60)


def test_a_salted_value_may_fill_its_attribute():
    """239 octets fit beside tag and salt, 240 do not."""
    assert len(wire("Tunnel-Password", "x" * 239)) == 2 + 1 + 2 + 240
    assert "253" in refusal("Tunnel-Password", "x" * 240)


@pytest.mark.parametrize(
    ("name", "value", "tag", "message"),
    [
        ("Filter-ID", "x", None, "found attribute Filter-ID, did you mean Filter-Id?"),
        ("Qwertyuiop", "x", None, "found attribute Qwertyuiop, which no dictionary has"),
        ("Class", "x" * 254, None, "takes 254 octets, wanted at most 253"),
        ("Class", "0xzz", None, "found '0xzz' for Class, wanted text, or hex digits after 0x"),
        ("Class", "x", 1, "found tag 1 on Class, which takes none"),
        ("Tunnel-Type", "VLAN", 32, "found tag 32 on Tunnel-Type, wanted 1 to 31"),
        ("Tunnel-Type", "VLAN", 0, "found tag 0 on Tunnel-Type, wanted 1 to 31"),
        ("Tunnel-Preference", "16777216", None, "over 3 octets"),
        ("Framed-IP-Address", "192.0.2", None, "wanted an IPv4 address"),
        ("Login-IPv6-Host", "192.0.2.1", None, "wanted an IPv6 address"),
        ("Framed-IPv6-Prefix", "192.0.2.0/24", None, "wanted an IPv6 prefix"),
        ("Framed-Interface-Id", "1", None, "wanted four groups of hex digits"),
        (
            "Session-Timeout",
            "1h",
            None,
            "found '1h' for Session-Timeout, wanted a number of 4 octets",
        ),
        ("Session-Timeout", "4294967296", None, "wanted a number of 4 octets"),
        ("Session-Timeout", "-1", None, "wanted a number of 4 octets"),
        ("Prompt", "Loud", None, "wanted a number of 4 octets or one of Echo, No-Echo"),
        ("Tunnel-Preference", "-1", None, "wanted a number of 4 octets"),
        ("Class", "\udcff", None, "wanted text"),
        ("Filter-Id", "\udcff", None, "wanted text"),
        ("User-Password", "x", None, "not for the configuration to set"),
        ("State", "x", None, "not for the configuration to set"),
        ("Message-Authenticator", "x", None, "not for the configuration to set"),
    ],
)
def test_a_bad_attribute_says_what_was_wanted(name: str, value: str, tag: int | None, message: str):
    """Every fault of the configuration is told with what was found and wanted."""
    assert message in refusal(name, value, tag)


@pytest.fixture
def with_vendor(tmp_path: Path) -> Attributes:
    path = tmp_path / "acme"
    path.write_text(
        "VENDOR Acme 32473\nBEGIN-VENDOR Acme\n"
        "ATTRIBUTE Acme-Role 1 string\nATTRIBUTE Acme-Key 3 string encrypt=2\n"
        "ATTRIBUTE Acme-Secret 4 string encrypt=1\nEND-VENDOR Acme\n"
    )
    return Attributes(path)


def test_a_vendors_value_leaves_room_for_its_head(with_vendor: Attributes):
    """247 octets fit beside the vendor's head."""
    assert len(with_vendor.encode("Acme-Role", "x" * 247).octets or b"") == 255
    with pytest.raises(BadAttribute, match="takes 254 octets"):
        with_vendor.encode("Acme-Role", "x" * 248)


def test_a_vendors_salted_attribute(with_vendor: Attributes):
    """A vendor's salted attribute without a tag is salt and hidden octets alone."""
    octets = with_vendor.encode("Acme-Key", "k").write(SHARED, AUTHENTICATOR, SALT)
    assert octets[:10] == b"\x1a\x1a\x00\x00\x7e\xd9\x03\x14" + SALT


def test_what_is_hidden_as_a_password_is_for_requests_alone(with_vendor: Attributes):
    """A vendor's attribute that is hidden as User-Password cannot stand in a reply."""
    with pytest.raises(BadAttribute, match="for requests alone"):
        with_vendor.encode("Acme-Secret", "x")
