"""What was replaced is closed when nothing needs it any more, and never before what it shares."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, succeed

from proxy.frontends.radius.terms import Terms
from proxy.past import Past


def terms(pending=0):
    made = Terms(None, None, None)
    made.pending = pending
    return made


class Closed:
    """Notes what was closed, in order."""

    def __init__(self):
        self.order = []

    def close(self, name):
        return lambda: succeed(self.order.append(name))


def test_what_nobody_needs_is_closed_at_once():
    """No request was pending when it was replaced."""
    past, closed = Past(), Closed()
    past.add(terms(), closed.close("old"))
    assert (["old"], 0) == (closed.order, len(past))


def test_it_is_closed_with_the_last_answer():
    """Not with the one before."""
    past, closed, old = Past(), Closed(), terms(2)
    past.add(old, closed.close("old"))
    old.ended()
    assert [] == closed.order
    old.ended()
    assert ["old"] == closed.order


def test_older_ones_come_first():
    """What the second had may have been taken over from the first, whose logins still need it."""
    past, closed, first, second = Past(), Closed(), terms(1), terms(1)
    past.add(first, closed.close("first"))
    past.add(second, closed.close("second"))
    second.ended()
    assert [] == closed.order
    first.ended()
    assert ["first", "second"] == closed.order


def test_the_end_closes_all_of_it():
    """Needed or not; it is over when all of it is closed."""
    past, slow = Past(), Deferred()
    past.add(terms(1), lambda: slow)
    over = past.end()
    assert not over.called
    slow.callback(None)
    assert over.called
    assert 0 == len(past)


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_whatever_the_order_of_answers(pending, chance):
    """Each is closed once, in order, and only when it and all before it are over."""
    past, closed = Past(), Closed()
    all_terms = [terms(count) for count in pending]
    for number, one in enumerate(all_terms):
        past.add(one, closed.close(number))
    answers = [one for one in all_terms for _ in range(one.pending)]
    chance.shuffle(answers)
    for one in answers:
        one.ended()
        over = [number for number, each in enumerate(all_terms) if each.pending == 0]
        in_order = [number for number in over if over[: number + 1] == list(range(number + 1))]
        assert in_order == closed.order
    assert list(range(len(pending))) == closed.order


def test_what_is_over_is_not_kept_for_what_is_not():
    """Only what it is to close: terms of a thousand clients are read again and again."""
    past, closed, first = Past(), Closed(), terms(1)
    past.add(first, closed.close("first"))
    many = [terms() for _ in range(5)]
    for one in many:
        past.add(one, closed.close("later"))
    assert ([first], 6) == ([one.terms for one in past._kept if one.terms], len(past))
    first.ended()
    assert (["first", *["later"] * 5], 0) == (closed.order, len(past))
