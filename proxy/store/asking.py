"""
Approval requests in the store, for the login's side: opened, joined, claimed.

The rules are `proxy.login.asking`; each function here is one transaction of them.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from proxy.factors import pipush
from proxy.login.actions import AskApproval, ClaimApproval
from proxy.login.asking import Join, KnownApproval, Refuse, choose
from proxy.login.events import (
    ApprovalAsked,
    ApprovalClaimed,
    ApprovalLost,
    ApprovalNotAsked,
)
from proxy.login.fatigue import DEFAULT, MOST_REPLACED, Defence, waits_until
from proxy.login.places import Precaution, precaution
from proxy.store import approvals as answers
from proxy.store import fatigue, notices, places, privacyidea
from proxy.store.open_approvals import is_good, one
from proxy.store.places import is_client
from proxy.store.schema import (
    approval_requests,
    approvals,
    devices,
    known_places,
    parked_logins,
    passkeys,
    push_standings,
    push_waits,
)
from proxy.store.session import Row, Session

NUMBER_LIFETIME = 300.0
"""Seconds that a request with a number can be answered: as long as the State of its login."""
OTHERS_SHOWN = 4
"""Other origins that one request shows at most."""


@dataclass(frozen=True, slots=True)
class NewApproval:
    """A request that is about to be signed and kept."""

    id: str
    account_name: str
    device_id: str
    client: str
    origin: str
    nonce: str
    number: str | None
    created_at: float
    expires_at: float
    verify_user: bool
    first_time: bool = False
    """The person never logged in there before."""
    country: str | None = None
    """Of the caller; two letters."""
    serial: str | None = None
    """The name that the phone has in the privacyIDEA Authenticator; None: it speaks our own API."""


Sign = Callable[[NewApproval], str]
"""Gives the signed request of a new approval, as every poll will deliver it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says of approval requests."""

    sign: Sign
    lifetime: float
    """Seconds that a request without a number can be answered."""
    late: float
    """Seconds after its answer in which an approval serves a retry."""
    may_open: bool
    """False: too many are open."""
    synced_passkeys: bool = True
    """Passkeys that a cloud account may carry elsewhere serve."""
    defence: Defence = DEFAULT
    country: str | None = None
    """Of the caller; None: not known."""


_DEVICE = (
    select(
        devices.c.id,
        devices.c.kind,
        passkeys.c.device_id.is_not(None).label("has_passkey"),
        passkeys.c.synced,
        passkeys.c.only,
        push_standings.c.account_id.label("counted"),
        push_waits.c.failures.label("failures_here"),
        push_waits.c.last_failed_at.label("last_failed_here"),
        known_places.c.at.label("known_since"),
    )
    .select_from(
        devices.outerjoin(passkeys, passkeys.c.device_id == devices.c.id)
        .outerjoin(push_standings, push_standings.c.account_id == devices.c.account_id)
        .outerjoin(
            push_waits,
            (push_waits.c.account_id == devices.c.account_id)
            & (push_waits.c.client == bindparam("at_client")),
        )
        .outerjoin(known_places, is_client(devices.c.account_id, "at_client"))
    )
    .where(devices.c.account_id == bindparam("account_id"), devices.c.retired_at.is_(None))
)

_USABLE = select(
    approvals.c.id,
    approvals.c.device_id,
    approvals.c.login_id,
    approvals.c.client,
    approvals.c.caller,
    approvals.c.origin,
    approvals.c.join_digest,
    approvals.c.number,
    approvals.c.verify_user,
    approvals.c.created_at,
    approvals.c.expires_at,
    approvals.c.ended_at,
    approvals.c.first_id,
    approvals.c.uncounted,
    approvals.c.account_id,
).where(
    approvals.c.account_id == bindparam("account_id"),
    or_(
        approvals.c.state == "open",
        and_(
            approvals.c.state == "approved",
            approvals.c.claimed_by.is_(None),
            approvals.c.number.is_(None),
            approvals.c.ended_at >= bindparam("late_since"),
        ),
    ),
)

_SAME_PACKET = select(approval_requests.c.approval_id).where(
    approval_requests.c.request_digest == bindparam("request_digest")
)
_KEEP_PACKET = insert(approval_requests).prefix_with("OR IGNORE", dialect="sqlite")
_OWN = (
    update(approvals)
    .where(approvals.c.id == bindparam("approval_id"))
    .values(login_id=bindparam("owner"))
)
_INSERT = insert(approvals)
_REPLACED = select(func.count().label("number")).where(
    approvals.c.account_id == bindparam("account_id"),
    approvals.c.state == "withdrawn",
    or_(approvals.c.id == bindparam("first"), approvals.c.first_id == bindparam("first")),
)
_KILL_STATES = (
    update(parked_logins)
    .where(parked_logins.c.login_id == bindparam("replaced"), parked_logins.c.dead_at.is_(None))
    .values(dead_at=bindparam("now"))
)
_CLAIM = (
    update(approvals)
    .where(approvals.c.id == bindparam("approval_id"))
    .values(claimed_by=bindparam("login"), claimed_at=bindparam("now"))
)


def ask(
    session: Session, question: AskApproval, terms: Terms, now: float
) -> ApprovalAsked | ApprovalNotAsked:
    """Find or make the request that serves a login."""
    login = question.login
    rows = _usable(session, question.account_id, terms, now)
    device = session.row(_DEVICE, account_id=question.account_id, at_client=login.client.name)
    if device is None or not _can_answer(device, question, terms):
        return ApprovalNotAsked("no-device")
    can_type = device["kind"] == "app" or question.picking
    if question.number_digits and not can_type:
        return ApprovalNotAsked("no-way-to-ask")
    place = _place(session, question, device, terms)
    digits = question.number_digits
    if place.precaution == "number":
        digits = question.digits_where_new
    by_id = {row["id"]: row for row in rows}
    packet = session.row(_SAME_PACKET, request_digest=login.request_digest)
    choice = choose(
        login,
        number=digits > 0,
        verify_user=question.verify_user,
        usable=[_known(row) for row in rows],
        same_packet=None if packet is None else packet["approval_id"],
    )
    if isinstance(choice, Refuse):
        for approval in choice.seen_by:
            _show_other(session, by_id[approval.id], login.origin, now)
        return ApprovalNotAsked(choice.reason)
    if isinstance(choice, Join):
        found = by_id[choice.approval.id]
        session.run(_OWN, approval_id=found["id"], owner=login.login_id)
        _keep_packet(session, found["id"], question, now)
        return ApprovalAsked(found["id"], found["number"], found["expires_at"], joined=True)
    if not terms.may_open:
        return ApprovalNotAsked("too-many-pending")
    replaced = [by_id[approval.id] for approval in choice.replaced]
    wearing = _why_not(session, question.account_id, device, replaced, terms.defence, now)
    wearing = wearing or _NEW_PLACE[place.precaution]
    if wearing is not None:
        return wearing
    first_id = None
    for row in replaced:
        first_id = first_id or _first_of(row)
        answers.withdraw(session, row["id"], now)
        session.run(_KILL_STATES, replaced=row["login_id"], now=now)
    opening = _Opening(device, digits, place, first_id)
    return _open(session, question, opening, terms, now)


def _usable(session: Session, account_id: int, terms: Terms, now: float) -> list[Row]:
    """Give the account's requests that may serve; those whose time is over end here at the last."""
    late_since = now - terms.late
    rows = session.rows(_USABLE, account_id=account_id, late_since=late_since)
    over = [row for row in rows if row["ended_at"] is None and row["expires_at"] <= now]
    if not over:
        return rows
    for row in sorted(over, key=itemgetter("expires_at")):
        answers.expire(session, row, terms.defence, now)
    return session.rows(_USABLE, account_id=account_id, late_since=late_since)


