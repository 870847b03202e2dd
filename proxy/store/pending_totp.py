"""
TOTP that a phone's app enrols: it waits for its first code, then is the account's own.

What waits belongs to the phone that began it, is sealed, and is good for ten minutes and a few
tries; a second beginning ends the first. An account that has TOTP gives it up only for a code of
it, which is checked like any other, and only if it is still the same when the new one is confirmed.
Wrong codes that are counted stay counted, whatever is enrolled.
"""

from hashlib import sha256
from typing import Final, Literal

from sqlalchemy import bindparam, delete, insert, select, update

from proxy.accounts.device import Device
from proxy.factors.totp import TotpSeed, matching_step, new_seed
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeRefused
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import announcements, devices, passcodes, sealed, totp
from proxy.store.schema import pending_totp
from proxy.store.session import Row, Session

LIFETIME: Final = 600.0
"""Seconds in which the first code must come."""
TRIES: Final = 5
"""Wrong first codes that end it: whoever has the seed needs one."""

BeginRefusal = Literal["gone", "already-enrolled", "code-wrong"]
"""`gone`: the phone or its account is not good any more. `code-wrong`: the code of the old one is
wrong, used, or not looked at because of a wait: never told apart."""
Confirmation = Literal["enrolled", "gone", "nothing-begun", "already-enrolled", "code-wrong"]
"""`already-enrolled`: meanwhile the account got another seed."""

_OF_DEVICE = pending_totp.c.device_id == bindparam("of_device")
_FIND = select(pending_totp).where(_OF_DEVICE, pending_totp.c.expires_at > bindparam("now"))
_FORGET = delete(pending_totp).where(_OF_DEVICE)
_ADD = insert(pending_totp)
_COUNT = update(pending_totp).where(_OF_DEVICE).values(tries=pending_totp.c.tries + 1)


def begin(
    session: Session,
    master: MasterKey,
    device_id: str,
    old_code: Secret | None,
    attempt: str,
    window_steps: int,
    now: float,
) -> TotpSeed | BeginRefusal:
    """
    Make a seed that waits for its first code.

    Args:
        old_code: a code of the seed that the account has, which the new one is to replace; None: it
            is to replace none. Not looked at where the account has none.
        attempt: names the check of that code, as in `CheckPasscode`.
    """
    device = _good(session, device_id)
    if device is None:
        return "gone"
    replaces = totp.present_digest(session, device.account_id)
    if replaces is not None:
        if old_code is None:
            return "already-enrolled"
        question = CheckPasscode(device.account_id, "totp", old_code, attempt)
        verdict = passcodes.check(session, master, question, window_steps, now)
        if isinstance(verdict, PasscodeRefused):
            return "code-wrong"
    seed = new_seed()
    session.run(_FORGET, of_device=device_id)
    session.run(
        _ADD,
        device_id=device_id,
        sealed_seed=sealed.seal(session, master, sealed.PENDING_SEEDS, device_id, seed.secret),
        replaces=replaces,
        tries=0,
        expires_at=now + LIFETIME,
    )
    return seed


def confirm(
    session: Session,
    master: MasterKey,
    device_id: str,
    code: Secret,
    window_steps: int,
    now: float,
) -> Confirmation:
    """
    Make what waits the account's TOTP, by its first code, whose step is used up.

    The same code again, from a phone that missed the answer, gets the same answer.
    """
    device = _good(session, device_id)
    if device is None:
        return "gone"
    account_id, attempt = device.account_id, _attempt(device_id, code)
    row = session.row(_FIND, of_device=device_id, now=now)
    if row is None:
        again = totp.was_used_by(session, account_id, attempt)
        return "enrolled" if again else "nothing-begun"
    if totp.present_digest(session, account_id) != row["replaces"]:
        session.run(_FORGET, of_device=device_id)
        return "already-enrolled"
    seed = TotpSeed(
        sealed.unseal(session, master, sealed.PENDING_SEEDS, device_id, row["sealed_seed"])
    )
    step = matching_step(seed, code.reveal(), now, window_steps)
    if step is None:
        _count(session, row)
        return "code-wrong"
    session.run(_FORGET, of_device=device_id)
    totp.enroll(session, master, account_id, seed, now, device_id)
    totp.use_step(session, account_id, step, attempt)
    announcements.add(session, account_id, "totp-enrolled", "", now)
    return "enrolled"


def _good(session: Session, device_id: str) -> Device | None:
    device = devices.find(session, device_id)
    if device is None or device.retired_at is not None or not device.account_good:
        return None
    return device


def _count(session: Session, row: Row) -> None:
    if row["tries"] + 1 >= TRIES:
        session.run(_FORGET, of_device=row["device_id"])
    else:
        session.run(_COUNT, of_device=row["device_id"])


def _attempt(device_id: str, code: Secret) -> str:
    return "first code " + sha256(device_id.encode() + b" " + code.reveal()).hexdigest()
