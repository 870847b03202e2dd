"""Codes that are checked before any password: who may try how many."""

from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from proxy.accounts.throttle import Failure, Limits
from proxy.errors import Unavailable
from proxy.firstfactor.code_shield import CodeGuard, CodeShield
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeAccepted, PasscodeRefused
from proxy.secret import Secret
from tests.peers.logins import NOW, login


class World:
    """Obeys the ports of the codes and of the ledger."""

    def __init__(self):
        self.clock, self.kept, self.asked, self.down = Clock(), {}, [], False
        self.clock.advance(NOW)
        self.counted, self.on_look = [], lambda: None
        limits = Limits(attempts=6, strangers=3, window=1800)
        self.guard = CodeGuard(self, self.clock, b"k" * 32, limits, 8, 86_400, look=self._look)
        self.shield = CodeShield(self, self.guard, self.counted.append)

    def _look(self):
        self.on_look()

    async def keep_codes(self, account_id, failures):
        if self.down:
            raise Unavailable("down")
        self.kept[account_id] = len(failures)

    async def check(self, question):
        self.asked.append(question.account_id)
        if self.down:
            raise Unavailable("down")
        right = question.code.reveal() == b"123456"
        return PasscodeAccepted("totp") if right else PasscodeRefused("totp", "wrong")

    def try_code(self, code=b"000000", account_id=1, caller="192.0.2.7", *, proved=False):
        whose = login(caller=caller, origin=caller or "192.0.2.1")
        question = CheckPasscode(account_id, "totp", Secret(code), "attempt", whose, unproved=True)
        if proved:
            question = replace(question, unproved=False)

        async def ask():
            return await self.shield.check(question)

        answers = []
        Deferred.fromCoroutine(ask()).addBoth(answers.append)
        (answer,) = answers
        return getattr(answer, "reason", "accepted")


def test_a_proved_password_is_none_of_its_business():
    """Those codes have a counter of their own."""
    world = World()
    assert ["wrong"] * 20 == [world.try_code(proved=True) for _ in range(20)]
    assert {} == world.kept


def test_too_many_wrong_ones():
    """Are not looked at; which is counted, and over when the window is."""
    world = World()
    assert ["wrong"] * 6 + ["throttled"] * 2 == [world.try_code() for _ in range(8)]
    assert (6, 6) == (len(world.asked), world.kept[1])
    assert ["shield-throttled"] * 2 == world.counted
    assert "throttled" == world.try_code(b"123456")
    world.clock.advance(1800)
    world.guard.tidy()
    assert "accepted" == world.try_code(b"123456")


def test_strangers_do_not_keep_the_person_out():
    """Where a right code came from lately there is a budget of its own."""
    world = World()
    world.try_code(b"123456")
    guesses = [world.try_code(caller="203.0.113.66") for _ in range(9)]
    assert ["wrong"] * 3 + ["throttled"] * 6 == guesses
    assert ["wrong", "wrong", "accepted"] == [
        world.try_code(code) for code in (b"1", b"2", b"123456")
    ]
    assert 0 == world.kept[1]


def test_one_source_that_tries_many_people():
    """Is refused, over all people; not who passed from there, nor where nobody says who calls."""
    world = World()
    world.try_code(b"123456", 99)
    for number in range(8):
        world.try_code(account_id=number)
    assert "throttled" == world.try_code(b"123456", 50)
    assert "accepted" == world.try_code(b"123456", 99)
    assert "accepted" == world.try_code(b"123456", 50, caller="198.51.100.1")
    for number in range(8):
        world.try_code(account_id=number, caller=None)
    assert "accepted" == world.try_code(b"123456", 51, caller=None)


def test_what_another_process_knew():
    """What was counted, and from where people passed."""
    world = World()
    world.guard.throttle.load(1, [Failure(NOW - 60, stranger=True)] * 3)
    world.guard.load_source(1, "vpn", "192.0.2.7", NOW - 60)
    assert ["throttled", "wrong"] == [world.try_code(caller="203.0.113.66"), world.try_code()]


def test_an_admin_holds_for_the_next_packet():
    """Before anybody is refused, it is looked."""
    world = World()
    for _ in range(6):
        world.try_code()
    world.on_look = lambda: world.guard.throttle.clear(1)
    assert "accepted" == world.try_code(b"123456")


def test_a_store_that_is_down_counts():
    """It may have looked at the code; the failure rises."""
    world = World()
    world.down = True
    whose = CheckPasscode(1, "totp", Secret(b"000000"), "attempt", login(), unproved=True)
    failed = []
    Deferred.fromCoroutine(world.shield.check(whose)).addErrback(failed.append)
    failed[0].trap(Unavailable)
    assert 1 == world.guard.throttle.failures(1)


@pytest.mark.parametrize("caller", ["192.0.2.7", None])
def test_sources_are_told_apart_by_client_and_caller(caller):
    """As everywhere in the shield."""
    world = World()
    world.try_code(b"123456", caller=caller)
    assert world.guard.throttle.familiar.has_sources(1, NOW)
