"""
What an alert says, and its signature.

The form is that of Standard Webhooks 1.0.0 (standardwebhooks.com): `webhook-signature` is `v1,` and
the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`, so that an endpoint checks it by any library for
that. Each try has a timestamp of its own; the id stays, so that a repeated one is told.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from proxy.accounts.announcement import Announcement, AnnouncementKind
from proxy.secret import Secret

SAYINGS: Mapping[AnnouncementKind, str] = {
    "push-reported": 'said "this was not me" on the phone: the password is known to somebody',
    "login-reported": "said at the portal that a login was not theirs: the password may be known "
    "to somebody",
    "push-blocked": "refused or did not answer several pushes in a row: the password may be known "
    "to somebody",
}
"""By kind: what the person did, and what that means."""


@dataclass(frozen=True, slots=True)
class Message:
    """One alert, ready to be sent."""

    headers: Mapping[str, str]
    body: bytes


def saying(alert: Announcement) -> str:
    """Say in one line what happened."""
    return SAYINGS.get(alert.kind, alert.kind)


def write_message(alert: Announcement, key: Secret, now: float) -> Message:
    """Write an alert and sign it; *now* is the time of this try."""
    where = json.loads(alert.detail)
    told = {
        "type": alert.kind,
        "timestamp": datetime.fromtimestamp(alert.at, UTC).isoformat(timespec="seconds"),
        "data": {
            "directory": alert.directory,
            "user": alert.user_name,
            "client": where["client"],
            "origin": where["origin"],
            "message": f"{alert.user_name} {saying(alert)}",
            "password_known_to_somebody": alert.kind == "push-reported",
        },
    }
    body = json.dumps(told, ensure_ascii=False).encode()
    message_id, timestamp = f"alert-{alert.id}-{int(alert.at)}", str(int(now))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(message_id, timestamp, body, key),
    }
    return Message(headers, body)


def signature(message_id: str, timestamp: str, body: bytes, key: Secret) -> str:
    """Give the signature of a message."""
    signed = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)
    return f"v1,{base64.b64encode(hmac.digest(key.reveal(), signed, sha256)).decode()}"
