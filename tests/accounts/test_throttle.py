"""Failed binds that may reach a directory, and whom a stranger cannot lock out."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from proxy.accounts.familiar import Familiar
from proxy.accounts.throttle import (
    LONGEST_WINDOW,
    DirectoryLockout,
    Failure,
    Limits,
    Standing,
    Throttle,
    standing,
)

NOW = 1_800_000_000.0
HOME, CAFE, OFFICE = b"home    ", b"cafe    ", b"office  "
RIGHT, WRONG, OLD = b"right   ", b"wrong   ", b"old     "
DEFAULT = Limits(attempts=8, strangers=5, window=1800)
STRICT = Limits(attempts=4, strangers=5, window=1800)


class World:
    def __init__(self, limits=DEFAULT):
        self.limits, self.now = limits, NOW
        self.throttle = Throttle(Familiar(lately=86_400))

    def begin(self, password=WRONG, source=CAFE):
        return self.throttle.begin("alice", source, password, self.limits, self.now)

    def fail(self, times, source=CAFE, password=WRONG):
        for _ in range(times):
            self.throttle.end(self.begin(password, source), "failed", self.now)

    def passes(self, source=HOME, password=RIGHT):
        ticket = self.begin(password, source)
        if isinstance(ticket, str):
            return False
        self.throttle.end(ticket, "passed", self.now)
        return True


@pytest.mark.parametrize("failures", [3, 4, 5])
def test_the_right_password_after_some_wrong_ones(failures):
    """Of somebody who never passed before, from the same source."""
    world = World()
    world.fail(failures)
    assert world.passes(CAFE)


def test_no_more_than_the_limit_reaches_the_directory():
    """Then every password is refused, until the first failure is as old as the window."""
    world = World()
    world.fail(8)
    assert "refused" == world.begin(RIGHT)
    world.now += 1799
    assert "refused" == world.begin(RIGHT)
    world.now += 1
    assert world.passes()


def test_a_success_ends_the_count():
    """As it does in the directory."""
    world = World()
    world.fail(7)
    assert world.passes(CAFE)
    world.fail(7)
    assert world.passes(CAFE)


def test_a_success_forgets_only_what_came_before_it_for_certain():
    """A wrong one that was under way with it may have been counted after it."""
    world = World()
    wrong, right = world.begin(), world.begin(RIGHT)
    world.throttle.end(wrong, "failed", world.now)
    world.throttle.end(right, "passed", world.now)
    assert 1 == world.throttle.failures("alice")


def test_strangers_have_a_smaller_budget():
    """Where it is known from where the person passed; the rest is the person's own."""
    world = World()
    world.passes(HOME)
    world.fail(5)
    assert "refused" == world.begin(source=CAFE)
    world.fail(2, HOME)
    assert "refused" == world.begin(source=HOME)
    assert world.passes(HOME)


def test_whoever_knows_the_password_passes_from_anywhere():
    """After however many guesses: the last attempt is for the password that passed last."""
    world = World(STRICT)
    world.passes(HOME)
    world.fail(2)
    assert "refused" == world.begin(source=OFFICE)
    assert world.passes(OFFICE)


def test_an_old_password_that_failed_is_no_longer_known():
    """It was changed: the attempt that was kept for it is used up once."""
    world = World(STRICT)
    world.passes(HOME, OLD)
    world.fail(3, HOME)
    world.fail(1, HOME, OLD)
    assert "refused" == world.begin(OLD, HOME)
    assert 4 == world.throttle.failures("alice")


def test_a_new_password_is_tried():
    """Though the old one is the one that is known."""
    world = World(Limits(1, 1, 60))
    world.passes(HOME, OLD)
    assert world.passes(HOME, RIGHT)


def test_a_source_that_was_not_seen_lately_is_a_stranger():
    """As long as others were."""
    world = World()
    world.passes(HOME)
    world.now += 80_000
    world.passes(OFFICE)
    world.now += 80_000
    world.fail(5, HOME)
    assert "refused" == world.begin(source=HOME)


def test_attempts_that_are_under_way_are_waited_for():
    """Thirty devices with the right password: none is refused, at most eight are asked at once."""
    world = World()
    tickets = [world.begin(RIGHT) for _ in range(8)]
    assert "wait" == world.begin(RIGHT)
    world.throttle.end(tickets[0], "passed", world.now)
    assert not isinstance(world.begin(RIGHT), str)


