"""Work in turns of the event loop."""

from twisted.logger import capturedLogs

from proxy.turns import PIECES_A_TURN, Turns


def test_pieces_come_in_their_order_and_in_turns(loop):
    """Not before the caller is done, and a bounded number of them in one turn."""
    turns, done = Turns(loop), []
    for number in range(PIECES_A_TURN + 1):
        turns.call(done.append, number)
    assert [] == done
    loop.turn()
    assert [*range(PIECES_A_TURN)] == done
    loop.turn()
    assert [*range(PIECES_A_TURN + 1)] == done


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
