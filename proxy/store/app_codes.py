"""TOTP in the app, for the web door: each method is one transaction, or one look."""

import secrets
from typing import Protocol

from twisted.internet.defer import Deferred

from proxy.accounts.device import Device
from proxy.factors.totp import TotpSeed
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import pending_totp, totp
from proxy.store.engine import Store
from proxy.store.pending_totp import BeginRefusal, Confirmation


class Clock(Protocol):
    """The time."""

    def seconds(self) -> float:
        """Give the time in seconds since the epoch."""


class Window(Protocol):
    """How far a clock may be off, as it is configured now."""

    window_steps: int


class StoredAppCodes:
    """The seeds that phones' apps enrol in one store."""

    def __init__(self, store: Store, master: MasterKey, clock: Clock, window: Window) -> None:
        self._store = store
        self._master = master
        self._clock = clock
        self._window = window

    def enrolled(self, device: Device) -> bool:
        """Say whether the account of a phone has TOTP, of whatever app."""
        return self._store.read(
            lambda session: totp.present_digest(session, device.account_id) is not None
        )

    def are_here(self, device: Device) -> bool:
        """Say whether it is this phone's app that makes the account's codes."""
        return self._store.read(lambda session: totp.is_in_app_of(session, device.id))

    def begin(self, device_id: str, old_code: Secret | None) -> Deferred[TotpSeed | BeginRefusal]:
        """Make a seed that waits for its first code; *old_code* is of the one that it replaces."""
        now, attempt = self._clock.seconds(), f"old code {secrets.token_hex(16)}"
        return self._store.write(
            lambda session: pending_totp.begin(
                session, self._master, device_id, old_code, attempt, self._window.window_steps, now
            )
        )

    def confirm(self, device_id: str, code: Secret) -> Deferred[Confirmation]:
        """Make what waits the account's TOTP, by its first code."""
        now = self._clock.seconds()
        return self._store.write(
            lambda session: pending_totp.confirm(
                session, self._master, device_id, code, self._window.window_steps, now
            )
        )
