"""Codes checked, counted and used up in one transaction."""

import itertools
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock

from proxy.accounts.account import Person
from proxy.factors.totp import TotpSeed, code_at
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeAccepted, PasscodeRefused
from proxy.secret import Secret
from proxy.store import accounts, recovery, totp, wrong_codes
from proxy.store.engine import Store
from proxy.store.passcodes import StoredPasscodes, check
from proxy.store.schema import passcode_failures

NOW = 1_800_000_000.0
STEP = int(NOW // 30)
SEED = TotpSeed(Secret(b"12345678901234567890"))
WRONG = next(
    code
    for code in (b"000000", b"111111", b"222222", b"333333")
    if code not in [code_at(SEED, STEP + away) for away in range(-200, 400)]
)
ALICE = Person("corp", "alice", "id-1", "uid=alice,dc=example", frozenset())


@pytest.fixture
def account_id(session, master):
    account_id = accounts.ensure(session, ALICE, NOW).id
    totp.enroll(session, master, account_id, SEED, NOW)
    return account_id


@pytest.fixture
def tried(session, master, account_id):
    """Try a code of Alice's; each call is another attempt unless it names one."""
    attempts = iter(range(10_000))

    def tried(code, now=NOW, *, kind="totp", attempt=None, unproved=False):
        attempt = f"attempt {next(attempts)}" if attempt is None else attempt
        question = CheckPasscode(account_id, kind, Secret(code), attempt, unproved=unproved)
        verdict = check(session, master, question, 1, now)
        return "accepted" if isinstance(verdict, PasscodeAccepted) else verdict.reason

    return tried


def counted(session):
    row = session.row(passcode_failures.select())
    return 0 if row is None else row["failures"]


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_a_code_of_the_window_is_accepted(tried, away):
    """The present step and one on either side are good."""
    assert tried(code_at(SEED, STEP + away)) == "accepted"


@pytest.mark.parametrize("away", [-2, 2])
def test_a_code_outside_the_window_is_wrong(tried, session, away):
    """An older or a later step is a wrong code, and is counted."""
    assert tried(code_at(SEED, STEP + away)) == "wrong"
    assert counted(session) == 1


def test_a_used_step_is_refused_for_good(tried, session):
    """A code that was accepted is refused from then on, and counted: somebody saw it."""
    assert tried(code_at(SEED, STEP)) == "accepted"
    assert tried(code_at(SEED, STEP)) == "used"
    assert counted(session) == 1


def test_an_older_step_than_the_used_one_is_refused(tried):
    """After a step nothing before it is accepted, though its own code was never used."""
    assert tried(code_at(SEED, STEP + 1)) == "accepted"
    assert tried(code_at(SEED, STEP)) == "used"
    assert tried(code_at(SEED, STEP - 1)) == "used"


def test_a_clock_that_goes_back_opens_nothing(tried):
    """An hour back, codes of that hour are good by the clock and refused all the same."""
    assert tried(code_at(SEED, STEP)) == "accepted"
    assert tried(code_at(SEED, STEP - 120), NOW - 3600) == "used"


def test_the_same_attempt_gets_the_same_verdict(tried, session):
    """After a crash the repeated attempt is accepted again; another attempt is not."""
    assert tried(code_at(SEED, STEP), attempt="a") == "accepted"
    assert tried(code_at(SEED, STEP), attempt="a") == "accepted"
    assert tried(code_at(SEED, STEP), attempt="b") == "used"
    assert counted(session) == 1


def test_the_same_wrong_attempt_is_counted_once(tried, session):
    """A wrong code, repeated after a crash, stays wrong and is not counted again."""
    assert tried(WRONG, attempt="a") == "wrong"
    assert tried(WRONG, attempt="a") == "wrong"
    assert counted(session) == 1


def test_a_refused_attempt_is_not_accepted_later(tried):
    """A code that was too early stays wrong for its attempt when its step has come."""
    early = code_at(SEED, STEP + 2)
    assert tried(early, attempt="a") == "wrong"
    assert tried(early, NOW + 60, attempt="a") == "wrong"
    assert tried(early, NOW + 60, attempt="b") == "accepted"


def test_the_fifth_wrong_code_begins_a_wait(tried, session, master):
    """During the wait the right code is not looked at, used up or counted."""
    assert [tried(WRONG) for _ in range(5)] == ["wrong"] * 5
    assert tried(code_at(SEED, STEP)) == "waiting"
    assert tried(code_at(SEED, STEP), NOW + 29) == "waiting"
    assert counted(session) == 5
    assert tried(code_at(SEED, STEP), NOW + 30) == "accepted"


def test_waits_hold_for_every_kind_of_code(tried, session, master, account_id):
    """Wrong TOTP codes make recovery codes wait too."""
    good = recovery.issue(session, master, account_id, NOW)[0].encode()
    for _ in range(5):
        tried(WRONG)
    assert tried(good, kind="recovery") == "waiting"
    assert tried(good, NOW + 30, kind="recovery") == "accepted"


def test_waits_grow(tried):
    """After the wait one more wrong code begins a wait twice as long."""
    for _ in range(5):
        tried(WRONG)
    assert tried(WRONG, NOW + 30) == "wrong"
    assert tried(WRONG, NOW + 30 + 59) == "waiting"
    assert tried(WRONG, NOW + 30 + 60) == "wrong"


def test_before_a_password_was_proved_nothing_counts(tried, session):
    """A stranger locks no factor; a wait that others began holds, and a right code is used up."""
    assert ["wrong"] * 9 == [tried(WRONG, unproved=True) for _ in range(9)]
    assert 0 == counted(session)
    right = code_at(SEED, STEP)
    assert ["accepted", "used"] == [tried(right, unproved=True) for _ in range(2)]
    for _ in range(5):
        tried(WRONG)
    assert "waiting" == tried(code_at(SEED, STEP + 1), unproved=True)
    assert 5 == counted(session)
    assert "accepted" == tried(code_at(SEED, STEP + 1), NOW + 30, unproved=True)
    assert 5 == counted(session)


def test_a_success_ends_the_row(tried, session):
    """After a right code five more wrong ones are free."""
    for _ in range(4):
        tried(WRONG)
    assert tried(code_at(SEED, STEP)) == "accepted"
    assert counted(session) == 0
    assert [tried(WRONG) for _ in range(5)] == ["wrong"] * 5


def test_a_hundred_wrong_codes_lock_until_an_admin_unlocks(tried, session, account_id):
    """No wait ends the lock; unlocking does, and the person passes at once."""
    now = NOW
    for _ in range(100):
        assert tried(WRONG, now) == "wrong"
        now += 3600
    assert tried(WRONG, now + 1e6) == "locked"
    wrong_codes.forget(session, account_id)
    late = now + 1e6
    assert tried(code_at(SEED, int(late // 30)), late) == "accepted"


@pytest.mark.parametrize(
    "typed", [b"", b"12345", b"1234567", b" 755224", b"\xff" * 6, b"755224\x00", "７".encode() * 6]
)
def test_what_has_not_the_form_of_a_code_is_wrong(tried, session, typed):
    """Anything that is not exactly the digits is a wrong code, and no error."""
    assert tried(typed) == "wrong"
    assert tried(typed, kind="recovery") == "wrong"
    assert counted(session) == 2


def test_a_recovery_code_is_good_once(tried, session, master, account_id):
    """A code on paper serves once; its own attempt gets the same verdict again."""
    code = recovery.issue(session, master, account_id, NOW)[0].encode()
    assert tried(code, kind="recovery", attempt="a") == "accepted"
    assert tried(code, kind="recovery", attempt="a") == "accepted"
    assert tried(code, kind="recovery", attempt="b") == "used"
    assert counted(session) == 1


def test_a_removed_seed_accepts_nothing(tried, session, account_id):
    """After `totp remove` no code is looked at, not even for the attempt that was accepted."""
    assert tried(code_at(SEED, STEP), attempt="a") == "accepted"
    totp.remove(session, account_id)
    assert tried(code_at(SEED, STEP), attempt="a") == "not-enrolled"
    assert tried(code_at(SEED, STEP + 1)) == "not-enrolled"
    assert counted(session) == 0


def test_a_step_stays_used_when_its_seed_is_enrolled_again(tried, session, master, account_id):
    """Removing and enrolling the same seed opens no used code."""
    assert tried(code_at(SEED, STEP)) == "accepted"
    totp.remove(session, account_id)
    totp.enroll(session, master, account_id, SEED, NOW)
    assert tried(code_at(SEED, STEP)) == "used"


def block(session, account_id):
    accounts.block(session, account_id, NOW)


def stranger(session, account_id):
    accounts.load(session, Person("corp", "alice", "id-2", "uid=alice", frozenset()), NOW)


def set_aside(session, account_id):
    stranger(session, account_id)
    accounts.decide_stranger(session, account_id, same_person=False, now=NOW)


@pytest.mark.parametrize("change", [block, stranger, set_aside])
def test_an_account_that_is_blocked_by_now_has_no_codes(tried, session, account_id, change):
    """A code that was right a moment ago serves nobody once the account is blocked."""
    change(session, account_id)
    assert tried(code_at(SEED, STEP)) == "not-enrolled"
    assert counted(session) == 0


def test_an_unknown_account_has_no_codes(session, master):
    """A key that names no account is refused, not an error."""
    question = CheckPasscode(77, "totp", Secret(b"123456"), "a")
    assert check(session, master, question, 1, NOW) == PasscodeRefused("totp", "not-enrolled")


def test_the_port_answers_when_the_code_is_durably_used(store, loop, database, master):
    """When the verdict fires, a restarted store refuses the same code."""
    account_id = database.now(lambda session: accounts.ensure(session, ALICE, NOW)).id
    database.now(lambda session: totp.enroll(session, master, account_id, SEED, NOW))
    clock = Clock()
    clock.advance(NOW)
    code = Secret(code_at(SEED, STEP))
    passcodes = StoredPasscodes(store, master, clock, 1)
    first = passcodes.check(CheckPasscode(account_id, "totp", code, "a"))
    assert loop.result(first) == PasscodeAccepted("totp")
    restarted = Store(database, loop)
    restarted.start()
    again = StoredPasscodes(restarted, master, clock, 1)
    second = again.check(CheckPasscode(account_id, "totp", code, "b"))
    assert loop.result(second) == PasscodeRefused("totp", "used")
    loop.result(restarted.stop())


@contextmanager
def undone(session):
    """Whatever is done meanwhile is rolled back, so that each example begins afresh."""
    session._connection.execute("SAVEPOINT example")
    yield
    session._connection.execute("ROLLBACK TO example")
    session._connection.execute("RELEASE example")


enrol, remove, type_code = st.just("enrol"), st.just("remove"), st.integers(-3, 3)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(st.lists(st.tuples(type_code | enrol | remove, st.integers(-90, 120)), max_size=30))
def test_no_step_is_accepted_twice(session, master, account_id, tried, events):
    """Whatever is typed when, whether the clock goes back or the seed is enrolled again."""
    accepted = []
    now = NOW
    with undone(session):
        for event, passed in events:
            now += passed
            if event == "enrol":
                totp.enroll(session, master, account_id, SEED, now)
            elif event == "remove":
                totp.remove(session, account_id)
            else:
                step = int(now // 30) + event
                if tried(code_at(SEED, step), now) == "accepted":
                    accepted.append(step)
    assert accepted == sorted(set(accepted))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=40))
def test_nobody_guesses_faster_than_the_waits_allow(session, tried, pauses):
    """Of all wrong codes typed, those looked at are never more than the waits let pass."""
    looked_at = []
    now = NOW
    with undone(session):
        for pause in pauses:
            now += pause
            if tried(WRONG, now) == "wrong":
                looked_at.append(now)
    for number, (before, after) in enumerate(itertools.pairwise(looked_at), start=1):
        if number >= 5:
            assert after - before >= min(30 * 2 ** (number - 5), 3600)
