"""What an alert says, and its signature."""

import base64
import json

import pytest

from proxy.accounts.announcement import Announcement
from proxy.secret import Secret
from proxy.webhook.message import SAYINGS, signature, write_message

NOW = 1_700_000_100.0
KEY = Secret(b"k" * 32)
WHERE = '{"client": "vpn", "origin": "192.0.2.7"}'


def message(kind="push-reported", now=NOW):
    alert = Announcement(7, kind, WHERE, NOW - 100, 0, "corp", "zoë", "webhook")
    return write_message(alert, KEY, now)


@pytest.mark.parametrize(
    ("key", "message_id", "timestamp", "body", "expected"),
    [
        (
            "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            "1649367553",
            b'{"email":"test@example.com","username":"test_user"}',
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
        (
            "plJ3nmyCDGBKInavdOK15jsl",
            "msg_loFOjxBNrRLzqYUf",
            "1731705121",
            b'{"event_type":"ping","data":{"success":true}}',
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        ),
    ],
)
def test_standard_webhooks_signatures(key, message_id, timestamp, body, expected):
    """As the libraries of Standard Webhooks make and check them."""
    secret = Secret(base64.b64decode(key))
    assert expected == signature(message_id, timestamp, body, secret)


def test_a_report_says_that_the_password_is_known():
    """Who, where, when, and what it means."""
    told = json.loads(message().body)
    assert ("push-reported", "2023-11-14T22:13:20+00:00") == (told["type"], told["timestamp"])
    data = told["data"]
    assert ("corp", "zoë", "vpn", "192.0.2.7", True) == (
        data["directory"],
        data["user"],
        data["client"],
        data["origin"],
        data["password_known_to_somebody"],
    )
    assert "the password is known to somebody" in data["message"]


@pytest.mark.parametrize("kind", SAYINGS)
def test_every_kind_says_something(kind):
    """Of a person."""
    assert json.loads(message(kind).body)["data"]["message"].startswith("zoë ")


def test_another_try_has_the_same_id_and_its_own_time():
    """An endpoint tells it from another alert, and an old one from a new one."""
    first, second = message().headers, message(now=NOW + 60).headers
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]