def _why_not(
    session: Session,
    account_id: int,
    device: Row,
    replaced: Sequence[Row],
    defence: Defence,
    now: float,
) -> ApprovalNotAsked | None:
    """Say why no push is sent to a person who may be worn down by it; None: it may be sent."""
    if defence.quiet is not None and defence.quiet.hold(now):
        until = defence.quiet.until(now)
        return ApprovalNotAsked("quiet-hours", None if until is None else until - now)
    if device["counted"] is not None and fatigue.of_account(session, account_id).is_blocked:
        return ApprovalNotAsked("push-blocked")
    if device["failures_here"] is not None:
        until = waits_until(device["failures_here"], device["last_failed_here"], defence)
        if until is not None and now < until:
            return ApprovalNotAsked("waiting", until - now)
    for row in replaced:
        before = session.row(_REPLACED, account_id=account_id, first=_first_of(row))
        if before is not None and before["number"] >= MOST_REPLACED:
            return ApprovalNotAsked("waiting", row["expires_at"] - now)
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """What is to be thought of where a login comes from."""

    precaution: Precaution
    new_client: bool
    new_country: str | None
    """One that is to be remembered if this login passes; the first one too."""


_NEW_PLACE: Final[dict[Precaution, ApprovalNotAsked | None]] = {
    "none": None,
    "tell": None,
    "number": None,
    "code": ApprovalNotAsked("new-place"),
}
_KNOWN_PLACE: Final = _Place("none", new_client=False, new_country=None)


