"""
What the shield counted, kept for the next process; and what it begins with.

From where people passed is read from the records of their logins: nothing is written for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import bindparam, delete, func, insert, literal, select
from twisted.internet.defer import Deferred

from proxy.accounts.throttle import DirectoryLockout, Failure
from proxy.deadlines import Timer
from proxy.store import accounts, notices
from proxy.store.engine import Store
from proxy.store.schema import accounts as accounts_table
from proxy.store.schema import directory_lockouts, login_records, shield_failures
from proxy.store.session import Session

CLEARED: Final = "shield-cleared"
"""The notice that an admin forgave a person; its subject is the account's id."""
RECORDS: Final = 100_000
"""The newest ones that are looked at for sources, some tenths of a second at the start."""

Key = tuple[str, str]

Kind = Literal["password", "code"]

_OF_PERSON = (
    shield_failures.c.directory == bindparam("of_directory"),
    shield_failures.c.user_name == bindparam("of_user"),
)
_OF_KIND = shield_failures.c.kind == bindparam("of_kind")
_FORGET_ALL = delete(shield_failures).where(*_OF_PERSON)
_FORGET = _FORGET_ALL.where(_OF_KIND)
_ADD = insert(shield_failures).values(
    directory=bindparam("of_directory"),
    user_name=bindparam("of_user"),
    kind=bindparam("of_kind"),
    stranger=bindparam("is_stranger"),
    at=bindparam("failed_at"),
)
_READ = select(shield_failures).where(*_OF_PERSON, _OF_KIND).order_by(shield_failures.c.id)
_ALL = (
    select(shield_failures)
    .where(shield_failures.c.at > bindparam("since"), _OF_KIND)
    .order_by(shield_failures.c.id)
)
_LOCKOUTS = select(directory_lockouts)
_FORGET_LOCKOUT = delete(directory_lockouts).where(
    directory_lockouts.c.directory == bindparam("of_directory")
)
_ADD_LOCKOUT = insert(directory_lockouts).values(
    directory=bindparam("of_directory"), threshold=bindparam("most"), window=bindparam("seconds")
)
_NEWEST = (
    select(login_records.c.account_id, login_records.c.client, login_records.c.origin)
    .add_columns(login_records.c.at)
    .where(login_records.c.at > bindparam("since"), login_records.c.outcome == literal("accept"))
    .order_by(login_records.c.at.desc())
    .limit(RECORDS)
    .subquery()
)
_PASSED = (
    select(
        accounts_table.c.id,
        accounts_table.c.directory,
        accounts_table.c.user_name,
        _NEWEST.c.client,
        _NEWEST.c.origin,
        func.max(_NEWEST.c.at).label("at"),
    )
    .select_from(_NEWEST.join(accounts_table, accounts_table.c.id == _NEWEST.c.account_id))
    .group_by(_NEWEST.c.account_id, _NEWEST.c.client, _NEWEST.c.origin)
    .order_by(func.max(_NEWEST.c.at))
)


def keep(
    session: Session, person: Key, failures: Sequence[Failure], kind: Kind = "password"
) -> None:
    """Keep these failures of a person, and no others of that kind."""
    session.run(_FORGET, of_directory=person[0], of_user=person[1], of_kind=kind)
    for one in failures:
        session.run(
            _ADD,
            of_directory=person[0],
            of_user=person[1],
            of_kind=kind,
            is_stranger=int(one.stranger),
            failed_at=one.at,
        )


def of_person(session: Session, person: Key, kind: Kind = "password") -> list[Failure]:
    """Give what is kept of a person; some may be too old to count."""
    rows = session.rows(_READ, of_directory=person[0], of_user=person[1], of_kind=kind)
    return [Failure(row["at"], bool(row["stranger"])) for row in rows]


def since(session: Session, at: float, kind: Kind = "password") -> Mapping[Key, list[Failure]]:
    """Give what was counted after a time, by person."""
    found: dict[Key, list[Failure]] = {}
    for row in session.rows(_ALL, since=at, of_kind=kind):
        person = (row["directory"], row["user_name"])
        found.setdefault(person, []).append(Failure(row["at"], bool(row["stranger"])))
    return found


def clear(session: Session, account_id: int, person: Key, now: float) -> bool:
    """Forget the failures of a person, in every process; False: there were none."""
    cleared = session.run(_FORGET_ALL, of_directory=person[0], of_user=person[1]) > 0
    notices.tell(session, CLEARED, str(account_id), now)
    return cleared


def person_of(session: Session, subject: str) -> Key | None:
    """Give whom a notice is about."""
    found = accounts.by_id(session, int(subject))
    return None if found is None else (found.account.directory, found.account.user_name)


def codes_since(session: Session, at: float) -> Mapping[int, list[Failure]]:
    """Give the wrong codes that were counted after a time, by account."""
    found = {}
    for person, failures in since(session, at, "code").items():
        account = accounts.find(session, *person)
        if account is not None:
            found[account.account.id] = failures
    return found


@dataclass(frozen=True, slots=True)
class PassedFrom:
    """From where a person passed."""

    account_id: int
    person: Key
    client: str
    origin: str
    at: float
    """When last."""


def passed_from(session: Session, at: float) -> Iterator[PassedFrom]:
    """Give from where people passed after a time; the newest comes last."""
    for row in session.rows(_PASSED, since=at):
        person = (row["directory"], row["user_name"])
        yield PassedFrom(row["id"], person, row["client"], row["origin"], row["at"])


def lockouts(session: Session) -> dict[str, DirectoryLockout]:
    """Give when directories lock, as they told last."""
    return {
        row["directory"]: DirectoryLockout(row["threshold"], row["window"])
        for row in session.rows(_LOCKOUTS)
    }


def learn(session: Session, directory: str, lockout: DirectoryLockout | None) -> None:
    """Keep when a directory locks; None: it does not."""
    session.run(_FORGET_LOCKOUT, of_directory=directory)
    if lockout is not None:
        session.run(
            _ADD_LOCKOUT,
            of_directory=directory,
            most=lockout.threshold,
            seconds=lockout.window,
        )


class StoredShield:
    """The ledger of the shield, and what it learns."""

    def __init__(self, store: Store, clock: Timer) -> None:
        self._store = store
        self._clock = clock

    def keep(self, person: Key, failures: Sequence[Failure]) -> Deferred[None]:
        """Keep these failures of a person, and no others; fires once that is durable."""
        return self._store.write(lambda session: keep(session, person, failures))

    async def keep_codes(self, account_id: int, failures: Sequence[Failure]) -> None:
        """Keep these wrong codes of an account, and no others."""

        def job(session: Session) -> None:
            person = person_of(session, str(account_id))
            if person is not None:
                keep(session, person, failures, "code")

        await self._store.write(job)

    def forgiven(self, subject: str) -> Key | None:
        """Give whom a notice is about. Raises StoreUnavailable."""
        return self._store.read(lambda session: person_of(session, subject))

    async def learn(self, directory: str, lockout: DirectoryLockout | None) -> None:
        """Keep when a directory locks."""
        await self._store.write(lambda session: learn(session, directory, lockout))
