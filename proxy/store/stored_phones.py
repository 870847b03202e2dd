"""What every kind of phone has of the store: a proof used up, and the requests that are open."""

from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.internet.defer import Deferred

from proxy.login.fatigue import DEFAULT, Defence
from proxy.sealing import MasterKey
from proxy.store import open_approvals, used_proofs
from proxy.store.engine import Store
from proxy.store.open_approvals import OpenApproval


class Clock(Protocol):
    """The time."""

    def seconds(self) -> float:
        """Give the time in seconds since the epoch."""


class StoredPhones:
    """The phones of one store, whatever they run."""

    def __init__(
        self,
        store: Store,
        master: MasterKey,
        clock: Clock,
        defence: Callable[[], Defence] = lambda: DEFAULT,
    ) -> None:
        self._store = store
        self._master = master
        self._clock = clock
        self._defence = defence

    def use_proof(self, digest: bytes, expires_at: float) -> Deferred[bool]:
        """Use a signed proof up. False: it was used before."""
        return self._store.write(lambda session: used_proofs.use_proof(session, digest, expires_at))

    def open_approvals(self, device_id: str) -> Sequence[OpenApproval]:
        """Give the requests that a phone can answer now."""
        now = self._clock.seconds()
        return self._store.read(lambda session: open_approvals.on_device(session, device_id, now))
