"""
Logins that are remembered, so that their second factor serves again (`proxy.login.remembering`).

A row is made when the password was right and nothing was remembered: with what the person has
enrolled then, and what shows when the password was changed last. It begins to count when that very
login passes its second factor, in the transaction of its record. Whatever is enrolled or removed
later, and every report, is seen by comparison when somebody asks; so nothing that changes an
enrolment has to think of it. Another password ends what began before it at once, in the first login
that shows it. The caller is kept as a keyed digest, with some of its last digits for
people to know it by; a new master key ends all.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from sqlalchemy import Column, ScalarSelect, bindparam, delete, func, insert, select, update

from proxy.accounts.account import Person
from proxy.deadlines import Timer
from proxy.errors import PeerError, Unavailable
from proxy.login.actions import RecallSecondFactor
from proxy.login.events import SecondFactorNotRecalled, SecondFactorRecalled
from proxy.login.remembering import MOST, PENDING, Passed, Remembered, Standing, holds, serves
from proxy.sealing import keyed_digest
from proxy.store.database import StoreUnavailable
from proxy.store.engine import Store
from proxy.store.schema import (
    accounts,
    approvals,
    devices,
    login_reports,
    recovery_codes,
    remembered,
    totp,
)
from proxy.store.session import Row, Session

Verdict = SecondFactorRecalled | SecondFactorNotRecalled
PasswordMark = Callable[[Person], Awaitable[bytes]]
"""Gives what a directory shows of a person's last change of password. Raises Unavailable."""

_REPORTED: Final = (
    select(func.max(approvals.c.ended_at))
    .where(approvals.c.account_id == accounts.c.id, approvals.c.state == "reported")
    .scalar_subquery()
)
_REPORTED_LATER: Final = (
    select(func.max(login_reports.c.at))
    .where(login_reports.c.account_id == accounts.c.id)
    .scalar_subquery()
)


def _last(at: Column[float], account_id: Column[int]) -> ScalarSelect[float]:
    """Find when something happened to an account last."""
    return select(func.max(at)).where(account_id == accounts.c.id).scalar_subquery()


