"""One transaction after another, seen through the store; what is asked in one turn shares one."""

import sqlite3

import pytest
from sqlalchemy import bindparam, insert, select
from twisted.internet.defer import gatherResults

from proxy.store import schema
from proxy.store.engine import StoreUnavailable

INSERT = insert(schema.notices).values(at=1.0, kind="test", subject=bindparam("subject"))
SUBJECTS = select(schema.notices.c.subject).order_by(schema.notices.c.id)


def tell(subject):
    return lambda session: session.insert(INSERT, subject=subject)


def subjects(session):
    return [row["subject"] for row in session.rows(SUBJECTS)]


class JobError(Exception):
    """What a job raises."""


def fails(subject):
    def job(session):
        session.insert(INSERT, subject=subject)
        raise JobError(subject)

    return job


def test_many_jobs_keep_their_order(store, loop):
    """Jobs run in the order in which they were asked for, however they are grouped."""
    wanted = [str(number) for number in range(1000)]
    loop.result(gatherResults([store.write(tell(subject)) for subject in wanted]))
    assert store.read(subjects) == wanted


def test_a_job_that_raises_undoes_only_itself(store, loop):
    """One job's exception is its own; its neighbours in the same commit are kept."""
    good = [store.write(tell("a")), store.write(tell("b"))]
    bad = store.write(fails("x"))
    good.append(store.write(tell("c")))
    loop.result(gatherResults(good))
    with pytest.raises(JobError, match="x"):
        loop.result(bad)
    assert store.read(subjects) == ["a", "b", "c"]


def test_a_broken_statement_is_that_jobs_failure(store, loop):
    """A constraint that a job breaks is its own bug, told to it alone."""
    with pytest.raises(sqlite3.IntegrityError):
        loop.result(store.write(lambda session: session.run(INSERT, subject=None)))
    assert loop.result(store.write(tell("a"))) == 1


def test_a_failing_commit_fails_the_batch_and_the_store_goes_on(store, loop):
    """A transaction that SQLite ends by itself fails all its jobs; the next one works."""

    def undone(session):
        session._connection.execute("ROLLBACK")  # as SQLite does when the disk is full
        raise sqlite3.OperationalError("database or disk is full")

    lost = [store.write(tell("a")), store.write(undone), store.write(tell("b"))]
    for write in lost:
        with pytest.raises(StoreUnavailable, match="full"):
            loop.result(write)
    loop.result(store.write(tell("c")))
    assert store.read(subjects) == ["c"]


def test_a_full_disk_fails_the_batch_and_the_store_goes_on(store, loop):
    """A real SQLITE_FULL is StoreUnavailable; when there is room again, writing goes on."""

    def limit(pages):
        def job(session):
            session._connection.execute(f"PRAGMA max_page_count = {pages}")

        return job

    loop.result(store.write(limit(1)))
    with pytest.raises(StoreUnavailable, match="full"):
        loop.result(store.write(lambda session: [tell("x" * 64)(session) for _ in range(2000)]))
    loop.result(store.write(limit(1_000_000)))
    loop.result(store.write(tell("b")))
    assert store.read(subjects) == ["b"]


def test_another_process_that_writes_is_waited_for_on_the_thread(store, loop, database):
    """The loop goes on; the jobs run when it has ended."""
    other = database.connect()
    other.execute("BEGIN IMMEDIATE")
    written = store.write(tell("a"))
    loop.turn()
    other.execute("COMMIT")
    other.close()
    loop.result(written)
    assert store.read(subjects) == ["a"]
