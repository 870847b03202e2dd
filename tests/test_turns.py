"""Work in turns of the event loop."""

import pytest
from twisted.logger import capturedLogs

from proxy.turns import A_TURN, Turns
from tests.peers.loop import HandTurnedLoop


class SlowLoop(HandTurnedLoop):
    """A loop turned by hand, with a clock that work puts forward."""

    def __init__(self):
        super().__init__()
        self.now = 1_000_000.0

    def seconds(self):
        return self.now

    def work(self, done, name):
        """Take nearly half of a turn."""
        self.now += 0.4 * A_TURN
        done.append(name)


@pytest.fixture
def loop():
    """The event loop of the test."""
    return SlowLoop()


def test_pieces_come_in_their_order_and_in_turns(loop):
    """Not before the caller is done, and for a bounded time in one turn."""
    turns, done = Turns(loop), []
    for number in range(5):
        turns.call(loop.work, done, number)
    assert [] == done
    loop.turn()
    assert [0, 1, 2] == done
    loop.turn()
    assert [0, 1, 2, 3, 4] == done


def test_a_piece_may_bring_another(loop):
    """It waits behind those that were there, and for the next turn."""
    turns, done = Turns(loop), []
    turns.call(lambda: (done.append("first"), turns.call(done.append, "last")))
    turns.call(done.append, "second")
    loop.turn()
    assert ["first", "second"] == done
    loop.turn()
    assert ["first", "second", "last"] == done


def test_a_piece_that_fails_holds_up_no_other(loop):
    """It is logged."""
    turns, done = Turns(loop), []
    turns.call(lambda: 1 / 0)
    turns.call(done.append, "next")
    with capturedLogs() as logged:
        loop.turn()
    assert ["next"] == done
    assert ["a piece of work failed"] == [event["log_format"] for event in logged]


def test_a_clock_that_is_set_back_prolongs_no_turn(loop):
    """What comes while it lasts waits for the next one."""
    turns, done = Turns(loop), []

    def set_back():
        loop.now -= 3600
        done.append("again")
        turns.call(set_back)

    turns.call(set_back)
    loop.turn()
    assert ["again"] == done