_CHANGED: Final = (
    _last(devices.c.enrolled_at, devices.c.account_id).label("phone_came"),
    _last(devices.c.retired_at, devices.c.account_id).label("phone_went"),
    totp.c.enrolled_at.label("app_came"),
    totp.c.sealed_seed.is_(None).label("app_went"),
    _last(recovery_codes.c.issued_at, recovery_codes.c.account_id).label("sheet_came"),
    _last(recovery_codes.c.ended_at, recovery_codes.c.account_id).label("sheet_went"),
)
"""When a second factor came or went last. Each only grows, and what went stays in its table, so
that nothing can come and go unseen."""
_STANDING: Final = (
    select(*_CHANGED, _REPORTED.label("reported_at"), _REPORTED_LATER.label("reported_later_at"))
    .select_from(accounts.outerjoin(totp, totp.c.account_id == accounts.c.id))
    .where(
        accounts.c.id == bindparam("of_account"),
        accounts.c.blocked_at.is_(None),
        accounts.c.stranger_id.is_(None),
        accounts.c.set_aside_at.is_(None),
    )
)
_OF_ACCOUNT: Final = remembered.c.account_id == bindparam("of_account")
_THERE: Final = (
    select(remembered)
    .where(
        _OF_ACCOUNT,
        remembered.c.place_digest == bindparam("place"),
        remembered.c.passed_at.is_not(None),
    )
    .order_by(remembered.c.passed_at.desc(), remembered.c.id.desc())
)
_ALL: Final = (
    select(remembered)
    .where(_OF_ACCOUNT, remembered.c.passed_at.is_not(None), remembered.c.until > bindparam("now"))
    .order_by(remembered.c.passed_at.desc(), remembered.c.id.desc())
)
_START: Final = insert(remembered).values(
    {column.name: bindparam(column.name) for column in remembered.c if column.name != "id"}
)
_PASS: Final = (
    update(remembered)
    .where(remembered.c.login_id == bindparam("of_login"), remembered.c.passed_at.is_(None))
    .values(
        passed_at=bindparam("now"),
        until=bindparam("ends_at"),
        factor=bindparam("by_factor"),
        number=bindparam("with_number"),
        verified=bindparam("with_assertion"),
    )
)
_ONE: Final = select(remembered).where(remembered.c.login_id == bindparam("of_login"))
_OLDER: Final = delete(remembered).where(
    _OF_ACCOUNT,
    remembered.c.place_digest == bindparam("place"),
    remembered.c.passed_at.is_not(None),
    remembered.c.login_id != bindparam("of_login"),
)
_ANOTHER_PASSWORD: Final = delete(remembered).where(
    _OF_ACCOUNT, remembered.c.password_mark != bindparam("mark")
)
_USE: Final = (
    update(remembered)
    .where(remembered.c.login_id == bindparam("of_login"))
    .values(used_at=bindparam("now"))
)
_PENDING: Final = remembered.c.passed_at.is_(None)
_NEWEST: Final = select(remembered.c.id).where(_OF_ACCOUNT)
_TOO_MANY_PENDING: Final = delete(remembered).where(
    _OF_ACCOUNT,
    _PENDING,
    remembered.c.id.not_in(
        _NEWEST.where(_PENDING).order_by(remembered.c.started_at.desc()).limit(MOST)
    ),
)
_TOO_MANY: Final = delete(remembered).where(
    _OF_ACCOUNT,
    remembered.c.passed_at.is_not(None),
    remembered.c.id.not_in(
        _NEWEST.where(remembered.c.passed_at.is_not(None))
        .order_by(remembered.c.passed_at.desc(), remembered.c.id.desc())
        .limit(MOST)
    ),
)
_FORGET_ALL: Final = delete(remembered).where(_OF_ACCOUNT)
_FORGET_ONE: Final = delete(remembered).where(
    _OF_ACCOUNT, remembered.c.id == bindparam("one_id"), remembered.c.passed_at.is_not(None)
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A remembered login, for people."""

    id: int
    client: str
    """Where the second factor was passed."""
    caller: str
    """So much of it that its owner knows it: `**:**:**:**:5e:1a`, `198.51.*.*`."""
    factor: str
    passed_at: float
    until: float
    used_at: float | None
    """When it let in last; None: never."""


def recall(
    session: Session, question: RecallSecondFactor, place: bytes, mark: bytes, now: float
) -> Verdict:
    """
    Find what serves a login; where nothing does, get ready to remember it.

    Args:
        place: the digest of client group and caller.
        mark: the digest of what shows when the password was changed last.
    """
    row = session.row(_STANDING, of_account=question.account_id)
    if row is None:
        return SecondFactorNotRecalled("blocked")
    session.run(_ANOTHER_PASSWORD, of_account=question.account_id, mark=mark)
    standing = _standing(row, mark)
    for found in session.rows(_THERE, of_account=question.account_id, place=place):
        one = _remembered(found)
        if holds(one, standing, now) and serves(one, question, now):
            session.run(_USE, of_login=found["login_id"], now=now)
            return SecondFactorRecalled(found["login_id"], one.passed.factor, one.passed_at)
    session.run(
        _START,
        account_id=question.account_id,
        place_digest=place,
        login_id=question.login_id,
        client=question.client,
        caller=shown_caller(question.caller),
        enrolled=standing.enrolled,
        password_mark=mark,
        started_at=now,
        passed_at=None,
        until=now + PENDING,
        factor=None,
        number=0,
        verified=0,
        used_at=None,
    )
    session.run(_TOO_MANY_PENDING, of_account=question.account_id)
    return SecondFactorNotRecalled("none" if question.factors else "own-code")


def recall_resumed(
    session: Session, question: RecallSecondFactor, place: bytes, proved_at: float, now: float
) -> Verdict:
    """
    Find what serves whoever resumes a session, and has proved no password now.

    A change of password is seen if a later login has shown it, for then that login has deleted
    what began before it (`recall`).

    Args:
        proved_at: when the login that the session is from had passed.
    """
    found = _resumable(session, question, place, proved_at, now)
    if found is None:
        return SecondFactorNotRecalled("none")
    session.run(_USE, of_login=found["login_id"], now=now)
    return SecondFactorRecalled(found["login_id"], found["factor"], found["passed_at"])


def _resumable(
    session: Session, question: RecallSecondFactor, place: bytes, proved_at: float, now: float
) -> Row | None:
    row = session.row(_STANDING, of_account=question.account_id)
    if row is None:
        return None
    for found in session.rows(_THERE, of_account=question.account_id, place=place):
        one, standing = _remembered(found), _standing(row, found["password_mark"])
        began_before = one.started_at <= proved_at
        if began_before and holds(one, standing, now) and serves(one, question, now):
            return found
    return None


def remember(session: Session, passed: Passed, now: float) -> None:
    """Let a login count that was got ready and passed its second factor; at its place, it alone."""
    counted = session.run(
        _PASS,
        of_login=passed.login_id,
        now=now,
        ends_at=passed.until,
        by_factor=passed.factor,
        with_number=int(passed.number),
        with_assertion=int(passed.verified),
    )
    row = session.row(_ONE, of_login=passed.login_id) if counted else None
    if row is not None:
        session.run(
            _OLDER,
            of_account=row["account_id"],
            place=row["place_digest"],
            of_login=passed.login_id,
        )
        session.run(_TOO_MANY, of_account=row["account_id"])


def listed(session: Session, account_id: int, now: float) -> list[Listed]:
    """
    Give what is remembered of a person and has not ended, the newest first.

    A change of password is not looked for here: the directory is not asked.
    """
    row = session.row(_STANDING, of_account=account_id)
    if row is None:
        return []
    rows = session.rows(_ALL, of_account=account_id, now=now)
    return [
        _listed(found)
        for found in rows
        if holds(_remembered(found), _standing(row, found["password_mark"]), now)
    ]


def forget(session: Session, account_id: int, remembered_id: int | None = None) -> int:
    """Forget one, or all of a person, those that are about to be remembered too; give how many."""
    if remembered_id is not None:
        return session.run(_FORGET_ONE, of_account=account_id, one_id=remembered_id)
    return session.run(_FORGET_ALL, of_account=account_id)


def shown_caller(caller: str) -> str:
    """
    Give so much of a caller that its owner knows it, and nobody else has it.

    Of a MAC address the last two octets, of an IP address its first half.
    """
    try:
        address = ip_address(caller)
    except ValueError:
        return f"**:**:**:**:{caller[-4:-2]}:{caller[-2:]}"
    if address.version == 4:
        first, second, *_ = str(address).split(".")
        return f"{first}.{second}.*.*"
    return ":".join(address.exploded.split(":")[:4]) + ":*"


def _standing(row: Row, mark: bytes) -> Standing:
    reports = [at for at in (row["reported_at"], row["reported_later_at"]) if at is not None]
    enrolled = " ".join(str(row[column.name]) for column in _CHANGED)
    return Standing(enrolled, mark, max(reports, default=None))


def _remembered(row: Row) -> Remembered:
    return Remembered(
        passed=Passed(
            row["login_id"], row["factor"], bool(row["number"]), bool(row["verified"]), row["until"]
        ),
        started_at=row["started_at"],
        passed_at=row["passed_at"],
        enrolled=row["enrolled"],
        password_mark=row["password_mark"],
    )


def _listed(row: Row) -> Listed:
    return Listed(
        row["id"],
        row["client"],
        row["caller"],
        row["factor"],
        row["passed_at"],
        row["until"],
        row["used_at"],
    )


class StoredRemembered:
    """
    The Remembered port.

    Args:
        key: 32 octets, for the digests of callers and of what shows a change of password.
        password_mark: asks the directory of a person; asked after the password proved right, so
            that a change is seen as early as can be.
    """

    def __init__(self, store: Store, timer: Timer, key: bytes, password_mark: PasswordMark) -> None:
        self._store = store
        self._timer = timer
        self._key = key
        self._password_mark = password_mark

    async def recall(self, question: RecallSecondFactor) -> Verdict:
        """Find what serves a login, durably; a directory that says nothing has it ask anew."""
        place, proved_at = self._place(question), question.proved_at
        if proved_at is not None:
            return await self._store.write(
                lambda session: recall_resumed(
                    session, question, place, proved_at, self._timer.seconds()
                )
            )
        try:
            shown = await self._password_mark(question.person)
        except (Unavailable, PeerError):
            return SecondFactorNotRecalled("directory-unavailable")
        mark = keyed_digest(self._key, b"password", shown)
        now = self._timer.seconds()
        return await self._store.write(lambda session: recall(session, question, place, mark, now))

    def still_serves(self, question: RecallSecondFactor) -> bool:
        """Say whether something serves whoever resumes a session; a store that is down says no."""
        place, proved_at, now = self._place(question), question.proved_at, self._timer.seconds()
        if proved_at is None:
            return False
        try:
            return self._store.read(
                lambda session: _resumable(session, question, place, proved_at, now) is not None
            )
        except StoreUnavailable:
            return False

    def _place(self, question: RecallSecondFactor) -> bytes:
        parts = [question.group.encode(), question.caller.encode()]
        if question.ssid is not None:
            parts.append(question.ssid.encode())
        return keyed_digest(self._key, b"place", *parts)
