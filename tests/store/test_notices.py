"""What one process tells the others."""

import pytest
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from proxy.store import notices
from proxy.store.notices import LOOK_EVERY, NoticeBoard


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board(store, clock):
    """A board that looks when the clock says so."""
    board = NoticeBoard(store, clock)
    yield board
    board.stop()


def tell(kind, subject):
    return lambda session: notices.tell(session, kind, subject, 1.0)


def test_since_gives_what_is_new_in_order(session):
    """The notices after an id, oldest first."""
    tell("approval-ended", "a")(session)
    seen = notices.newest(session)
    tell("approval-ended", "b")(session)
    tell("device-retired", "c")(session)
    found = [(row["kind"], row["subject"]) for row in notices.since(session, seen)]
    assert found == [("approval-ended", "b"), ("device-retired", "c")]


def test_an_empty_table_has_no_newest(session):
    """Where nothing was told, everything is new."""
    assert notices.newest(session) == 0


def test_another_process_tells_a_listener(board, clock, database):
    """What a command commits reaches who listens for its kind, within one look."""
    heard = []
    board.on("device-retired", heard.append)
    board.start()
    database.now(tell("device-retired", "phone"))
    database.now(tell("approval-ended", "approval"))
    assert heard == []
    clock.advance(LOOK_EVERY)
    assert heard == ["phone"]


def test_a_notice_is_heard_once(board, clock, database):
    """Each notice calls a listener once, however often the board looks."""
    heard = []
    board.on("device-retired", heard.append)
    board.start()
    database.now(tell("device-retired", "phone"))
    clock.pump([LOOK_EVERY] * 3)
    assert heard == ["phone"]


def test_old_notices_are_not_heard(board, clock, database):
    """A board begins with what is told after its start: whoever listens reads the rest."""
    heard = []
    board.on("device-retired", heard.append)
    database.now(tell("device-retired", "before"))
    board.start()
    clock.advance(LOOK_EVERY)
    assert heard == []


def test_its_own_process_is_heard_at_once(board, store, loop):
    """Whoever has just told something may have the board look without waiting."""
    heard = []
    board.on("approval-ended", heard.append)
    board.start()
    loop.result(store.write(tell("approval-ended", "approval")))
    board.look()
    assert heard == ["approval"]


@pytest.fixture
def logged():
    """What is logged."""
    events = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def test_a_listener_that_fails_keeps_nothing_from_the_others(board, clock, database, logged):
    """One listener's bug is logged; the others are called and the board goes on."""

    def broken(subject):
        raise KeyError(subject)

    heard = []
    board.on("device-retired", broken)
    board.on("device-retired", heard.append)
    board.start()
    for subject in ("a", "b"):
        database.now(tell("device-retired", subject))
        clock.advance(LOOK_EVERY)
    assert heard == ["a", "b"]
    assert [event["log_format"] for event in logged].count("a listener failed") == 2


def test_a_board_that_cannot_read_goes_on(board, clock, database, store, logged, monkeypatch):
    """A store that cannot be read is logged once; when it can, nothing was missed."""
    heard = []
    board.on("device-retired", heard.append)
    board.start()
    reader = store._reader
    store._reader = None
    database.now(tell("device-retired", "a"))
    clock.pump([LOOK_EVERY] * 3)
    assert heard == []
    assert len([event for event in logged if "cannot be read" in event["log_format"]]) == 1
    store._reader = reader
    clock.advance(LOOK_EVERY)
    assert heard == ["a"]
