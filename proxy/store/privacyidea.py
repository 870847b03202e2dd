"""
Phones with the privacyIDEA Authenticator: invited, rolled out, then activated by a signed poll.

A roll-out is not signed, so it enrols nothing: it only keeps the phone's public key until the first
poll that the key has signed. That poll makes it the account's phone and retires the one before, in
one transaction. What is not activated in the invitation's time is forgotten.
"""

import json
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import bindparam, insert, select, update

from proxy.accounts.device import Candidate, Device, Enrolled, EnrolmentRefusal
from proxy.factors import pipush
from proxy.factors.rsa_keys import RsaPublicKey, RsaSigningKey
from proxy.sealing import MasterKey
from proxy.store import devices, invitations, sealed
from proxy.store.schema import privacyidea_keys, privacyidea_tokens
from proxy.store.session import Session

_KEY_ID: Final = 1
_KEY = select(privacyidea_keys).where(privacyidea_keys.c.id == bindparam("of_id"))
_ADD_KEY = insert(privacyidea_keys)
_ONE = privacyidea_tokens.c.serial == bindparam("of_serial")
_TOKEN = select(privacyidea_tokens).where(_ONE)
_BY_DEVICE = select(privacyidea_tokens.c.serial).where(
    privacyidea_tokens.c.device_id == bindparam("of_device")
)
_ADD = insert(privacyidea_tokens)
_ROLL_OUT = (
    update(privacyidea_tokens)
    .where(_ONE)
    .values(public_jwk=bindparam("jwk"), roll_out=bindparam("form"))
)
_ACTIVATE = update(privacyidea_tokens).where(_ONE).values(device_id=bindparam("of_device"))

RollOut = Literal["done", "refused"]
"""`refused`: unknown, over, used, or another key came before: never told apart."""


class NoServerKey(Exception):  # noqa: N818 - it names what was found
    """The key that such phones know the server by was not made yet."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What the QR code of an invitation holds."""

    serial: str
    credential: str


@dataclass(frozen=True, slots=True)
class Token:
    """A phone that has rolled out."""

    serial: str
    key: RsaPublicKey
    device: Device | None
    """None: no signed poll came yet."""


def has_key(session: Session) -> bool:
    """Say whether the server's key was made."""
    return session.row(_KEY, of_id=_KEY_ID) is not None


def keep_key(session: Session, master: MasterKey, key: RsaSigningKey, now: float) -> None:
    """Keep the server's key, unless another process was first."""
    if has_key(session):
        return
    private = sealed.seal(session, master, sealed.PRIVACYIDEA_KEYS, _KEY_ID, key.to_pkcs8())
    session.run(_ADD_KEY, id=_KEY_ID, sealed_private=private, created_at=now)


def server_key(session: Session, master: MasterKey) -> RsaSigningKey:
    """
    Give the server's key.

    Raises:
        NoServerKey: there is none. NotSealed: another master key sealed it.
    """
    row = session.row(_KEY, of_id=_KEY_ID)
    if row is None:
        raise NoServerKey("no invitation was ever made for this app")
    return RsaSigningKey.from_pkcs8(
        sealed.unseal(session, master, sealed.PRIVACYIDEA_KEYS, _KEY_ID, row["sealed_private"])
    )


class ServerKey:
    """The server's key, opened once."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master
        self._key: RsaSigningKey | None = None

    def key(self, session: Session) -> RsaSigningKey:
        """Give the key; raises as `server_key`."""
        if self._key is None:
            self._key = server_key(session, self._master)
        return self._key


def invite(
    session: Session, master: MasterKey, account_id: int, *, replace: bool, ttl: float, now: float
) -> Invited:
    """
    Make the one good invitation of an account, for this app.

    Raises:
        HasDevice: the person has a phone and *replace* is not set.
        NoServerKey: `keep_key` comes first.
    """
    if not has_key(session):
        raise NoServerKey("a key comes first")
    present = devices.active(session, account_id)
    if present is not None and not replace:
        raise devices.HasDevice(present)
    invited = Invited(pipush.new_serial(), pipush.new_credential())
    invitation_id = invitations.make(
        session,
        master,
        account_id,
        invited.credential,
        replaces=replace,
        expires_at=now + ttl,
        now=now,
    )
    session.run(
        _ADD,
        serial=invited.serial,
        invitation_id=invitation_id,
        public_jwk=None,
        roll_out=None,
        device_id=None,
        expires_at=now + ttl,
    )
    return invited


def roll_out(
    session: Session,
    master: MasterKey,
    serial: str,
    credential: str,
    key: RsaPublicKey,
    form: str,
    now: float,
) -> RollOut:
    """
    Keep the key of a phone that has the invitation's credential.

    The same key again changes nothing. *form* is what it sent, as received, and is kept.
    """
    row = session.row(_TOKEN, of_serial=serial)
    invitation = invitations.find_good(session, master, credential, now)
    if row is None or invitation is None or row["invitation_id"] != invitation.id:
        return "refused"
    if row["public_jwk"] is not None:
        return "done" if row["public_jwk"] == key.to_text() else "refused"
    if devices.find(session, key.thumbprint) is not None:
        return "refused"
    session.run(_ROLL_OUT, of_serial=serial, jwk=key.to_text(), form=form)
    return "done"


def find(session: Session, serial: str, now: float) -> Token | None:
    """Find a phone that has rolled out, a retired one too; None: none, or its time is over."""
    row = session.row(_TOKEN, of_serial=serial)
    if row is None or row["public_jwk"] is None:
        return None
    device = None
    if row["device_id"] is not None:
        device = devices.find(session, row["device_id"])
    elif row["expires_at"] <= now:
        return None
    return Token(serial, RsaPublicKey.parse_text(row["public_jwk"]), device)


def serial_of(session: Session, device_id: str) -> str:
    """Give the name that an activated phone has in its app."""
    row = session.row(_BY_DEVICE, of_device=device_id)
    assert row is not None
    serial: str = row["serial"]
    return serial


def activate(session: Session, serial: str, poll: str, now: float) -> Enrolled | EnrolmentRefusal:
    """
    Make a phone that has signed its first poll the account's; the one before is retired.

    *poll* is that poll's query, as received: with the roll-out it is the proof of enrolment.
    """
    row = session.row(_TOKEN, of_serial=serial)
    if row is None or row["public_jwk"] is None or row["device_id"] is not None:
        return "bad-invitation"
    invitation = invitations.still_good(session, row["invitation_id"], now)
    if invitation is None:
        return "bad-invitation"
    key = RsaPublicKey.parse_text(row["public_jwk"])
    candidate = Candidate(
        id=key.thumbprint,
        public_jwk=row["public_jwk"],
        name=pipush.NAME,
        proof=json.dumps({"roll_out": row["roll_out"], "poll": poll}),
        kind="privacyidea",
    )
    enrolled = devices.add(session, invitation, candidate, now)
    if isinstance(enrolled, Enrolled):
        session.run(_ACTIVATE, of_serial=serial, of_device=candidate.id)
    return enrolled
