"""
Accounts: found or made for the person that a directory returned, and what blocks them.

A name that comes back with another stable id is another person: from then on nobody passes under it
until an admin decides whose the enrolments are. A directory that stops telling the id changes
nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import bindparam, func, insert, select, update

from proxy.accounts.account import Account, Enrolments, Person
from proxy.accounts.bypass import Bypass
from proxy.deadlines import Timer
from proxy.login.actions import FindAccount, LoadAccount
from proxy.login.events import AccountLoaded, AccountUnknown
from proxy.store import approvals, remembered
from proxy.store.bypasses import read_bypass, with_bypass
from proxy.store.engine import Store
from proxy.store.schema import accounts, devices, passkeys, recovery_codes, totp
from proxy.store.session import Row, Session

_CODES_LEFT: Final = (
    select(func.count())
    .select_from(recovery_codes)
    .where(
        recovery_codes.c.account_id == accounts.c.id,
        recovery_codes.c.used_at.is_(None),
        recovery_codes.c.ended_at.is_(None),
    )
    .scalar_subquery()
)
ACCOUNTS: Final = (
    select(
        accounts.c.id,
        accounts.c.directory,
        accounts.c.user_name,
        accounts.c.stable_id,
        accounts.c.stranger_id,
        accounts.c.blocked_at,
        devices.c.id.label("device_id"),
        passkeys.c.device_id.is_not(None).label("has_passkey"),
        totp.c.digits.label("totp_digits"),
        _CODES_LEFT.label("codes_left"),
    )
    .select_from(
        accounts.outerjoin(
            totp, (totp.c.account_id == accounts.c.id) & totp.c.sealed_seed.is_not(None)
        )
        .outerjoin(
            devices, (devices.c.account_id == accounts.c.id) & devices.c.retired_at.is_(None)
        )
        .outerjoin(passkeys, passkeys.c.device_id == devices.c.id)
    )
    .where(accounts.c.set_aside_at.is_(None))
)
"""The accounts that have their names now, with what is enrolled; `listed` reads a row."""

_NAMED = (
    accounts.c.directory == bindparam("directory"),
    accounts.c.user_name == bindparam("user_name"),
)
_BY_NAME = ACCOUNTS.where(*_NAMED)
_FOR_LOGIN = with_bypass(ACCOUNTS.where(*_NAMED))
"""The same, with the bypass that holds at the client now."""
_BY_ID = ACCOUNTS.where(accounts.c.id == bindparam("account_id"))
_ALL = ACCOUNTS.order_by(accounts.c.directory, accounts.c.user_name)
_ADD = insert(accounts).values(
    directory=bindparam("directory"),
    user_name=bindparam("user_name"),
    stable_id=bindparam("stable_id"),
    created_at=bindparam("now"),
)
_ONE = update(accounts).where(accounts.c.id == bindparam("account_id"))
_LEARN_ID = _ONE.values(stable_id=bindparam("new_id"))
_SEE_STRANGER = _ONE.values(stranger_id=bindparam("new_id"))
_BLOCK = _ONE.where(accounts.c.blocked_at.is_(None)).values(blocked_at=bindparam("now"))
_UNBLOCK = _ONE.where(accounts.c.blocked_at.is_not(None)).values(blocked_at=None)
_UNDECIDED = _ONE.where(accounts.c.stranger_id.is_not(None), accounts.c.set_aside_at.is_(None))
_SAME_PERSON = _UNDECIDED.values(stable_id=accounts.c.stranger_id, stranger_id=None)
_SET_ASIDE = _UNDECIDED.values(set_aside_at=bindparam("now"))


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account with what it has enrolled."""

    account: Account
    enrolments: Enrolments
    stable_id: str | None
    stranger_id: str | None
    """Another stable id that was seen under this name; None: none was."""


def find(session: Session, directory: str, user_name: str) -> ListedAccount | None:
    """Find the account of a name, as the directory spells it."""
    row = session.row(_BY_NAME, directory=directory, user_name=user_name)
    return None if row is None else _listed(row, directory, user_name)


def find_for_login(session: Session, question: LoadAccount, now: float) -> AccountLoaded | None:
    """Find the account of a login, if the directory told nothing new of the person."""
    person = question.person
    row = session.row(
        _FOR_LOGIN,
        directory=person.directory,
        user_name=person.user_name,
        at_client=question.client,
        now=now,
    )
    if row is None:
        return None
    found = _listed(row, person.directory, person.user_name)
    if _has_news(found, person):
        return None
    return AccountLoaded(found.account, found.enrolments, read_bypass(row))


def load_for_login(session: Session, question: LoadAccount, now: float) -> AccountLoaded:
    """Find or make the account of a login."""
    loaded = load(session, question.person, now)
    return find_for_login(session, question, now) or loaded


def by_id(session: Session, account_id: int) -> ListedAccount | None:
    """Find an account by its key; None where there is none or it was set aside."""
    row = session.row(_BY_ID, account_id=account_id)
    return None if row is None else listed(row)


