"""How often attributes come."""

import pytest

from proxy.radius.attributes import Attributes
from proxy.radius.occurrence import comes_once

ATTRIBUTES = Attributes()


@pytest.mark.parametrize(
    "name",
    [
        "User-Name",
        "Service-Type",
        "Framed-IP-Address",
        "Framed-MTU",
        "Session-Timeout",
        "Idle-Timeout",
        "Termination-Action",
        "Port-Limit",
        "Acct-Interim-Interval",
        "Framed-Pool",
        "Framed-IPv6-Pool",
        "Ingress-Filters",
        "Management-Policy-Id",
        "Tunnel-Type",
        "Tunnel-Private-Group-Id",
        "Tunnel-Preference",
    ],
)
def test_once(name):
    """0-1 in the tables' column of Access-Accept; of a tunnel, with each tag."""
    assert comes_once(ATTRIBUTES.find(name))


@pytest.mark.parametrize(
    "name",
    [
        "Class",
        "Filter-Id",
        "Reply-Message",
        "Framed-Route",
        "Framed-IPv6-Prefix",
        "Login-IP-Host",
        "Egress-VLANID",
        "Egress-VLAN-Name",
        "Cisco-AVPair",
        "Fortinet-Group-Name",
    ],
)
def test_many(name):
    """0+, and whatever is a vendor's."""
    assert not comes_once(ATTRIBUTES.find(name))
