"""The daemon's way to the store."""

import threading

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
