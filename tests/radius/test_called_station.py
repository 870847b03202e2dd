"""Access point and SSID."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.radius.called_station import UNTOLD, CalledStation, split_called_station

MAC = "0010a42319c0"


def test_rfc3580_3_20():
    """The RFC's examples."""
    assert CalledStation(MAC, None) == split_called_station("00-10-A4-23-19-C0")
    assert CalledStation(MAC, "AP1") == split_called_station("00-10-A4-23-19-C0:AP1")


@pytest.mark.parametrize(
    "mac",
    [
        "00-10-A4-23-19-C0",
        "00-10-a4-23-19-c0",
        "00:10:A4:23:19:C0",
        "0010.a423.19c0",
        "0010a4-2319c0",
        "0010a42319c0",
        "0010A42319C0",
    ],
)
@pytest.mark.parametrize(
    "ssid",
    [
        "corp",
        "Corp WiFi",
        "a:b::c",
        ":",
        "Büro-Gäste",
        "会議室",
        " corp",
        "corp*",
        "11:22",
        "00-10-A4-23-19-C1",
        "x" * 32,
    ],
)
def test_an_access_point_and_its_network(mac, ssid):
    """However the MAC is written, the SSID is what follows its colon, whatever is in it."""
    assert CalledStation(MAC, ssid) == split_called_station(f"{mac}:{ssid}")


@pytest.mark.parametrize("text", [f"{MAC}:", f"{MAC}: ", MAC, "00:10:A4:23:19:C0:"])
def test_an_access_point_alone(text):
    """No SSID, or nothing behind the colon."""
    assert CalledStation(MAC, None) == split_called_station(text)


@pytest.mark.parametrize(
    "text", ["corp", "ap1:corp", "Büro", "00-10-A4-23-19", "0010a42319c0 corp"]
)
def test_a_name_alone(text):
    """It is an SSID as a whole, since nobody can tell the name of an access point from one."""
    assert CalledStation(None, text) == split_called_station(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "192.0.2.1",
        "192.0.2.1[4500]",
        "[2001:db8::1]:500",
        "2001:db8::1",
        "x" * 33,
        "ü" * 17,
    ],
)
def test_what_is_neither(text):
    """Addresses of VPN gateways, and what is longer than an SSID can be."""
    assert UNTOLD == split_called_station(text)


@given(st.text(max_size=253))
def test_whatever_is_told(text):
    """Any text has an answer; an SSID stands in it as it is."""
    called = split_called_station(text)
    assert called.ssid is None or text.endswith(called.ssid)
    assert called.access_point is None or len(called.access_point) == 12
