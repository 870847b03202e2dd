"""The daemon's way to the store."""

import sqlite3
import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import bindparam, insert, select
from twisted.internet.defer import gatherResults

from proxy.store import schema
from proxy.store.engine import Store, StoreUnavailable

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


@contextmanager
def one_commit(store, loop):
    """Whatever is written meanwhile goes into one transaction."""
    running, gate = threading.Event(), threading.Event()

    def hold(session):
        running.set()
        gate.wait(10)

    held = store.write(hold)
    running.wait(10)
    yield
    gate.set()
    loop.result(held)


def test_a_write_gives_what_its_job_returns(store, loop):
    """What the job returns is what the Deferred fires with."""
    assert loop.result(store.write(tell("a"))) == 1
    assert loop.result(store.write(subjects)) == ["a"]


def test_a_read_sees_what_was_reported(store, loop):
    """A read sees every commit that was reported before it."""
    loop.result(store.write(tell("a")))
    assert store.read(subjects) == ["a"]


def test_nothing_is_reported_on_the_thread_of_the_writer(store, loop):
    """A Deferred fires on the thread that turns the loop."""
    threads = []
    written = store.write(tell("a"))
    written.addCallback(lambda _: threads.append(threading.current_thread()))
    loop.result(written)
    assert threads == [threading.current_thread()]


def test_what_fired_is_committed(store, loop, database):
    """When a Deferred fires, another connection sees the row."""
    seen = []
    written = store.write(tell("a"))
    written.addCallback(lambda _: seen.extend(database.now(subjects)))
    loop.result(written)
    assert seen == ["a"]


def test_many_jobs_keep_their_order(store, loop):
    """Jobs run in the order in which they were asked for, however they are grouped."""
    wanted = [str(number) for number in range(1000)]
    loop.result(gatherResults([store.write(tell(subject)) for subject in wanted]))
    assert store.read(subjects) == wanted


def test_a_job_that_raises_undoes_only_itself(store, loop):
    """One job's exception is its own; its neighbours in the same commit are kept."""
    with one_commit(store, loop):
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

    with one_commit(store, loop):
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


def test_too_many_waiting_jobs_are_refused(database, loop):
    """The queue is bounded: what does not fit fails at once, and what was taken is done."""
    store = Store(database, loop, queue_limit=2)
    store.start()
    taken = [store.write(tell("a")), store.write(tell("b"))]
    with pytest.raises(StoreUnavailable, match="2 jobs wait"):
        loop.result(store.write(tell("c")))
    loop.result(gatherResults(taken))
    loop.result(store.write(tell("d")))
    assert store.read(subjects) == ["a", "b", "d"]
    loop.result(store.stop())


def test_stop_does_all_that_was_taken(database, loop):
    """Stopping drains the queue: each job taken is told, and is in the file."""
    store = Store(database, loop)
    store.start()
    told = []
    for number in range(100):
        store.write(tell(str(number))).addCallback(told.append)
    loop.result(store.stop())
    assert len(told) == 100
    assert len(database.now(subjects)) == 100


def test_a_stopped_store_takes_nothing(database, loop):
    """Before start and after stop every use is StoreUnavailable."""
    store = Store(database, loop)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            loop.result(store.write(tell("a")))
        with pytest.raises(StoreUnavailable):
            store.read(subjects)
        if store._stopped is None:
            store.start()
            loop.result(store.stop())
    loop.result(store.stop())


def test_a_cancelled_write_is_done_all_the_same(store, loop):
    """Who cancels is not told; the job is kept and its neighbours are unhurt."""
    cancelled = store.write(tell("a"))
    cancelled.addErrback(lambda _: None)
    cancelled.cancel()
    loop.result(store.write(tell("b")))
    assert store.read(subjects) == ["a", "b"]


def test_a_read_cannot_write(store):
    """The connection of reads refuses every change."""
    with pytest.raises(StoreUnavailable, match="readonly"):
        store.read(tell("a"))


def test_a_command_writes_while_the_store_runs(store, loop, database):
    """Another connection's commit is seen by the next read, and the writer goes on after it."""
    loop.result(store.write(tell("daemon")))
    database.now(tell("command"))
    assert store.read(subjects) == ["daemon", "command"]
    loop.result(store.write(tell("daemon again")))
    assert database.now(lambda session: len(subjects(session))) == 3