def _place(session: Session, question: AskApproval, device: Row, terms: Terms) -> _Place:
    new_client, country = device["known_since"] is None, terms.country
    if not new_client and country is None:
        return _KNOWN_PLACE
    countries = places.known(session, question.account_id, "country") if country else []
    new_country = country is not None and country not in {place for place, _ in countries}
    can_type = device["kind"] == "app" or question.picking
    found = precaution(
        terms.defence.places,
        new_client=new_client,
        new_country=new_country and bool(countries),
        numbered=question.number_digits > 0,
        can_number=question.digits_where_new > 0 and can_type,
    )
    return _Place(found, new_client, country if new_country else None)


def _first_of(row: Row) -> str:
    """Name a row of requests, each of which replaced the one before, by its first."""
    first: str = row["first_id"] or row["id"]
    return first


def _verifies(device: Row, question: AskApproval) -> bool:
    """Say whether the phone must verify its person: the policy wants it, or it can nothing else."""
    return question.verify_user or bool(device["only"])


def _can_answer(device: Row, question: AskApproval, terms: Terms) -> bool:
    if not _verifies(device, question):
        return True
    return bool(device["has_passkey"]) and (terms.synced_passkeys or not device["synced"])


@dataclass(frozen=True, slots=True)
class _Opening:
    """What was found of a request that is to be made."""

    device: Row
    digits: int
    place: _Place
    first_id: str | None


def _open(
    session: Session, question: AskApproval, opening: _Opening, terms: Terms, now: float
) -> ApprovalAsked:
    login, device, digits, place = question.login, opening.device, opening.digits, opening.place
    device_id = device["id"]
    serial = None if device["kind"] == "app" else privacyidea.serial_of(session, device_id)
    number = f"{secrets.randbelow(10**digits):0{digits}d}" if digits else None
    press = number is not None and serial is not None
    if press:
        number = pipush.new_number()
    new = NewApproval(
        id=secrets.token_hex(16),
        account_name=question.account_name,
        device_id=device_id,
        client=login.client.name,
        origin=login.origin,
        nonce=secrets.token_urlsafe(32),
        number=number,
        created_at=now,
        expires_at=now + (terms.lifetime if number is None else NUMBER_LIFETIME),
        verify_user=_verifies(device, question),
        first_time=place.precaution != "none",
        country=terms.country,
        serial=serial,
    )
    session.run(
        _INSERT,
        id=new.id,
        account_id=question.account_id,
        device_id=device_id,
        login_id=login.login_id,
        client=new.client,
        caller=login.caller,
        origin=new.origin,
        join_digest=login.join_digest,
        nonce=new.nonce,
        number=number,
        verify_user=int(new.verify_user),
        request=terms.sign(new),
        created_at=now,
        expires_at=new.expires_at,
        state="open",
        wrong_numbers=0,
        answer=None,
        assertion=None,
        ended_at=None,
        claimed_by=None,
        claimed_at=None,
        first_id=opening.first_id,
        uncounted=0,
        first_time=int(place.new_client),
        country=place.new_country,
    )
    _keep_packet(session, new.id, question, now)
    notices.tell(session, "inbox-changed", device_id, now)
    return ApprovalAsked(new.id, number, new.expires_at, joined=False, press=press)


def claim(session: Session, question: ClaimApproval, now: float) -> ApprovalClaimed | ApprovalLost:
    """Make an approved request one login's own, if its device and account are still good."""
    approval_id, login_id = question.approval_id, question.login_id
    row = one(session, approval_id)
    if row is None or row["state"] != "approved" or not is_good(row):
        return ApprovalLost(approval_id, "void")
    if question.verify_user and not row["verified"]:
        return ApprovalLost(approval_id, "void")
    if row["claimed_by"] is not None and row["claimed_by"] != login_id:
        return ApprovalLost(approval_id, "claimed")
    if row["login_id"] != login_id:
        return ApprovalLost(approval_id, "superseded")
    session.run(_CLAIM, approval_id=approval_id, login=login_id, now=now)
    if row["first_time"] or row["country"] is not None:
        places.remember(session, row["account_id"], row["client"], row["country"], now)
    return ApprovalClaimed(approval_id)


def _known(row: Row) -> KnownApproval:
    return KnownApproval(
        id=row["id"],
        client=row["client"],
        caller=row["caller"],
        join_digest=row["join_digest"],
        number=row["number"],
        verify_user=bool(row["verify_user"]),
        approved_at=row["ended_at"],
        created_at=row["created_at"],
    )


def _keep_packet(session: Session, approval_id: str, question: AskApproval, now: float) -> None:
    digest = question.login.request_digest
    session.run(_KEEP_PACKET, request_digest=digest, approval_id=approval_id, at=now)


def _show_other(session: Session, row: Row, origin: str, now: float) -> None:
    shown = answers.others_of(session, row["id"])
    if len(shown) < OTHERS_SHOWN:
        answers.add_other(session, row["id"], row["device_id"], origin, now)
