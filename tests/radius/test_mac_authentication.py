"""Devices that switches and access points ask about, as equipment writes them."""

import pytest

from proxy.radius.mac_authentication import device_of, is_call_check, is_its_password, names_itself
from proxy.radius.packet import CALLING_STATION_ID, SERVICE_TYPE, USER_NAME, decode
from tests.peers.door import SECRET
from tests.peers.nas import request

FORMS = [
    "0010a42319c0",  # Cisco IOS, hostapd, Aruba
    "0010A42319C0",
    "00:10:A4:23:19:C0",  # MikroTik
    "00-10-A4-23-19-C0",
    "00-10-a4-23-19-c0",
    "0010.a423.19c0",
    "0010a4-2319c0",  # HP
]


def asked(name=None, caller=None, service=None):
    attributes = [(USER_NAME, name), (CALLING_STATION_ID, caller)]
    attributes = [(kind, value.encode()) for kind, value in attributes if value is not None]
    if service is not None:
        attributes.append((SERVICE_TYPE, service.to_bytes(4, "big")))
    return decode(request(SECRET, attributes))


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("caller", [FORMS[3], FORMS[0], "00-10-A4-23-19-C0:corp"])
def test_a_device_that_is_asked_about(name, caller):
    """Its MAC for a name, whichever way either is written; an empty password proves as little."""
    packet = asked(name, caller)
    assert names_itself(packet)
    assert "0010a42319c0" == device_of(packet)
    for password in (*FORMS, "", None):
        assert is_its_password(packet, None if password is None else password.encode())


@pytest.mark.parametrize(
    ("name", "caller"),
    [
        ("alice", "00-10-A4-23-19-C0"),
        ("0010a42319c0", "00-10-A4-23-19-C1"),
        ("0010a42319c0", "192.0.2.1"),
        ("0010a42319c0", None),
        (None, "00-10-A4-23-19-C0"),
        ("deadbeefcafe", "alice"),
        ("alice", "alice"),
    ],
)
def test_somebody_who_logs_in(name, caller):
    """A name like a MAC may be a person's, where another device or none is told."""
    assert not names_itself(asked(name, caller))


@pytest.mark.parametrize("password", [b"secret", b"0010a42319c1", b"\xff" * 12])
def test_a_password_that_may_prove_something(password):
    """It is for the directory to judge."""
    assert not is_its_password(asked(FORMS[0], FORMS[3]), password)


def test_rfc2865_5_6():
    """Call Check says it by itself; other services do not."""
    assert is_call_check(asked("alice", service=10))
    assert not is_call_check(asked("alice", service=2))
    assert not is_call_check(asked("alice"))
    assert "" == device_of(asked("alice"))
