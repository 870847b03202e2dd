"""Subscriptions for the push room: each method is one transaction, or one look."""

from typing import Final

from twisted.internet.defer import Deferred

from proxy.deadlines import Timer
from proxy.factors.jwk import SigningKey
from proxy.factors.subscription import WakeUp
from proxy.sealing import MasterKey
from proxy.store import push_keys, subscriptions
from proxy.store.engine import Store

LAST_NOTICE_LIVES: Final = 24 * 3600.0
"""Seconds in which a phone that was retired is told so: people see their phone once a day."""


class StoredPushes:
    """What one store knows of waking phones."""

    def __init__(self, store: Store, master: MasterKey, timer: Timer) -> None:
        self._store = store
        self._master = master
        self._timer = timer

    def key(self) -> SigningKey | None:
        """Give the key that push services know this server by; None: no phone asked for it yet."""
        return self._store.read(lambda session: push_keys.signing_key(session, self._master))

    def wake_up(self, approval_id: str) -> tuple[str, WakeUp] | None:
        """Give the phone that an open request is to wake and the message; None: there is none."""
        now = self._timer.seconds()
        return self._store.read(lambda session: subscriptions.wake_up(session, approval_id, now))

    def untold(self) -> list[str]:
        """Give phones that were retired and not told."""
        return self._store.read(subscriptions.untold)

    def take_last(self, device_id: str) -> Deferred[WakeUp | None]:
        """Take, once, the message to a phone that was retired."""
        now = self._timer.seconds()
        return self._store.write(
            lambda session: subscriptions.take_last(session, device_id, now, LAST_NOTICE_LIVES)
        )

    def forget(self, device_id: str, endpoint: str) -> Deferred[bool]:
        """Drop a subscription that its service does not know any more."""
        return self._store.write(lambda session: subscriptions.forget(session, device_id, endpoint))
