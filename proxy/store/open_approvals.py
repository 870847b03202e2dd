"""
Reading approval requests: what a phone can answer now, and what the check of an answer needs.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, or_, select

from proxy.store.schema import (
    accounts,
    approval_others,
    approvals,
    devices,
    push_standings,
    push_waits,
)
from proxy.store.session import Row, Session

_FAULTS: Final = ("retired_at", "blocked_at", "stranger_id", "set_aside_at")


@dataclass(frozen=True, slots=True)
class OpenApproval:
    """An approval request as its phone gets it."""

    id: str
    request: str
    """The JWS, the same octets every time."""
    expires_at: float
    others: tuple[str, ...]
    """Origins of other logins that were refused while it is open."""


@dataclass(frozen=True, slots=True)
class AnswerableApproval:
    """What the check of an answer needs."""

    id: str
    device_id: str
    request: str
    nonce: str
    number: str | None
    state: str
    expires_at: float
    verify_user: bool


_OPEN_ON_DEVICE = (
    select(approvals.c.id, approvals.c.request, approvals.c.expires_at, approval_others.c.origin)
    .select_from(
        approvals.outerjoin(approval_others, approval_others.c.approval_id == approvals.c.id)
    )
    .where(
        approvals.c.device_id == bindparam("device_id"),
        approvals.c.state == "open",
        approvals.c.expires_at > bindparam("now"),
    )
    .order_by(approvals.c.created_at, approval_others.c.at)
)

_ONE = (
    select(
        approvals.c.id,
        approvals.c.device_id,
        approvals.c.request,
        approvals.c.nonce,
        approvals.c.number,
        approvals.c.state,
        approvals.c.expires_at,
        approvals.c.wrong_numbers,
        approvals.c.login_id,
        approvals.c.claimed_by,
        approvals.c.verify_user,
        approvals.c.assertion.is_not(None).label("verified"),
        approvals.c.account_id,
        approvals.c.client,
        approvals.c.origin,
        approvals.c.uncounted,
        approvals.c.first_time,
        approvals.c.country,
        or_(push_standings.c.account_id.is_not(None), push_waits.c.client.is_not(None)).label(
            "counted"
        ),
        devices.c.retired_at,
        accounts.c.blocked_at,
        accounts.c.stranger_id,
        accounts.c.set_aside_at,
    )
    .join_from(approvals, devices, devices.c.id == approvals.c.device_id)
    .join(accounts, accounts.c.id == approvals.c.account_id)
    .outerjoin(push_standings, push_standings.c.account_id == approvals.c.account_id)
    .outerjoin(
        push_waits,
        (push_waits.c.account_id == approvals.c.account_id)
        & (push_waits.c.client == approvals.c.client),
    )
    .where(approvals.c.id == bindparam("approval_id"))
)

OF_DEVICE = (
    approvals.c.device_id == bindparam("device_id"),
    # Said so that the index of accounts serves: approvals are kept for ever.
    approvals.c.account_id
    == select(devices.c.account_id).where(devices.c.id == bindparam("device_id")).scalar_subquery(),
)
_BY_NONCE = select(approvals.c.id).where(*OF_DEVICE, approvals.c.nonce == bindparam("nonce"))
_OPEN_NONCES = select(approvals.c.nonce).where(
    *OF_DEVICE, approvals.c.state == "open", approvals.c.expires_at > bindparam("now")
)


def on_device(session: Session, device_id: str, now: float) -> list[OpenApproval]:
    """Give the requests that a phone can answer now, oldest first."""
    found: dict[str, OpenApproval] = {}
    for row in session.rows(_OPEN_ON_DEVICE, device_id=device_id, now=now):
        before = found.get(row["id"])
        others = () if before is None else before.others
        if row["origin"] is not None:
            others = (*others, row["origin"])
        found[row["id"]] = OpenApproval(row["id"], row["request"], row["expires_at"], others)
    return list(found.values())


def for_answer(session: Session, approval_id: str) -> AnswerableApproval | None:
    """Give what the check of an answer to this request needs; None: there is no such request."""
    row = one(session, approval_id)
    if row is None:
        return None
    return AnswerableApproval(
        id=row["id"],
        device_id=row["device_id"],
        request=row["request"],
        nonce=row["nonce"],
        number=row["number"],
        state=row["state"],
        expires_at=row["expires_at"],
        verify_user=bool(row["verify_user"]),
    )


def named(session: Session, device_id: str, nonce: str) -> AnswerableApproval | None:
    """Give the request of a phone that has this nonce, open or not; None: there is none."""
    row = session.row(_BY_NONCE, device_id=device_id, nonce=nonce)
    return None if row is None else for_answer(session, row["id"])


def open_nonces(session: Session, device_id: str, now: float) -> list[str]:
    """Give the nonces of the requests that a phone can answer now."""
    return [row["nonce"] for row in session.rows(_OPEN_NONCES, device_id=device_id, now=now)]


def one(session: Session, approval_id: str) -> Row | None:
    """Give a request with what says whether its device and account are still good."""
    return session.row(_ONE, approval_id=approval_id)


def is_good(row: Row) -> bool:
    """Say whether the device and the account of a request (from `one`) are still good."""
    return all(row[fault] is None for fault in _FAULTS)
