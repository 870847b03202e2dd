"""
What is deleted by age: rows that nothing can ask for any more. What ended by itself is counted.

Records, approvals, devices and accounts are kept. A little at a time, so that the logins that wait
for the writer do not notice.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Column, Delete, bindparam, delete, select
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.accounts.throttle import LONGEST_WINDOW
from proxy.deadlines import Timer
from proxy.errors import Unavailable
from proxy.login.fatigue import DEFAULT, Defence
from proxy.store import approvals
from proxy.store.engine import Store
from proxy.store.schema import (
    announcements,
    approval_requests,
    notices,
    parked_logins,
    pending_totp,
    privacyidea_tokens,
    remembered,
    shield_failures,
    used_proofs,
    web_sessions,
    web_sign_ins,
)
from proxy.store.session import Session

PARKED_KEPT: Final = 600.0
"""Seconds after its end that a parked login still tells an old answer from an unknown State."""
REQUESTS_KEPT: Final = 24 * 3600.0
"""Seconds in which no push is sent twice for one Request Authenticator."""
NOTICES_KEPT: Final = 600.0
"""Seconds; a process that looks less often than this has other troubles."""
SESSIONS_KEPT: Final = 24 * 3600.0
"""Seconds after its end that a session's row keeps its login from opening another."""
ANNOUNCEMENTS_KEPT: Final = 7 * 24 * 3600.0
"""Seconds after which nobody asks what was told by mail."""
FAILURES_KEPT: Final = LONGEST_WINDOW
"""Seconds in which a failed bind may count."""
ROWS_AT_ONCE: Final = 50
"""Of each table: less than a millisecond of the loop."""
TIDY_EVERY: Final = 15.0


def _oldest(key: Column[Any], at: Column[float]) -> Delete:
    old = select(key).where(at < bindparam("before")).order_by(at).limit(ROWS_AT_ONCE)
    return delete(key.table).where(key.in_(old))


_PARKED = _oldest(parked_logins.c.state, parked_logins.c.expires_at)
_PROOFS = _oldest(used_proofs.c.proof_digest, used_proofs.c.expires_at)
_REQUESTS = _oldest(approval_requests.c.request_digest, approval_requests.c.at)
_NOTICES = _oldest(notices.c.id, notices.c.at)
_TOKENS = delete(privacyidea_tokens).where(
    privacyidea_tokens.c.serial.in_(
        select(privacyidea_tokens.c.serial)
        .where(
            privacyidea_tokens.c.device_id.is_(None),
            privacyidea_tokens.c.expires_at < bindparam("before"),
        )
        .order_by(privacyidea_tokens.c.expires_at)
        .limit(ROWS_AT_ONCE)
    )
)
_PENDING_SEEDS = _oldest(pending_totp.c.device_id, pending_totp.c.expires_at)
_SESSIONS = _oldest(web_sessions.c.id_digest, web_sessions.c.ends_at)
_SIGN_INS = _oldest(web_sign_ins.c.id_digest, web_sign_ins.c.expires_at)
_ANNOUNCEMENTS = _oldest(announcements.c.id, announcements.c.at)
_REMEMBERED = _oldest(remembered.c.id, remembered.c.until)
_FAILURES = _oldest(shield_failures.c.id, shield_failures.c.at)


def prune(session: Session, now: float) -> bool:
    """Delete the oldest of what has had its time; say whether there may be more."""
    deleted = (
        session.run(_PARKED, before=now - PARKED_KEPT),
        session.run(_PROOFS, before=now),
        session.run(_REQUESTS, before=now - REQUESTS_KEPT),
        session.run(_NOTICES, before=now - NOTICES_KEPT),
        session.run(_PENDING_SEEDS, before=now),
        session.run(_TOKENS, before=now),
        session.run(_SESSIONS, before=now - SESSIONS_KEPT),
        session.run(_SIGN_INS, before=now),
        session.run(_ANNOUNCEMENTS, before=now - ANNOUNCEMENTS_KEPT),
        session.run(_REMEMBERED, before=now),
        session.run(_FAILURES, before=now - FAILURES_KEPT),
    )
    return max(deleted) >= ROWS_AT_ONCE


class Housekeeping:
    """Prunes in the daemon, again and again."""

    _log = Logger()

    def __init__(
        self, store: Store, clock: Timer, defence: Callable[[], Defence] = lambda: DEFAULT
    ) -> None:
        self._store = store
        self._clock = clock
        self._defence = defence
        self._tidying = LoopingCall(lambda: Deferred.fromCoroutine(self._tidy()))
        self._tidying.clock = clock  # type: ignore[assignment]  # declared as a whole reactor

    def start(self) -> None:
        """Begin, at once."""
        self._tidying.start(TIDY_EVERY)

    def stop(self) -> None:
        """Begin no more."""
        if self._tidying.running:
            self._tidying.stop()

    async def _tidy(self) -> None:
        try:
            while await self._store.write(self._one_turn):
                pass
        except Unavailable as error:
            self._log.error("what is old cannot be deleted now: {error}", error=error)

    def _one_turn(self, session: Session) -> bool:
        now = self._clock.seconds()
        ended = approvals.expire_some(session, ROWS_AT_ONCE, self._defence(), now)
        return prune(session, now) or ended >= ROWS_AT_ONCE