def test_nobody_waits_for_what_does_not_help():
    """The failures alone are too many."""
    world = World()
    last = world.begin()
    world.fail(7)
    assert "wait" == world.begin()
    world.throttle.end(last, "failed", world.now)
    under_way = world.begin()
    assert "refused" == under_way


def test_a_refusal_that_proves_the_password_counts_nothing():
    """No directory counts it; and it ends no count."""
    world = World()
    world.fail(2)
    world.throttle.end(world.begin(RIGHT), "neither", world.now)
    assert 2 == world.throttle.failures("alice")


def test_a_clock_that_was_set_back_keeps_what_counts():
    """Refusing longer is the safe side."""
    world = World()
    world.fail(8)
    world.now -= 10_000
    assert "refused" == world.begin(RIGHT)


def test_what_was_counted_before_a_restart():
    """Is loaded, and cleared by an admin."""
    world = World()
    world.throttle.load("alice", [Failure(NOW - 60, True)] * 8)
    assert "refused" == world.begin()
    world.throttle.clear("alice")
    assert not isinstance(world.begin(), str)


def test_what_no_longer_counts_is_forgotten():
    """Nobody is kept for nothing."""
    world = World()
    world.fail(2)
    world.throttle.prune(1800, NOW + 1800)
    assert 0 == world.throttle.failures("alice")
    world.passes()
    assert {} == world.throttle._tries


@pytest.mark.parametrize(
    ("lockout", "wanted"),
    [
        (None, DEFAULT),
        (DirectoryLockout(10, 600), DEFAULT),
        (DirectoryLockout(5, 3600), Limits(4, 5, 3600)),
        (DirectoryLockout(1, 60), Limits(1, 5, 1800)),
        (DirectoryLockout(5, None), Limits(4, 5, LONGEST_WINDOW)),
    ],
)
def test_limits_stay_below_the_directorys(lockout, wanted):
    """One less than it locks at, in a window at least as long."""
    assert wanted == DEFAULT.below(lockout)


def test_what_an_admin_is_shown():
    """How many count, and until when who is refused."""
    failures = [Failure(NOW - age, stranger) for age, stranger in
                ((2000, True), (100, True), (90, True), (80, True), (70, True), (60, True))]  # fmt: skip
    assert Standing(5, 5, None, NOW + 1700) == standing(failures, DEFAULT, NOW)
    failures += [Failure(NOW - 50, False), Failure(NOW - 40, False)]
    assert Standing(7, 5, NOW + 1700, NOW + 1700) == standing(failures, DEFAULT, NOW)
    assert Standing(0, 0, None, None) == standing([], DEFAULT, NOW)


def test_one_that_began_alone_counts_beside_others():
    """As under way; then with its own outcome, from its own source."""
    world = World(STRICT)
    world.passes(HOME)
    assert world.throttle.alone("alice")
    assert not world.throttle.alone("alice")
    others = [world.begin(RIGHT) for _ in range(3)]
    assert "wait" == world.begin(RIGHT)
    assert not world.throttle.passed_alone("alice")
    late = world.throttle.late("alice", CAFE, WRONG, world.now)
    world.throttle.end(late, "failed", world.now)
    for one in others:
        world.throttle.end(one, "neither", world.now)
    assert [(NOW, True)] == [(one.at, one.stranger) for one in world.throttle.kept("alice")]


def test_one_that_passes_alone_leaves_nothing():
    """Most logins are that."""
    world = World()
    assert world.throttle.alone("alice")
    world.throttle.prune(1800, NOW)
    world.throttle.clear("alice")
    assert 0 == world.throttle.failures("alice")
    assert world.throttle.passed_alone("alice")
    assert {} == world.throttle._tries


class Directory:
    """Counts failed binds as a directory with a lock-out does."""

    def __init__(self, threshold, window):
        self.threshold, self.window = threshold, window
        self.password, self.failed_at = RIGHT, []

    def bind(self, password, now):
        if password == self.password:
            self.failed_at.clear()
            return "passed"
        self.failed_at = [at for at in self.failed_at if at > now - self.window] + [now]
        assert len(self.failed_at) < self.threshold, "the directory has locked the account"
        return "failed"


