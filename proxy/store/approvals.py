"""
How approval requests in the store end: answered, withdrawn, run out, void.

An answer is accepted in the transaction that checks that its device and account are still good.
Requests and answers are kept whole, as they were sent, and are never deleted.
"""

from hmac import compare_digest
from typing import Final, Literal

from sqlalchemy import bindparam, case, insert, literal_column, or_, select, update

from proxy.accounts.passkey import Asserted
from proxy.login.fatigue import DEFAULT, Defence, PushEnd
from proxy.store import announcements, fatigue, notices, passkeys
from proxy.store.open_approvals import OF_DEVICE, is_good, one
from proxy.store.schema import (
    approval_others,
    approvals,
    devices,
    wrong_answers,
)
from proxy.store.session import Row, Session

WRONG_NUMBERS: Final = 3
"""The third wrong number closes a request."""

AnswerVerdict = Literal[
    "stored", "answered", "gone", "wrong-number", "missing-number", "not-verified", "copied-passkey"
]
"""`not-verified`: the assertion is missing. `copied-passkey`: its counter does not go on."""
Decision = Literal["approve", "deny", "report"]

_STATE_OF: Final[dict[Decision, str]] = {
    "approve": "approved",
    "deny": "denied",
    "report": "reported",
}
_COUNTS_AS: Final[dict[Decision, PushEnd]] = {"deny": "denied", "report": "reported"}
_ANSWERED: Final = frozenset(_STATE_OF.values())


_COUNT_WRONG = (
    update(approvals)
    .where(approvals.c.id == bindparam("approval_id"))
    .values(
        wrong_numbers=approvals.c.wrong_numbers + 1,
        state=case(
            (approvals.c.wrong_numbers + 1 >= bindparam("tries"), "wrong-number"),
            else_=approvals.c.state,
        ),
        ended_at=case(
            (approvals.c.wrong_numbers + 1 >= bindparam("tries"), bindparam("now")),
            else_=approvals.c.ended_at,
        ),
    )
)

_KEEP_WRONG = insert(wrong_answers).values(
    approval_id=bindparam("approval"),
    answer=bindparam("jws"),
    assertion=bindparam("asserted"),
    at=bindparam("now"),
)

_END = (
    update(approvals)
    .where(approvals.c.id == bindparam("approval_id"), approvals.c.state == "open")
    .values(
        state=bindparam("new_state"),
        ended_at=bindparam("now"),
        answer=bindparam("jws"),
        assertion=bindparam("asserted"),
    )
)

_VOIDABLE = select(approvals.c.id, approvals.c.device_id).where(
    or_(
        approvals.c.state == "open",
        (approvals.c.state == "approved") & (approvals.c.claimed_by.is_(None)),
    ),
)
_VOIDABLE_OF_DEVICE = _VOIDABLE.where(*OF_DEVICE)
_VOIDABLE_OF_ACCOUNT = _VOIDABLE.where(approvals.c.account_id == bindparam("account_id"))
_VOID = (
    update(approvals)
    .where(approvals.c.id == bindparam("approval_id"))
    .values(state="void", ended_at=bindparam("now"))
)

_PHONE_OF_ACCOUNT = select(devices.c.id).where(
    devices.c.account_id == bindparam("account_id"), devices.c.retired_at.is_(None)
)

_RUN_OUT = (
    select(
        approvals.c.id,
        approvals.c.account_id,
        approvals.c.client,
        approvals.c.origin,
        approvals.c.uncounted,
        approvals.c.expires_at,
    )
    .where(
        approvals.c.state == literal_column("'open'"), approvals.c.expires_at <= bindparam("now")
    )
    .order_by(approvals.c.expires_at)
    .limit(bindparam("most"))
)
_EXPIRE = (
    update(approvals)
    .where(approvals.c.id == bindparam("approval_id"), approvals.c.state == "open")
    .values(state="expired", ended_at=approvals.c.expires_at)
)
_COUNT_NONE = (
    update(approvals).where(approvals.c.state == literal_column("'open'")).values(uncounted=1)
)

_OTHERS = select(approval_others.c.origin).where(
    approval_others.c.approval_id == bindparam("approval_id")
)
_ADD_OTHER = insert(approval_others).prefix_with("OR IGNORE", dialect="sqlite")


def answer(
    session: Session,
    approval_id: str,
    device_id: str,
    decision: Decision,
    number: str | None,
    jws: str,
    now: float,
    asserted: Asserted | None = None,
    *,
    tries: int = WRONG_NUMBERS,
    defence: Defence = DEFAULT,
) -> AnswerVerdict:
    """
    Take a verified answer, if its request is open and its device and account are still good.

    *number* is what the person typed, looked at only for `approve` where a number is asked; *jws*
    is the answer as it was received, and is kept, as is *asserted*, which only `approve` needs, and
    only where the request wants the person verified; *tries* is which wrong number closes the
    request. What it says of the person's standing (`proxy.login.fatigue`) is counted with it.
    """
    row = one(session, approval_id)
    if row is None or row["device_id"] != device_id:
        return "gone"
    if row["state"] in _ANSWERED:
        return "answered"
    if row["state"] != "open" or row["expires_at"] <= now or not is_good(row):
        return "gone"
    if decision != "approve" or not row["verify_user"]:
        asserted = None
    elif asserted is None:
        return "not-verified"
    number_is_wrong = row["number"] is not None and not _is_number(row, number)
    if decision == "approve" and number_is_wrong and number is None:
        return "missing-number"
    if asserted is not None and not passkeys.use(session, device_id, asserted.sign_count):
        return "copied-passkey"
    text = None if asserted is None else asserted.text
    if decision == "approve" and number_is_wrong:
        session.run(_COUNT_WRONG, approval_id=approval_id, tries=tries, now=now)
        session.run(_KEEP_WRONG, approval=approval_id, jws=jws, asserted=text, now=now)
        if row["wrong_numbers"] + 1 >= tries:
            _tell(session, approval_id, device_id, now)
            _count(session, row, "deny", defence, now)
        return "wrong-number"
    _end(session, approval_id, _STATE_OF[decision], now, jws, text)
    _tell(session, approval_id, device_id, now)
    _count(session, row, decision, defence, now)
    return "stored"


