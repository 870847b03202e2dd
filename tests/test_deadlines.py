"""One timer for many deadlines."""

from types import SimpleNamespace

from twisted.internet.task import Clock

from proxy.deadlines import Deadlines


def test_deadlines_come_in_their_order():
    """Whatever the order in which they were added."""
    clock, came = Clock(), []
    deadlines = Deadlines(clock)
    for at in (3.0, 1.0, 2.0):
        deadlines.add(at, lambda now, at=at: came.append(at))
    clock.advance(2.5)
    assert [1.0, 2.0] == came
    clock.advance(1)
    assert [1.0, 2.0, 3.0] == came
    assert 0 == len(deadlines)


def test_one_timer_serves_all():
    """Thousands of deadlines are one delayed call."""
    clock = Clock()
    deadlines = Deadlines(clock)
    for at in range(100, 0, -1):
        deadlines.add(float(at), lambda now: None)
    assert 1 == len(clock.getDelayedCalls())


def test_a_deadline_can_move():
    """It is asked again when its new time comes."""
    clock, asked = Clock(), []

    def due(now):
        asked.append(now)
        return 5.0 if now < 5.0 else None

    Deadlines(clock).add(1.0, due)
    clock.advance(1)
    clock.advance(3)
    assert [1.0] == asked
    clock.advance(1)
    assert [1.0, 5.0] == asked
    assert [] == clock.getDelayedCalls()


def test_a_deadline_added_while_one_comes_is_kept():
    """Whoever is asked may add others."""
    clock, came = Clock(), []
    deadlines = Deadlines(clock)
    deadlines.add(1.0, lambda now: deadlines.add(2.0, came.append) and None)
    clock.advance(1)
    clock.advance(1)
    assert [2.0] == came


def test_a_later_deadline_added_while_one_comes_holds_up_nothing():
    """What moved, and what was still to come, comes at its own time."""
    clock, came = Clock(), []
    deadlines = Deadlines(clock)

    def due(now):
        if now < 2.0:
            deadlines.add(100.0, lambda now: None)
            return 2.0
        came.append(now)
        return None

    deadlines.add(1.0, due)
    deadlines.add(3.0, came.append)
    for _ in range(4):
        clock.advance(1)
    assert [2.0, 3.0] == came
    assert 1 == len(clock.getDelayedCalls())


def test_a_dropped_deadline_asks_nobody():
    """And lets go of whoever it would have asked."""
    clock, came = Clock(), []
    deadlines = Deadlines(clock)
    dropped = deadlines.add(1.0, came.append)
    deadlines.drop(dropped)
    deadlines.drop(dropped)
    deadlines.add(1.0, came.append)
    clock.advance(1)
    assert [1.0] == came
    assert dropped.due is None


def test_dropped_deadlines_are_swept_out():
    """Logins that end at once leave nothing in the queue of those that wait."""
    clock, came = Clock(), []
    deadlines = Deadlines(clock)
    kept = [deadlines.add(float(at), came.append) for at in range(1, 11)]
    for _ in range(10_000):
        deadlines.drop(deadlines.add(30.0, came.append))
    assert 3000 > len(deadlines)
    clock.advance(10)
    assert 10 == len(came) == len(kept)


def test_a_deadline_that_fails_takes_no_other_with_it(monkeypatch):
    """It is a bug, told once; whoever else waits is still asked."""
    clock, came, told = Clock(), [], []
    deadlines = Deadlines(clock)
    monkeypatch.setattr(Deadlines, "_log", SimpleNamespace(failure=told.append), raising=False)
    deadlines.add(1.0, came.append)
    deadlines.add(1.0, lambda now: 1 / 0)
    deadlines.add(1.0, came.append)
    deadlines.add(2.0, came.append)
    clock.advance(1)
    clock.advance(1)
    assert ([1.0, 1.0, 2.0], 1) == (came, len(told))
