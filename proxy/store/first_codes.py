"""
Recovery codes that a phone gets just after its enrolment: only where the account has none.

Later, and where there are some, a person or an admin proves more than that they hold a phone.
"""

from typing import Final, Literal

from twisted.internet.defer import Deferred

from proxy.accounts.device import Device
from proxy.sealing import MasterKey
from proxy.store import accounts, announcements, devices, recovery
from proxy.store.engine import Store
from proxy.store.session import Session
from proxy.store.stored_phones import Clock

JUST_ENROLLED: Final = 600.0
"""Seconds after the enrolment: time to read a page and fetch a pen."""

FirstCodesRefusal = Literal["not-enrolled", "too-late", "has-codes"]


class FirstCodes:
    """Issues the first set of codes; each method is one transaction, or one look."""

    def __init__(self, store: Store, master: MasterKey, clock: Clock) -> None:
        self._store = store
        self._master = master
        self._clock = clock

    def may_have(self, device: Device) -> bool:
        """Say whether this phone would get codes now."""
        now = self._clock.seconds()
        return self._store.read(lambda session: _refusal(session, device.id, now) is None)

    def issue(self, device_id: str) -> Deferred[list[str] | FirstCodesRefusal]:
        """Make the codes, in groups as they are printed, or say why not."""
        now = self._clock.seconds()

        def job(session: Session) -> list[str] | FirstCodesRefusal:
            refusal = _refusal(session, device_id, now)
            if refusal is not None:
                return refusal
            device = devices.find(session, device_id)
            assert device is not None
            announcements.add(session, device.account_id, "recovery-issued", "", now)
            return recovery.issue(session, self._master, device.account_id, now)

        return self._store.write(job)


def _refusal(session: Session, device_id: str, now: float) -> FirstCodesRefusal | None:
    device = devices.find(session, device_id)
    if device is None or device.retired_at is not None or not device.account_good:
        return "not-enrolled"
    if now - device.enrolled_at > JUST_ENROLLED:
        return "too-late"
    if accounts.enrolments(session, device.account_id).has("recovery"):
        return "has-codes"
    return None
