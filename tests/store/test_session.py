"""The statements of one transaction."""

import pytest
from sqlalchemy import bindparam, delete, func, insert, literal, select, update

from proxy.store.schema import notices

INSERT = insert(notices).values(at=1.0, kind="test", subject=bindparam("subject"))
ALL = select(notices.c.id, notices.c.subject).order_by(notices.c.id)
RENAME = (
    update(notices).where(notices.c.subject == bindparam("old")).values(subject=bindparam("new"))
)


def test_an_insert_gives_its_key(session):
    """A table with an integer key tells the key of the new row."""
    assert [session.insert(INSERT, subject=subject) for subject in "ab"] == [1, 2]


def test_rows_are_read_by_name(session):
    """A query gives all rows, or the first one, or None."""
    assert session.row(ALL) is None
    assert session.rows(ALL) == []
    for subject in "ab":
        session.insert(INSERT, subject=subject)
    assert session.row(ALL)["subject"] == "a"
    assert [row["subject"] for row in session.rows(ALL)] == ["a", "b"]


def test_a_change_tells_how_many_rows_it_touched(session):
    """An update or delete that finds nothing gives 0."""
    session.insert(INSERT, subject="a")
    assert session.run(RENAME, old="x", new="y") == 0
    assert session.run(RENAME, old="a", new="y") == 1
    assert session.row(ALL)["subject"] == "y"


def test_values_in_a_statement_are_bound(session):
    """A literal in the statement is its own value, beside those given by name."""
    for subject in "ab":
        session.insert(INSERT, subject=subject)
    one_of = notices.c.subject.in_([literal("b"), literal("c")])
    counted = select(func.count()).where(one_of, notices.c.kind == bindparam("kind"))
    assert tuple(session.row(counted, kind="test")) == (1,)


def test_what_a_value_says_is_no_sql(session):
    """Quotes and semicolons in a value stay a value."""
    evil = "a'); DROP TABLE notices; --"
    session.insert(INSERT, subject=evil)
    assert session.row(ALL)["subject"] == evil


def test_a_list_of_plain_values_is_refused(session):
    """A list that would have to be spelled out at each execution is told at the first use."""
    with pytest.raises(ValueError, match="literal"):
        session.run(delete(notices).where(notices.c.subject.in_(["a"])))


def test_a_missing_value_is_an_error(session):
    """A value that nobody gave is no NULL."""
    with pytest.raises(KeyError, match="subject"):
        session.insert(INSERT)
