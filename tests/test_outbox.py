"""What waits to be told is tried until it is."""

from twisted.internet.task import Clock

from proxy.accounts.announcement import Announcement
from proxy.errors import Unavailable
from proxy.outbox import A_ROUND, LONGEST_WAIT, ROUND, Outbox


def announcement(number=1, tries=0):
    return Announcement(number, "phone-enrolled", "", 1_700_000_000.0, tries, "corp", "alice")


class Shelf:
    """A store of announcements that notes what becomes of each."""

    def __init__(self, *waiting: Announcement, fault=None):
        self.waiting, self.fault = list(waiting), fault
        self.told, self.put_off = [], []

    def any_due(self):
        return bool(self.waiting)

    async def take(self, most):
        if self.fault is not None:
            raise self.fault
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken

    async def done(self, one):
        self.told.append(one.id)

    async def later(self, one, seconds):
        self.put_off.append((one.id, seconds))


def outbox(shelf, *, taken=True, ready=True):
    async def tell(_):
        return taken

    clock = Clock()
    box = Outbox("letters", shelf, tell, clock, ready=lambda: ready, first_wait=10.0)
    box.start()
    return box, clock


def test_a_few_a_round():
    """The rest has the next one."""
    shelf = Shelf(*(announcement(number) for number in range(A_ROUND + 3)))
    _, clock = outbox(shelf)
    clock.advance(ROUND)
    assert len(shelf.told) == A_ROUND
    clock.advance(ROUND)
    assert len(shelf.told) == A_ROUND + 3


def test_what_is_not_taken_waits_longer_each_time():
    """Twice as long, an hour at most."""
    shelf = Shelf(announcement(1, tries=0), announcement(2, tries=3), announcement(3, tries=90))
    _, clock = outbox(shelf, taken=False)
    clock.advance(ROUND)
    assert [seconds for _, seconds in shelf.put_off] == [10.0, 80.0, LONGEST_WAIT]
    assert shelf.told == []


def test_nothing_is_taken_where_nothing_can_be_told():
    """It stays in the store; so it does once the outbox was stopped."""
    shelf = Shelf(announcement())
    _, clock = outbox(shelf, ready=False)
    clock.advance(ROUND)
    box, clock = outbox(shelf)
    box.stop()
    box.stop()
    clock.advance(ROUND)
    assert len(shelf.waiting) == 1


def test_a_store_that_is_away():
    """The next round asks it again."""
    shelf = Shelf(announcement(), fault=Unavailable("gone"))
    _, clock = outbox(shelf)
    clock.advance(ROUND)
    shelf.fault = None
    clock.advance(ROUND)
    assert len(shelf.told) == 1
