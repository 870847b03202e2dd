"""
Phones: one a person, each named by the thumbprint of its key, which is never enrolled twice.

A phone comes in by an invitation, in one transaction. A retired one stays in the table for ever: it
proves whose key answered what.
"""

from sqlalchemy import bindparam, func, insert, select, update

from proxy.accounts import enrolment
from proxy.accounts.announcement import AnnouncementKind
from proxy.accounts.device import (
    Candidate,
    Device,
    Enrolled,
    EnrolmentRefusal,
    RetiredReason,
    Unenrolment,
)
from proxy.factors.approval import shown_text
from proxy.sealing import MasterKey
from proxy.store import (
    accounts,
    announcements,
    approvals,
    invitations,
    notices,
    passkeys,
    subscriptions,
    totp,
    web_sessions,
)
from proxy.store.invitations import Invitation
from proxy.store.schema import accounts as accounts_table
from proxy.store.schema import devices
from proxy.store.schema import passkeys as passkeys_table
from proxy.store.session import Row, Session

UNNAMED = "phone"
"""The name of a phone that told none."""

_DEVICES = select(
    devices,
    accounts_table.c.directory,
    accounts_table.c.user_name,
    accounts_table.c.blocked_at,
    accounts_table.c.stranger_id,
    accounts_table.c.set_aside_at,
    passkeys_table.c.credential_id,
    passkeys_table.c.public_key,
    passkeys_table.c.sign_count,
    passkeys_table.c.synced,
    passkeys_table.c.only,
).select_from(
    devices.join(accounts_table).outerjoin(
        passkeys_table, passkeys_table.c.device_id == devices.c.id
    )
)
_BY_ID = _DEVICES.where(devices.c.id == bindparam("device_id"))
_ACTIVE_OF_ACCOUNT = _DEVICES.where(devices.c.account_id == bindparam("account_id")).where(
    devices.c.retired_at.is_(None)
)
_OF_ACCOUNT = _DEVICES.where(devices.c.account_id == bindparam("account_id")).order_by(
    devices.c.enrolled_at, devices.c.id
)
_ALL = _DEVICES.order_by(
    accounts_table.c.directory, accounts_table.c.user_name, devices.c.enrolled_at, devices.c.id
)
_COUNT = select(func.count().label("number")).where(
    devices.c.retired_at.is_(None), devices.c.kind == "app"
)
_ADD = insert(devices)
_RETIRE = (
    update(devices)
    .where(devices.c.id == bindparam("device_id"))
    .where(devices.c.retired_at.is_(None))
    .values(retired_at=bindparam("now"), retired_reason=bindparam("reason"))
)


class HasDevice(Exception):  # noqa: N818 - it names what was found
    """The person has a phone, and the invitation was not to replace it."""

    def __init__(self, device: Device) -> None:
        super().__init__(f"{device.user_name} has a phone: {device.name} ({device.id})")
        self.device = device


def find(session: Session, device_id: str) -> Device | None:
    """Find a phone by its key's thumbprint, retired ones too."""
    row = session.row(_BY_ID, device_id=device_id)
    return _device(row) if row else None


def active(session: Session, account_id: int) -> Device | None:
    """Find the phone that a person has now."""
    row = session.row(_ACTIVE_OF_ACCOUNT, account_id=account_id)
    return _device(row) if row else None


def list_devices(session: Session, account_id: int | None) -> list[Device]:
    """List the phones of one account, or of all (None), retired ones too."""
    if account_id is None:
        return [_device(row) for row in session.rows(_ALL)]
    return [_device(row) for row in session.rows(_OF_ACCOUNT, account_id=account_id)]


def count(session: Session) -> int:
    """Count the phones that are enrolled and speak our own API."""
    row = session.row(_COUNT)
    assert row is not None
    found: int = row["number"]
    return found


def invite(
    session: Session, master: MasterKey, account_id: int, *, replace: bool, ttl: float, now: float
) -> str:
    """
    Make the one good invitation of an account; give its code.

    Raises:
        HasDevice: the person has a phone and *replace* is not set.
    """
    present = active(session, account_id)
    if present is not None and not replace:
        raise HasDevice(present)
    code = enrolment.make_code()
    invitations.make(
        session, master, account_id, code, replaces=replace, expires_at=now + ttl, now=now
    )
    return code