def list_accounts(session: Session) -> list[ListedAccount]:
    """Give all accounts by directory and name, without those set aside."""
    return [listed(row) for row in session.rows(_ALL)]


def find_by_name(session: Session, user_name: str) -> list[Account]:
    """Give the accounts of a name over all directories; case does not matter."""
    wanted = user_name.casefold()
    return [
        one.account for one in list_accounts(session) if one.account.user_name.casefold() == wanted
    ]


def enrolments(session: Session, account_id: int) -> Enrolments:
    """Give what an account has enrolled."""
    found = by_id(session, account_id)
    return Enrolments(None, None, 0) if found is None else found.enrolments


def ensure(session: Session, person: Person, now: float) -> Account:
    """Find or make the account of a person."""
    return load(session, person, now).account


def load(session: Session, person: Person, now: float) -> AccountLoaded:
    """Find or make the account of a person, and note the stable id that came with the name."""
    found = find(session, person.directory, person.user_name)
    if found is None:
        session.run(
            _ADD,
            directory=person.directory,
            user_name=person.user_name,
            stable_id=person.stable_id,
            now=now,
        )
    elif not _has_news(found, person):
        return AccountLoaded(found.account, found.enrolments)
    elif found.stable_id is None:
        session.run(_LEARN_ID, account_id=found.account.id, new_id=person.stable_id)
    else:
        session.run(_SEE_STRANGER, account_id=found.account.id, new_id=person.stable_id)
        remembered.forget(session, found.account.id)
        approvals.void_of_account(session, found.account.id, now)
    made = find(session, person.directory, person.user_name)
    assert made is not None
    return AccountLoaded(made.account, made.enrolments)


def block(session: Session, account_id: int, now: float) -> bool:
    """Let nobody pass under this account, from now on; False: it was blocked before."""
    blocked = session.run(_BLOCK, account_id=account_id, now=now) > 0
    remembered.forget(session, account_id)
    approvals.void_of_account(session, account_id, now)
    return blocked


def unblock(session: Session, account_id: int) -> bool:
    """Take back `block`; False: it was not blocked."""
    return session.run(_UNBLOCK, account_id=account_id) > 0


def decide_stranger(session: Session, account_id: int, *, same_person: bool, now: float) -> bool:
    """
    Say whose a name is that came back with another stable id; False: there is nothing to decide.

    The same person keeps the enrolments under the new id; for another person the old account is set
    aside with all it has, and the next login begins a new one.
    """
    if same_person:
        return session.run(_SAME_PERSON, account_id=account_id) > 0
    decided = session.run(_SET_ASIDE, account_id=account_id, now=now) > 0
    if decided:
        approvals.void_of_account(session, account_id, now)
    return decided


def _has_news(found: ListedAccount, person: Person) -> bool:
    """Say whether the id that came with the name is new to us; a stranger's second one is not."""
    told = person.stable_id is not None and person.stable_id != found.stable_id
    return told and found.stranger_id is None


def listed(row: Row) -> ListedAccount:
    """Read a row of `ACCOUNTS`."""
    return _listed(row, row["directory"], row["user_name"])


def _listed(row: Row, directory: str, user_name: str) -> ListedAccount:
    account_id, _, _, stable_id, stranger_id, blocked_at, *enrolled = row
    device_id, has_passkey, totp_digits, codes_left = enrolled[:4]  # a bypass may follow
    blocked = None
    if stranger_id is not None:
        blocked = "another-person"
    elif blocked_at is not None:
        blocked = "blocked"
    return ListedAccount(
        Account(account_id, directory, user_name, blocked),
        Enrolments(device_id, totp_digits, codes_left, bool(has_passkey)),
        stable_id,
        stranger_id,
    )


class StoredAccounts:
    """
    The Accounts port: a read in the common case; a write where something is new.

    Args:
        holds: says whether a bypass that the store has open still holds.
    """

    def __init__(
        self, store: Store, timer: Timer, holds: Callable[[Bypass], bool] = lambda _: True
    ) -> None:
        self._store = store
        self._timer = timer
        self._holds = holds

    async def find(self, question: FindAccount) -> AccountLoaded | AccountUnknown:
        """Read the account of a person who is not proved yet; none is made."""
        person = question.person
        found = self._store.read(lambda session: find(session, person.directory, person.user_name))
        return AccountUnknown() if found is None else AccountLoaded(found.account, found.enrolments)

    async def load(self, question: LoadAccount) -> AccountLoaded:
        """Read the account afresh; make it where it is new."""
        now = self._timer.seconds()
        loaded = self._store.read(lambda session: find_for_login(session, question, now))
        if loaded is None:
            loaded = await self._store.write(lambda session: load_for_login(session, question, now))
        if loaded.bypass is not None and not self._holds(loaded.bypass):
            return replace(loaded, bypass=None)
        return loaded
