"""
Which approval request serves a login: one that is there already, a new one, or none.

Decided in one transaction over all that the account has open (or approved and not yet used), so
that no retry, on whatever node, sends a second push:

- the same packet again joins its own request, or gets nothing: no push is sent twice for one;
- the same person, password, client and caller joins an open request, or uses a late approval, once;
- where the phone must verify its person, only a request that asked for that serves; an open one of
  the same caller that did not is replaced;
- a request with a number belongs to one login; a newer login from the same caller replaces it;
- anybody else waits: two requests are open at once only where both show a number, never three.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from proxy.login.request import Login

MOST_OPEN: Final = 2
"""Requests with a number that one person may have open at once."""


@dataclass(frozen=True, slots=True)
class KnownApproval:
    """What the rules look at of an approval request."""

    id: str
    client: str
    caller: str | None
    join_digest: bytes | None
    number: str | None
    verify_user: bool
    """It cannot be approved without an assertion of the phone's passkey."""
    approved_at: float | None
    """None: it is open."""
    created_at: float


@dataclass(frozen=True, slots=True)
class Join:
    """A request that is there already serves the login; nothing is sent."""

    approval: KnownApproval


@dataclass(frozen=True, slots=True)
class Ask:
    """A new request, after these were withdrawn."""

    replaced: tuple[KnownApproval, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """No request; `seen_by` are the open ones on which the phone shows this login's origin."""

    reason: Literal["another-login", "replayed"]
    seen_by: tuple[KnownApproval, ...] = ()


Choice = Join | Ask | Refuse


def choose(
    login: Login,
    *,
    number: bool,
    verify_user: bool,
    usable: Sequence[KnownApproval],
    same_packet: str | None,
) -> Choice:
    """
    Choose what serves a login.

    Args:
        login: the login that needs an approval.
        number: this login shows a number to type on the phone.
        verify_user: this login is served only by a request that the phone verifies its person for.
        usable: the account's requests that are open and in time, or approved within the time for
            late approvals and claimed by no login.
        same_packet: the id of the request that this very packet led to before; None: none.
    """
    if same_packet is not None:
        return _again(login, same_packet, usable, verify_user=verify_user)
    waiting = [approval for approval in usable if approval.approved_at is None]
    if number:
        return _with_number(login, waiting)
    own = [approval for approval in usable if _joins(login, approval)]
    for approval in own:
        if _serves(approval, verify_user=verify_user):
            return Join(approval)
    others = [approval for approval in waiting if approval not in own]
    if others:
        return Refuse("another-login", tuple(others))
    return Ask(tuple(waiting))  # nobody was asked to verify for these


def _with_number(login: Login, waiting: Sequence[KnownApproval]) -> Choice:
    replaced = _replaced(login, waiting)
    others = [approval for approval in waiting if approval not in replaced]
    if len(others) >= MOST_OPEN or any(approval.number is None for approval in others):
        return Refuse("another-login", tuple(others))
    return Ask(replaced)


def _again(
    login: Login, approval_id: str, usable: Sequence[KnownApproval], *, verify_user: bool
) -> Choice:
    for approval in usable:
        same = approval.id == approval_id and approval.join_digest == login.join_digest
        if same and approval.number is None and _serves(approval, verify_user=verify_user):
            return Join(approval)
    return Refuse("replayed")


def _serves(approval: KnownApproval, *, verify_user: bool) -> bool:
    return approval.verify_user or not verify_user


def _joins(login: Login, approval: KnownApproval) -> bool:
    return (
        approval.number is None
        and login.join_digest is not None
        and approval.join_digest == login.join_digest
    )


def _replaced(login: Login, waiting: Sequence[KnownApproval]) -> tuple[KnownApproval, ...]:
    """Give what a newer login with a number replaces: the same caller's; if untold, the newest."""
    mine = [
        approval
        for approval in waiting
        if approval.number is not None and approval.client == login.client.name
    ]
    same = [approval for approval in mine if approval.caller == login.caller]
    if not same and login.caller is None and mine:
        same = [max(mine, key=lambda approval: approval.created_at)]
    return tuple(same)
