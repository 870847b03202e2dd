"""
What one process tells the others: an approval was answered, a phone was retired.

A notice is a row, written in the transaction whose news it is, so it is told if and only if that
happened. It says that something changed, never what: the listener reads. The daemon's board looks
for new ones, its own among them; to look is one search by key, which costs less than to ask whether
it is worth it.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from sqlalchemy import bindparam, func, insert, select
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.deadlines import Timer
from proxy.store.engine import Store, StoreUnavailable
from proxy.store.schema import notices
from proxy.store.session import Row, Session

LOOK_EVERY: Final = 0.2
"""Seconds; whoever has just approved on a phone does not notice it."""

_TELL = insert(notices).values(
    at=bindparam("now"), kind=bindparam("kind"), subject=bindparam("subject")
)
_SINCE = (
    select(notices.c.id, notices.c.kind, notices.c.subject)
    .where(notices.c.id > bindparam("last_id"))
    .order_by(notices.c.id)
)
_NEWEST = select(func.max(notices.c.id).label("id"))


def tell(session: Session, kind: str, subject: str, now: float) -> None:
    """Tell every process, once this transaction is committed."""
    session.insert(_TELL, kind=kind, subject=subject, now=now)


def since(session: Session, last_id: int) -> list[Row]:
    """Give the notices after *last_id*, oldest first: id, kind, subject."""
    return session.rows(_SINCE, last_id=last_id)


def newest(session: Session) -> int:
    """Give the id of the newest notice; 0: there is none."""
    row = session.row(_NEWEST)
    return 0 if row is None else row["id"] or 0


Listener = Callable[[str], object]


class NoticeBoard:
    """Calls who listens, with the subject of each new notice."""

    _log = Logger()

    def __init__(self, store: Store, clock: Timer, *, interval: float = LOOK_EVERY) -> None:
        self._store = store
        self._interval = interval
        self._listeners: dict[str, list[Listener]] = defaultdict(list)
        self._last_id = 0
        self._blind = False
        self._looking = LoopingCall(self.look)
        self._looking.clock = clock  # type: ignore[assignment]  # declared as a whole reactor

    def on(self, kind: str, listener: Listener) -> None:
        """Call *listener* for each notice of this kind from now on."""
        self._listeners[kind].append(listener)

    def start(self) -> None:
        """Begin with what is told from now on. Raises StoreUnavailable."""
        self._last_id = self._store.read(newest)
        self._looking.start(self._interval, now=False)

    def stop(self) -> None:
        """Call nobody any more."""
        if self._looking.running:
            self._looking.stop()

    def look(self) -> None:
        """Call who listens for what is new; whoever has just told something need not wait."""
        try:
            rows = self._store.read(lambda session: since(session, self._last_id))
        except StoreUnavailable as error:
            if not self._blind:
                self._log.error("notices cannot be read: {error}", error=error)
            self._blind = True
            return
        self._blind = False
        for row in rows:
            self._last_id = row["id"]
            for listener in self._listeners.get(row["kind"], ()):
                self._call(listener, row["subject"])

    def _call(self, listener: Listener, subject: str) -> None:
        try:
            listener(subject)
        except Exception:  # noqa: BLE001 - a listener's bug; the others are still told
            self._log.failure("a listener failed")