class Guessing(RuleBasedStateMachine):
    """Strangers and the person, right, wrong and old passwords, many at once, in any order."""

    @initialize(
        threshold=st.integers(2, 6),
        window=st.sampled_from([60, 600, 1800]),
        strangers=st.integers(1, 6),
        attempts=st.integers(2, 6),
    )
    def start(self, threshold, window, strangers, attempts):
        self.directory = Directory(threshold, window)
        self.limits = Limits(attempts, strangers, 300).below(DirectoryLockout(threshold, window))
        self.throttle, self.now = Throttle(Familiar(86_400)), NOW
        self.under_way, self.kept = [], []

    @rule(times=st.integers(1, 3))
    def guess(self, times):
        """Wrong ones, one after the other."""
        for _ in range(times):
            before = len(self.under_way)
            self.begin(CAFE, b"guess   ", early=True)
            if len(self.under_way) > before:
                self.end(before, lost=False)

    @rule(
        source=st.sampled_from([HOME, CAFE]),
        password=st.sampled_from([RIGHT, RIGHT, WRONG, OLD]),
        early=st.booleans(),
    )
    def begin(self, source, password, early):
        """A bind is sent; the directory looks at it now, or when it is waited for no longer."""
        ticket = None
        if not self.throttle.alone("alice"):
            ticket = self.throttle.begin("alice", source, password, self.limits, self.now)
        if isinstance(ticket, str):
            return
        verdict = self.directory.bind(password, self.now) if early else None
        self.under_way.append((ticket, source, password, verdict))

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 20), lost=st.booleans())
    def end(self, which, lost):
        """Its verdict comes, or is lost on the way."""
        ticket, source, password, verdict = self.under_way.pop(which % len(self.under_way))
        verdict = verdict or self.directory.bind(password, self.now)
        if ticket is None:
            if not lost and verdict == "passed" and self.throttle.passed_alone("alice"):
                self.throttle.familiar.passed("alice", source, self.now, password)
                return
            ticket = self.throttle.late("alice", source, password, self.now)
        failure = self.throttle.end(ticket, "failed" if lost else verdict, self.now)
        if failure is not None:
            self.kept.append(failure)

    @rule(seconds=st.sampled_from([1, 59, 301, 601]))
    def wait(self, seconds):
        """Time passes, and what no longer counts is forgotten."""
        self.now += seconds
        self.throttle.prune(self.limits.window, self.now)

    @rule(password=st.sampled_from([RIGHT, OLD, WRONG]))
    def change_password(self, password):
        """In the directory, behind our back."""
        self.directory.password = password

    @precondition(lambda self: not self.under_way)
    @rule(retries=st.integers(1, 3))
    def old_device(self, retries):
        """The password is changed after it passed; a device goes on with the one that passed."""
        self.directory.password = RIGHT
        self.begin(HOME, RIGHT, early=True)
        if self.under_way:
            self.end(0, lost=False)
        self.directory.password = WRONG
        self.guess(3)
        for _ in range(retries):
            self.begin(HOME, RIGHT, early=False)
        self.directory.password = OLD

    @precondition(lambda self: not self.under_way)
    @rule()
    def restart(self):
        """Nothing is known of sources and passwords; what failed was kept."""
        self.throttle = Throttle(Familiar(86_400))
        self.throttle.load("alice", self.kept)


Guessing.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


class TestGuessing(Guessing.TestCase):
    """Never more failed binds reach the directory in its window than it allows."""


@given(
    st.lists(st.tuples(st.sampled_from([HOME, CAFE, OFFICE]), st.sampled_from([WRONG, OLD]))),
    st.integers(2, 12),
    st.integers(1, 12),
)
def test_no_stranger_locks_the_person_out(guesses, attempts, strangers):
    """However often anybody guesses, the password that passed last is asked about."""
    world = World(Limits(attempts, strangers, 1800))
    world.passes(HOME)
    for source, password in guesses:
        ticket = world.begin(password, source)
        if not isinstance(ticket, str):
            world.throttle.end(ticket, "failed", world.now)
    assert world.passes(OFFICE)
