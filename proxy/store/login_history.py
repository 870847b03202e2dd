"""A person's recent logins as they are shown to them, and their word that one was not theirs."""

from typing import Final

from sqlalchemy import bindparam, insert, select

from proxy.accounts.self_service import PastLogin
from proxy.store.schema import login_records, login_reports
from proxy.store.session import Session

RECORDS_READ: Final = 200
"""Of one account; a login has one for each answer, some three."""

_HISTORY = (
    select(
        login_records.c.login_id,
        login_records.c.at,
        login_records.c.client,
        login_records.c.origin,
        login_records.c.outcome,
        login_records.c.reason,
        login_reports.c.at.label("reported_at"),
    )
    .select_from(
        login_records.outerjoin(login_reports, login_reports.c.login_id == login_records.c.login_id)
    )
    .where(login_records.c.account_id == bindparam("account"))
    .order_by(login_records.c.id.desc())
    .limit(bindparam("most"))
)
_ONE = (
    select(login_records.c.client, login_records.c.origin)
    .where(
        login_records.c.account_id == bindparam("account"),
        login_records.c.login_id == bindparam("of_login"),
    )
    .limit(1)
)
_REPORTED = select(login_reports.c.at).where(login_reports.c.login_id == bindparam("of_login"))
_REPORT = insert(login_reports)


def recent(session: Session, account_id: int, most: int) -> list[PastLogin]:
    """Give an account's last logins, the newest first, each by its last answer."""
    found: dict[str, PastLogin] = {}
    for row in session.rows(_HISTORY, account=account_id, most=RECORDS_READ):
        found.setdefault(row["login_id"], PastLogin(*row))
    return list(found.values())[:most]


def report(session: Session, account_id: int, login_id: str, now: float) -> PastLogin | None:
    """
    Keep a person's word that a login was not theirs.

    Gives the login, with `reported_at` where it was reported before; None: the account has no such.
    """
    row = session.row(_ONE, account=account_id, of_login=login_id)
    if row is None:
        return None
    before = session.row(_REPORTED, of_login=login_id)
    if before is None:
        session.run(_REPORT, login_id=login_id, account_id=account_id, at=now)
    reported_at = None if before is None else before["at"]
    return PastLogin(login_id, now, row["client"], row["origin"], "", "", reported_at)
