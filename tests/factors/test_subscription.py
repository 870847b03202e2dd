"""What a browser tells of its push service: read strictly, because the daemon is to call it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.factors.subscription import (
    ENDPOINT_LENGTH,
    BadSubscription,
    Endpoint,
    parse_subscription,
)
from tests.peers.phone import b64
from tests.peers.push_service import BrowserKeys

ENDPOINT = "https://push.example.org/send/abc?x=1"
GOOD = BrowserKeys().subscription(ENDPOINT)


def test_a_subscription_as_browsers_give_it():
    """Endpoint and keys; members that are not known mean nothing."""
    found = parse_subscription({**GOOD, "later": True})
    assert (ENDPOINT, "push.example.org", 443, None) == (
        found.endpoint.url,
        found.endpoint.host,
        found.endpoint.port,
        found.expires_at,
    )
    assert (65, 16) == (len(found.p256dh), len(found.auth.reveal()))


def test_it_may_have_an_end():
    """Told in milliseconds."""
    assert (
        1_700_000_000.5
        == parse_subscription({**GOOD, "expirationTime": 1_700_000_000_500}).expires_at
    )


def test_what_is_secret_is_not_shown():
    """Whoever has the endpoint can try to wake the phone."""
    shown = repr(parse_subscription(GOOD))
    assert "send/abc" not in shown
    assert GOOD["keys"]["auth"] not in shown


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": None},
        {"endpoint": 3},
        {"endpoint": "http://push.example.org/"},
        {"endpoint": "https://"},
        {"endpoint": "https:///path"},
        {"endpoint": "https://user@push.example.org/"},
        {"endpoint": "https://push.example.org/#there"},
        {"endpoint": "https://push.example.org\\@inside/"},
        {"endpoint": "https://push.example.org/ HTTP/1.1"},
        {"endpoint": "https://push.example.org/\r\nHost: inside"},
        {"endpoint": "https://push.example.org:0/"},
        {"endpoint": "https://push.example.org:/"},
        {"endpoint": "https://push.example.org:99999/"},
        {"endpoint": "https://[::1/"},
        {"endpoint": "https://bücher.example/"},
        {"endpoint": "https://push.example.org/" + "x" * ENDPOINT_LENGTH},
        {"endpoint": "https://" + "x" * 254 + "/"},
        {"keys": None},
        {"keys": []},
        {"keys": {}},
        {"keys": {**GOOD["keys"], "p256dh": 3}},
        {"keys": {**GOOD["keys"], "p256dh": b64(b"\4" + b"x" * 64)}},
        {"keys": {**GOOD["keys"], "p256dh": b64(b"\2" + b"x" * 32)}},
        {"keys": {**GOOD["keys"], "auth": b64(b"x" * 15)}},
        {"keys": {**GOOD["keys"], "auth": GOOD["keys"]["auth"] + "=="}},
        {"expirationTime": "soon"},
        {"expirationTime": True},
        {"expirationTime": 2**53},
    ],
)
def test_what_is_no_subscription(changed):
    """Another form, another length, another scheme."""
    with pytest.raises(BadSubscription):
        parse_subscription({**GOOD, **changed})


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Push.example.org/x", "https://push.example.org"),
        ("https://push.example.org:443/x", "https://push.example.org"),
        ("https://push.example.org:8443", "https://push.example.org:8443"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"),
    ],
)
def test_the_origin_of_an_endpoint(url, origin):
    """RFC 6454 section 6.2: what a VAPID token is for."""
    assert origin == Endpoint.parse(url).origin


@given(st.text(max_size=60).map(lambda text: "https://" + text) | st.text(max_size=60))
def test_any_text_is_an_endpoint_or_refused(text):
    """And what is one has a host and a port."""
    try:
        found = Endpoint.parse(text)
    except BadSubscription:
        return
    assert found.host
    assert 0 < found.port < 65536
