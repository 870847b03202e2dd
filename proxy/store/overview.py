"""What an admin is shown of one account: enrolments, counters, what blocks the person now."""

from dataclasses import dataclass

from sqlalchemy import bindparam

from proxy.accounts.account import Account, Enrolments
from proxy.accounts.lockout import LOCKED, is_waiting, waits_until
from proxy.store.accounts import ACCOUNTS, listed
from proxy.store.schema import accounts, devices, passcode_failures, totp
from proxy.store.session import Session

_ONE = (
    ACCOUNTS.add_columns(
        accounts.c.created_at,
        devices.c.name.label("device_name"),
        totp.c.enrolled_at.label("totp_enrolled_at"),
        passcode_failures.c.failures,
        passcode_failures.c.last_failed_at,
    )
    .outerjoin(passcode_failures, passcode_failures.c.account_id == accounts.c.id)
    .where(accounts.c.id == bindparam("account_id"))
)


@dataclass(frozen=True, slots=True)
class Overview:
    """An account as an admin sees it."""

    account: Account
    enrolments: Enrolments
    created_at: float
    stable_id: str | None
    stranger_id: str | None
    """Another stable id that was seen under this name; an admin must decide."""
    device_name: str | None
    totp_enrolled_at: float | None
    failures: int
    """Wrong codes in a row."""
    waits_until: float | None
    """Before then no code is looked at; None: codes are looked at, or `locked`."""
    locked: bool
    """No code is looked at until an admin unlocks the account."""


def overview(session: Session, account_id: int, now: float) -> Overview | None:
    """Show an account; None where there is none or it was set aside."""
    row = session.row(_ONE, account_id=account_id)
    if row is None:
        return None
    found = listed(row)
    failures, last_failed_at = row["failures"] or 0, row["last_failed_at"] or 0.0
    until = waits_until(failures, last_failed_at)
    locked = until == LOCKED
    waiting = not locked and is_waiting(failures, last_failed_at, now)
    return Overview(
        account=found.account,
        enrolments=found.enrolments,
        created_at=row["created_at"],
        stable_id=found.stable_id,
        stranger_id=found.stranger_id,
        device_name=row["device_name"],
        totp_enrolled_at=row["totp_enrolled_at"],
        failures=failures,
        waits_until=until if waiting else None,
        locked=locked,
    )