def _count(session: Session, row: Row, decision: Decision, defence: Defence, now: float) -> None:
    """Count what an answer says of its person's standing; *row* is of `one`."""
    if decision != "approve":
        failed(session, row, _COUNTS_AS[decision], defence, now)
    elif row["counted"]:
        fatigue.approve(session, row["account_id"], row["client"])


def withdraw(session: Session, approval_id: str, now: float) -> None:
    """Take an open request off its phone; one that has ended stays as it is."""
    row = one(session, approval_id)
    if row is not None and row["state"] == "open":
        _end(session, approval_id, "withdrawn", now, None, None)
        _tell(session, approval_id, row["device_id"], now)


def give_up(session: Session, approval_id: str, defence: Defence, now: float) -> None:
    """Take an open request off its phone; it counts as unanswered: its login failed otherwise."""
    row = one(session, approval_id)
    if row is None or row["state"] != "open":
        return
    _end(session, approval_id, "given-up", now, None, None)
    _tell(session, approval_id, row["device_id"], now)
    failed(session, row, "unanswered", defence, now)


def failed(session: Session, row: Row, end: PushEnd, defence: Defence, now: float) -> None:
    """
    Count a push that was refused or not answered.

    Where that blocks push, what is open is void, and it is told: to the person, to whoever runs
    this. *row* has `account_id`, `client` and `origin`.
    """
    account_id, client, origin = row["account_id"], row["client"], row["origin"]
    blocked = fatigue.count(session, account_id, client, end, defence, now)
    if end == "reported":
        announcements.alert(session, account_id, "push-reported", client, origin, now)
    elif blocked:
        announcements.alert(session, account_id, "push-blocked", client, origin, now)
    else:
        return
    void_of_account(session, account_id, now)


def expire(session: Session, row: Row, defence: Defence, now: float) -> None:
    """
    End a request whose time is over, and count it, unless nobody could be sure to answer it.

    *row* has `id`, `account_id`, `client`, `origin`, `uncounted` and `expires_at`, which is its
    end, however late that is noticed.
    """
    if session.run(_EXPIRE, approval_id=row["id"]) and not row["uncounted"]:
        at = min(now, row["expires_at"])
        failed(session, row, "unanswered", defence, at)


def expire_some(session: Session, most: int, defence: Defence, now: float) -> int:
    """End the requests whose time is over, the longest over first; give how many."""
    found = session.rows(_RUN_OUT, now=now, most=most)
    for row in found:
        expire(session, row, defence, now)
    return len(found)


def count_none(session: Session) -> None:
    """Count no request that is open now if it runs out: until now, nobody heard answers here."""
    session.run(_COUNT_NONE)


def add_other(session: Session, approval_id: str, device_id: str, origin: str, now: float) -> None:
    """Show the origin of a login that has to wait beside the request that it waits for."""
    if session.run(_ADD_OTHER, approval_id=approval_id, origin=origin, at=now):
        notices.tell(session, "inbox-changed", device_id, now)


def others_of(session: Session, approval_id: str) -> list[str]:
    """Give the other origins that a request shows."""
    return [row["origin"] for row in session.rows(_OTHERS, approval_id=approval_id)]


def void_of_device(session: Session, device_id: str, now: float) -> None:
    """Make a phone's open and late approvals void."""
    for row in session.rows(_VOIDABLE_OF_DEVICE, device_id=device_id):
        session.run(_VOID, approval_id=row["id"], now=now)
        _tell(session, row["id"], row["device_id"], now)


def void_of_account(session: Session, account_id: int, now: float) -> None:
    """Make an account's open and late approvals void, and end its phone's polls."""
    phone = session.row(_PHONE_OF_ACCOUNT, account_id=account_id)
    if phone is not None:
        notices.tell(session, "inbox-changed", phone["id"], now)
    for row in session.rows(_VOIDABLE_OF_ACCOUNT, account_id=account_id):
        session.run(_VOID, approval_id=row["id"], now=now)
        _tell(session, row["id"], row["device_id"], now)


def _is_number(row: Row, typed: str | None) -> bool:
    return typed is not None and compare_digest(row["number"].encode(), typed.encode())


def _end(
    session: Session,
    approval_id: str,
    state: str,
    now: float,
    jws: str | None,
    asserted: str | None,
) -> None:
    session.run(_END, approval_id=approval_id, new_state=state, now=now, jws=jws, asserted=asserted)


def _tell(session: Session, approval_id: str, device_id: str, now: float) -> None:
    notices.tell(session, "approval-ended", approval_id, now)
    notices.tell(session, "inbox-changed", device_id, now)
