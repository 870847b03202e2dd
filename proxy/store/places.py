"""Where a person has logged in before; the rules are `proxy.login.places`."""

from typing import Literal

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, literal_column, select

from proxy.login.places import MOST_PLACES
from proxy.store.schema import known_places
from proxy.store.session import Session

Kind = Literal["client", "country"]

_OF_KIND = (
    known_places.c.account_id == bindparam("account"),
    known_places.c.kind == bindparam("of_kind"),
)
_KNOWN = (
    select(known_places.c.place, known_places.c.at)
    .where(*_OF_KIND)
    .order_by(known_places.c.at.desc(), known_places.c.place)
)
_ADD = insert(known_places).prefix_with("OR IGNORE", dialect="sqlite")
_FORGET = delete(known_places).where(*_OF_KIND, known_places.c.place == bindparam("old"))


def is_client(account_id: ColumnElement[int], client: str) -> ColumnElement[bool]:
    """Give the condition of an outer join that finds the client *client* (a parameter's name)."""
    return and_(
        known_places.c.account_id == account_id,
        known_places.c.kind == literal_column("'client'"),
        known_places.c.place == bindparam(client),
    )


def known(session: Session, account_id: int, kind: Kind) -> list[tuple[str, float]]:
    """Give places of a kind, and since when, the newest first."""
    return [(row[0], row[1]) for row in session.rows(_KNOWN, account=account_id, of_kind=kind)]


def remember(
    session: Session, account_id: int, client: str, country: str | None, now: float
) -> None:
    """Remember where a login passed a second factor."""
    _remember(session, account_id, "client", client, now)
    if country is not None:
        _remember(session, account_id, "country", country, now)


def _remember(session: Session, account_id: int, kind: Kind, place: str, now: float) -> None:
    if not session.run(_ADD, account_id=account_id, kind=kind, place=place, at=now):
        return
    for old, _ in known(session, account_id, kind)[MOST_PLACES:]:
        session.run(_FORGET, account=account_id, of_kind=kind, old=old)
