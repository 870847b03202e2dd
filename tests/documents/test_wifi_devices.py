"""The profile for Apple's devices is one, and says what the page says that it does."""

import plistlib
import re
from pathlib import Path

import pytest

from proxy.eap import packet

PAGE = Path("docs/wifi-devices.md")


@pytest.fixture(scope="module")
def payloads():
    (text,) = re.findall(r"```xml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    profile = plistlib.loads(text.encode())
    assert profile["PayloadType"] == "Configuration"
    return {payload["PayloadType"]: payload for payload in profile["PayloadContent"]}


def test_it_pins_the_server(payloads):
    """By an authority that it brings along, and by a name."""
    eap = payloads["com.apple.wifi.managed"]["EAPClientConfiguration"]
    authority = payloads["com.apple.security.root"]
    assert eap["PayloadCertificateAnchorUUID"] == [authority["PayloadUUID"]]
    assert eap["TLSTrustedServerNames"] == ["radius.example.org"]
    assert authority["PayloadContent"]


def test_it_speaks_a_method_of_ours(payloads):
    """EAP-TTLS with PAP, whose numbers stand on the page."""
    eap = payloads["com.apple.wifi.managed"]["EAPClientConfiguration"]
    assert (eap["AcceptEAPTypes"], eap["TTLSInnerAuthentication"]) == ([packet.TTLS], "PAP")
    text = PAGE.read_text()
    assert f"{packet.TTLS} is EAP-TTLS, {packet.PEAP} PEAP, {packet.TLS} EAP-TLS" in text


def test_what_was_not_tried_says_so():
    """Each section but those of wpa_supplicant and NetworkManager."""
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    untried = [one for one in sections if "not tried here" in one]
    tried = [one.splitlines()[0] for one in sections if one not in untried]
    assert tried == ["wpa_supplicant", "NetworkManager"]