def enrol(
    session: Session, master: MasterKey, code: str, candidate: Candidate, now: float
) -> Enrolled | EnrolmentRefusal:
    """
    Enrol a phone by the code of an invitation (in its normal form), and use the invitation up.

    A refusal changes nothing.
    """
    invitation = invitations.find_good(session, master, code, now)
    if invitation is None:
        return "bad-invitation"
    return add(session, invitation, candidate, now)


def add(
    session: Session, invitation: Invitation, candidate: Candidate, now: float
) -> Enrolled | EnrolmentRefusal:
    """Enrol a phone by an invitation that is good now; a refusal changes nothing."""
    new = candidate.passkey
    if find(session, candidate.id) is not None:
        return "already-enrolled"
    if new is not None and passkeys.is_known(session, new.passkey.credential_id):
        return "already-enrolled"
    present = active(session, invitation.account_id)
    if present is not None and not invitation.replaces:
        return "has-device"
    if present is not None:
        retire(session, present.id, "replaced", now)
    name = shown_text(candidate.name).strip() or UNNAMED
    invitations.use(session, invitation.id, now)
    session.run(
        _ADD,
        id=candidate.id,
        kind=candidate.kind,
        account_id=invitation.account_id,
        name=name,
        public_jwk=candidate.public_jwk,
        invitation_id=invitation.id,
        enrolment_proof=candidate.proof,
        enrolled_at=now,
        retired_at=None,
        retired_reason=None,
    )
    if new is not None:
        passkeys.add(session, candidate.id, new)
    kind: AnnouncementKind = "phone-enrolled" if present is None else "phone-replaced"
    announcements.add(session, invitation.account_id, kind, name, now)
    return Enrolled(
        device_id=candidate.id,
        account_name=invitation.account_name,
        replaced=present.id if present else None,
    )


def retire(session: Session, device_id: str, reason: RetiredReason, now: float) -> bool:
    """
    End a phone for good: its open and late approvals are void, its polls and its app's codes end.

    The sessions of browsers that it let in end too; where it was revoked, all of that person.

    False: there is no such phone, or it is retired already.
    """
    if not session.run(_RETIRE, device_id=device_id, reason=reason, now=now):
        return False
    approvals.void_of_device(session, device_id, now)
    subscriptions.end(session, device_id, last_notice=reason != "unenrolled")
    totp.remove_from_app_of(session, device_id)
    notices.tell(session, "device-retired", device_id, now)
    device = find(session, device_id)
    assert device is not None
    if reason == "revoked":
        web_sessions.end_others(session, device.account_id, b"", now)
    else:
        web_sessions.end_by_phone(session, device.account_id, now)
    if reason != "replaced":
        announcements.add(session, device.account_id, "phone-removed", device.name, now)
    return True


def unenrol(session: Session, device_id: str, now: float) -> Unenrolment:
    """Retire a phone as its person wishes, unless it is the account's last factor."""
    device = find(session, device_id)
    if device is None or device.retired_at is not None:
        return "not-enrolled"
    enrolments = accounts.enrolments(session, device.account_id)
    codes_stay = enrolments.has("totp") and not totp.is_in_app_of(session, device_id)
    if not (codes_stay or enrolments.has("recovery")):
        return "last-factor"
    retire(session, device_id, "unenrolled", now)
    return "retired"


def _device(row: Row) -> Device:
    return Device(
        id=row["id"],
        account_id=row["account_id"],
        directory=row["directory"],
        user_name=row["user_name"],
        name=row["name"],
        public_jwk=row["public_jwk"],
        enrolled_at=row["enrolled_at"],
        retired_at=row["retired_at"],
        retired_reason=row["retired_reason"],
        account_good=(row["blocked_at"], row["stranger_id"], row["set_aside_at"])
        == (None, None, None),
        passkey=passkeys.of_row(row),
        kind=row["kind"],
    )
