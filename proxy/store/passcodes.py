"""
The Passcodes port: a code is checked, counted and used up in one transaction.

The same attempt, repeated after a crash, gets the same verdict and is counted once. A code that was
used by another attempt is a wrong code like any other.
"""

from twisted.internet.defer import Deferred

from proxy.accounts.lockout import LOCKED, waits_until
from proxy.deadlines import Timer
from proxy.factors.totp import matching_step
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeAccepted, PasscodeRefused
from proxy.sealing import MasterKey
from proxy.store import accounts, recovery, totp
from proxy.store.engine import Store
from proxy.store.session import Session

Verdict = PasscodeAccepted | PasscodeRefused


class StoredPasscodes:
    """
    The codes of one store.

    Args:
        window_steps: TOTP steps on either side of the present one whose codes are accepted.
    """

    def __init__(self, store: Store, master: MasterKey, timer: Timer, window_steps: int) -> None:
        self._store = store
        self._master = master
        self._timer = timer
        self._window_steps = window_steps

    def check(self, question: CheckPasscode) -> Deferred[Verdict]:
        """Check, count and use up a code; fires once that is durable."""
        now = self._timer.seconds()
        return self._store.write(
            lambda session: check(session, self._master, question, self._window_steps, now)
        )


def check(
    session: Session, master: MasterKey, question: CheckPasscode, window_steps: int, now: float
) -> Verdict:
    """Check a code of an account that is good; during a wait it is not looked at."""
    account_id, kind = question.account_id, question.kind
    account = accounts.by_id(session, account_id)
    if account is None or account.account.blocked is not None:
        return PasscodeRefused(kind, "not-enrolled")
    failures = totp.failures(session, account_id)
    until = waits_until(failures.count, failures.last_failed_at)
    if until == LOCKED:
        return PasscodeRefused(kind, "locked")
    if until is not None and now < until:
        return PasscodeRefused(kind, "waiting")
    look = _look_at_totp if kind == "totp" else _look_at_recovery
    verdict = look(session, master, question, window_steps, now)
    if isinstance(verdict, PasscodeAccepted):
        totp.unlock(session, account_id)
    elif verdict.reason != "not-enrolled":
        totp.count_failure(session, account_id, question.attempt, now)
    return verdict


def _look_at_totp(
    session: Session, master: MasterKey, question: CheckPasscode, window_steps: int, now: float
) -> Verdict:
    found = totp.find(session, master, question.account_id)
    if found is None:
        return PasscodeRefused("totp", "not-enrolled")
    if found.last_attempt == question.attempt:
        return PasscodeAccepted("totp")
    step = matching_step(found.seed, question.code.reveal(), now, window_steps)
    if step is None:
        return PasscodeRefused("totp", "wrong")
    if found.last_step is not None and step <= found.last_step:
        return PasscodeRefused("totp", "used")
    totp.use_step(session, question.account_id, step, question.attempt)
    return PasscodeAccepted("totp")


def _look_at_recovery(
    session: Session,
    master: MasterKey,
    question: CheckPasscode,
    window_steps: int,  # noqa: ARG001 - the same signature as for TOTP
    now: float,
) -> Verdict:
    found = recovery.find(session, master, question.account_id, question.code)
    if found is None:
        return PasscodeRefused("recovery", "wrong")
    if found["used_at"] is not None:
        if found["used_attempt"] == question.attempt:
            return PasscodeAccepted("recovery")
        return PasscodeRefused("recovery", "used")
    recovery.use(session, found["id"], question.attempt, now)
    return PasscodeAccepted("recovery")
