"""
The Passcodes port: a code is checked, counted and used up in one transaction.

The same attempt, repeated after a crash, gets the same verdict and is counted once. During a wait
no code is looked at. A code that another attempt has used is a wrong code like any other: whoever
replays what was seen over a shoulder is counted.
"""

from collections.abc import Callable

from sqlalchemy import bindparam, select
from twisted.internet.defer import Deferred

from proxy.accounts.lockout import LOCKED, waits_until
from proxy.deadlines import Timer
from proxy.factors.totp import matching_step
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeAccepted, PasscodeRefused
from proxy.sealing import MasterKey
from proxy.store import places, recovery, totp, wrong_codes
from proxy.store.engine import Store
from proxy.store.schema import accounts, known_places, passcode_failures
from proxy.store.schema import totp as totp_table
from proxy.store.session import Row, Session
from proxy.store.wrong_codes import NO_FAILURES, Failures

Verdict = PasscodeAccepted | PasscodeRefused

_GOOD_ACCOUNT = (
    select(
        totp_table,
        passcode_failures.c.failures,
        passcode_failures.c.last_failed_at,
        passcode_failures.c.last_attempt.label("failed_attempt"),
        known_places.c.at.label("known_since"),
    )
    .select_from(
        accounts.outerjoin(totp_table, totp_table.c.account_id == accounts.c.id)
        .outerjoin(passcode_failures, passcode_failures.c.account_id == accounts.c.id)
        .outerjoin(known_places, places.is_client(accounts.c.id, "at_client"))
    )
    .where(
        accounts.c.id == bindparam("account"),
        accounts.c.blocked_at.is_(None),
        accounts.c.stranger_id.is_(None),
        accounts.c.set_aside_at.is_(None),
    )
)


class StoredPasscodes:
    """
    The codes of one store.

    Args:
        window_steps: TOTP steps on either side of the present one whose codes are accepted.
        country_of: gives the country of a caller; None: it is not known.
    """

    def __init__(
        self,
        store: Store,
        master: MasterKey,
        timer: Timer,
        window_steps: int,
        country_of: Callable[[str | None], str | None] = lambda _: None,
    ) -> None:
        self._store = store
        self._master = master
        self._timer = timer
        self.window_steps = window_steps
        """May be changed at any time."""
        self._country_of = country_of

    def check(self, question: CheckPasscode) -> Deferred[Verdict]:
        """Check, count and use up a code; fires once that is durable."""
        now = self._timer.seconds()
        country = None if question.login is None else self._country_of(question.login.caller)
        return self._store.write(
            lambda session: check(session, self._master, question, self.window_steps, now, country)
        )


def check(
    session: Session,
    master: MasterKey,
    question: CheckPasscode,
    window_steps: int,
    now: float,
    country: str | None = None,
) -> Verdict:
    """
    Check a code; an account that is blocked by now has none.

    *country* is the caller's, which is remembered where the code lets in; None: not known.
    Where nobody has proved the password, the row of failures is looked at and stays as it is.
    """
    login = question.login
    at_client = "" if login is None else login.client.name
    row = session.row(_GOOD_ACCOUNT, account=question.account_id, at_client=at_client)
    if row is None:
        return PasscodeRefused(question.kind, "not-enrolled")
    before = _failures(row)
    verdict = _verdict_of_same_attempt(session, row, before, question)
    verdict = verdict or _wait(before, question, now)
    if verdict is not None:
        return verdict
    if question.kind == "totp":
        verdict = _look_at_totp(session, master, row, question, window_steps, now)
    else:
        verdict = _look_at_recovery(session, master, question, now)
    if question.unproved:
        return verdict
    if isinstance(verdict, PasscodeAccepted):
        if before.count:
            wrong_codes.forget(session, question.account_id)
        if login is not None and (row["known_since"] is None or country is not None):
            places.remember(session, question.account_id, at_client, country, now)
    elif verdict.reason != "not-enrolled":
        wrong_codes.count(session, question.account_id, before, question.attempt, now)
    return verdict


def _failures(row: Row) -> Failures:
    if row["failures"] is None:
        return NO_FAILURES
    return Failures(row["failures"], row["last_failed_at"], row["failed_attempt"])


def _verdict_of_same_attempt(
    session: Session, row: Row, before: Failures, question: CheckPasscode
) -> Verdict | None:
    if before.last_attempt == question.attempt:
        return PasscodeRefused(question.kind, "wrong")
    if question.kind == "totp":
        used = row["sealed_seed"] is not None and row["last_attempt"] == question.attempt
    else:
        used = recovery.was_used_by(session, question.account_id, question.attempt)
    return PasscodeAccepted(question.kind) if used else None


def _wait(before: Failures, question: CheckPasscode, now: float) -> PasscodeRefused | None:
    until = waits_until(before.count, before.last_failed_at)
    if until == LOCKED:
        return PasscodeRefused(question.kind, "locked")
    if until is not None and now < until:
        return PasscodeRefused(question.kind, "waiting")
    return None


def _look_at_totp(
    session: Session,
    master: MasterKey,
    row: Row,
    question: CheckPasscode,
    window_steps: int,
    now: float,
) -> Verdict:
    if row["sealed_seed"] is None:
        return PasscodeRefused("totp", "not-enrolled")
    seed = totp.open_seed(session, master, row)
    step = matching_step(seed, question.code.reveal(), now, window_steps)
    if step is None:
        return PasscodeRefused("totp", "wrong")
    if row["last_step"] is not None and step <= row["last_step"]:
        return PasscodeRefused("totp", "used")
    totp.use_step(session, question.account_id, step, question.attempt)
    return PasscodeAccepted("totp")


def _look_at_recovery(
    session: Session, master: MasterKey, question: CheckPasscode, now: float
) -> Verdict:
    found = recovery.find(session, master, question.account_id, question.code)
    if found is None:
        return PasscodeRefused("recovery", "wrong")
    if found["used_at"] is not None:
        return PasscodeRefused("recovery", "used")
    recovery.use(session, found["id"], question.attempt, now)
    return PasscodeAccepted("recovery")
