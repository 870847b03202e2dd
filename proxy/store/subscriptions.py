"""
Where phones are woken: one subscription a phone, which ends with the phone.

A phone that is retired by somebody else is told so once: its subscription stays for that one
message, and for nothing else.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from proxy.factors.subscription import Endpoint, Subscription, WakeUp
from proxy.secret import Secret
from proxy.store.schema import accounts, approvals, devices, push_subscriptions
from proxy.store.session import Row, Session

TOPIC_OCTETS: Final = 24
"""Of a digest: 32 characters of base64url, the most that RFC 8030 section 5.4 allows."""

UNTOLD_AT_ONCE: Final = 1000
"""Retired phones that are told at one start; more are told at the next."""

_DROP: Final = delete(push_subscriptions).where(
    push_subscriptions.c.device_id == bindparam("of_device")
)
_DROP_GONE: Final = _DROP.where(push_subscriptions.c.endpoint == bindparam("of_endpoint"))
_ADD: Final = insert(push_subscriptions)
_MARK: Final = (
    update(push_subscriptions)
    .where(push_subscriptions.c.device_id == bindparam("of_device"))
    .values(last_notice=1)
)
_ENROLLED: Final = select(devices.c.id).where(
    devices.c.id == bindparam("device_id"), devices.c.retired_at.is_(None)
)
_WHERE: Final = (
    push_subscriptions.c.device_id,
    push_subscriptions.c.endpoint,
    push_subscriptions.c.p256dh,
    push_subscriptions.c.auth,
    push_subscriptions.c.expires_at.label("ends_at"),
)
_OF_APPROVAL: Final = (
    select(approvals.c.first_id, approvals.c.expires_at, *_WHERE)
    .join_from(
        approvals, push_subscriptions, push_subscriptions.c.device_id == approvals.c.device_id
    )
    .join(devices, devices.c.id == approvals.c.device_id)
    .join(accounts, accounts.c.id == approvals.c.account_id)
    .where(
        approvals.c.id == bindparam("approval_id"),
        approvals.c.state == "open",
        approvals.c.expires_at > bindparam("now"),
        devices.c.retired_at.is_(None),
        accounts.c.blocked_at.is_(None),
    )
)
_ALL: Final = select(push_subscriptions.c.device_id, push_subscriptions.c.endpoint)
_ONE: Final = _ALL.where(push_subscriptions.c.device_id == bindparam("device_id"))
_UNTOLD: Final = (
    select(push_subscriptions.c.device_id)
    .where(push_subscriptions.c.last_notice == 1)
    .limit(UNTOLD_AT_ONCE)
)
_LAST: Final = select(*_WHERE).where(
    push_subscriptions.c.device_id == bindparam("device_id"), push_subscriptions.c.last_notice == 1
)


def subscribe(session: Session, device_id: str, subscription: Subscription, now: float) -> bool:
    """Wake a phone there from now on, and nowhere else. False: the phone is not enrolled."""
    if session.row(_ENROLLED, device_id=device_id) is None:
        return False
    session.run(_DROP, of_device=device_id)
    session.run(
        _ADD,
        device_id=device_id,
        endpoint=subscription.endpoint.url,
        p256dh=subscription.p256dh,
        auth=subscription.auth.reveal(),
        expires_at=subscription.expires_at,
        subscribed_at=now,
        last_notice=0,
    )
    return True


def is_subscribed(session: Session, device_id: str) -> bool:
    """Say whether a phone is woken anywhere."""
    return session.row(_ONE, device_id=device_id) is not None


def unsubscribe(session: Session, device_id: str) -> None:
    """Wake a phone no more."""
    session.run(_DROP, of_device=device_id)


def end(session: Session, device_id: str, *, last_notice: bool) -> None:
    """End the subscription of a phone that is retired; keep it for one message if it is told."""
    session.run(_MARK if last_notice else _DROP, of_device=device_id)


def forget(session: Session, device_id: str, endpoint: str) -> bool:
    """Drop a subscription that its service does not know any more, unless there is a newer one."""
    return session.run(_DROP_GONE, of_device=device_id, of_endpoint=endpoint) > 0


def hosts(session: Session) -> dict[str, str]:
    """Give the host of its push service for each phone that has one."""
    rows = session.rows(_ALL)
    return {row["device_id"]: Endpoint.parse(row["endpoint"]).host for row in rows}


def wake_up(session: Session, approval_id: str, now: float) -> tuple[str, WakeUp] | None:
    """
    Give the phone that a request is to wake, and the message.

    None: the request is no longer open, its phone or account is not good, or the phone has no
    subscription.
    """
    row = session.row(_OF_APPROVAL, approval_id=approval_id, now=now)
    if row is None or _is_over(row, now):
        return None
    topic = _topic("login", row["first_id"] or approval_id)
    return row["device_id"], WakeUp(_subscription(row), topic, row["expires_at"])


def untold(session: Session) -> list[str]:
    """Give phones that were retired and not told, as when no daemon was running."""
    return [row["device_id"] for row in session.rows(_UNTOLD)]


def take_last(session: Session, device_id: str, now: float, lives: float) -> WakeUp | None:
    """Take, once, the message to a phone that was retired; None: there is nobody to tell."""
    row = session.row(_LAST, device_id=device_id)
    if row is None:
        return None
    session.run(_DROP, of_device=device_id)
    if _is_over(row, now):
        return None
    return WakeUp(_subscription(row), _topic("retired", device_id), now + lives)


def _is_over(row: Row, now: float) -> bool:
    return row["ends_at"] is not None and row["ends_at"] <= now


def _subscription(row: Row) -> Subscription:
    endpoint, auth = Endpoint.parse(row["endpoint"]), Secret(row["auth"])
    return Subscription(endpoint, row["p256dh"], auth, row["ends_at"])


def _topic(about: str, name: str) -> str:
    """Give a topic that tells nothing of what it stands for."""
    digest = sha256(f"countersign topic {about} {name}".encode()).digest()
    return urlsafe_b64encode(digest[:TOPIC_OCTETS]).decode()
