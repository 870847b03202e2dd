"""TOTP that an app enrols: what waits, its first code, and what it may replace."""

import pytest

from proxy.accounts.device import Candidate, Enrolled
from proxy.factors.jwk import SigningKey
from proxy.factors.totp import TotpSeed, code_at, new_seed
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeAccepted
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import (
    accounts,
    devices,
    master_key_exchange,
    passcodes,
    pending_totp,
    schema,
    totp,
    wrong_codes,
)
from proxy.store.pending_totp import LIFETIME, TRIES
from tests.peers.logins import ALICE

NOW = 1_800_000_000.0
STEP = int(NOW // 30)
OLD = TotpSeed(Secret(b"12345678901234567890"))


@pytest.fixture
def account_id(session):
    return accounts.ensure(session, ALICE, NOW).id


@pytest.fixture
def phone(session, master, account_id):
    return enrol_phone(session, master, account_id)


@pytest.fixture
def world(session, master, phone, account_id):
    return World(session, master, phone, account_id)


def enrol_phone(session, master, account_id, *, replace=False):
    """Give the id of a phone that is enrolled now."""
    key = SigningKey.create()
    candidate = Candidate(key.kid, key.public.to_text(), "phone", "proof")
    code = devices.invite(session, master, account_id, replace=replace, ttl=600, now=NOW)
    assert isinstance(devices.enrol(session, master, code, candidate, NOW), Enrolled)
    return candidate.id


class World:
    """One phone's way to TOTP."""

    def __init__(self, session, master, phone, account_id):
        self.session, self.master = session, master
        self.phone, self.account_id = phone, account_id
        self.attempts = 0

    def begin(self, old_code=None, now=NOW, phone=None):
        self.attempts += 1
        secret = None if old_code is None else Secret(old_code)
        return pending_totp.begin(
            self.session, self.master, phone or self.phone, secret, f"a{self.attempts}", 1, now
        )

    def confirm(self, code, now=NOW, phone=None):
        return pending_totp.confirm(
            self.session, self.master, phone or self.phone, Secret(code), 1, now
        )

    def check(self, code, now=NOW):
        """Say whether a login with this code passes."""
        self.attempts += 1
        question = CheckPasscode(self.account_id, "totp", Secret(code), f"a{self.attempts}")
        verdict = passcodes.check(self.session, self.master, question, 1, now)
        return isinstance(verdict, PasscodeAccepted)

    def enrol_old(self):
        totp.enroll(self.session, self.master, self.account_id, OLD, NOW)

    def has(self):
        return accounts.enrolments(self.session, self.account_id).has("totp")

    def failures(self):
        return wrong_codes.of_account(self.session, self.account_id).count


def wrong(seed):
    good = {code_at(seed, STEP + away) for away in (-1, 0, 1)}
    return next(code for code in (b"000000", b"111111", b"222222", b"333333") if code not in good)


def test_the_first_code_enrols(world):
    """Until then the account has no TOTP."""
    seed = world.begin()
    assert not world.has()
    assert world.confirm(code_at(seed, STEP)) == "enrolled"
    assert world.check(code_at(seed, STEP + 1))


def test_the_first_code_is_used_up(world):
    """Whoever saw it typed cannot log in with it."""
    seed = world.begin()
    world.confirm(code_at(seed, STEP))
    assert not world.check(code_at(seed, STEP))


def test_the_same_first_code_again_is_told_the_same(world):
    """The phone may have missed the answer; another phone or code is not."""
    seed = world.begin()
    world.confirm(code_at(seed, STEP))
    assert world.confirm(code_at(seed, STEP)) == "enrolled"
    assert world.confirm(code_at(seed, STEP + 1)) == "nothing-begun"
    totp.remove(world.session, world.account_id)
    assert world.confirm(code_at(seed, STEP)) == "nothing-begun"


def test_nothing_is_confirmed_that_was_not_begun(world):
    """A code alone enrols nothing."""
    assert world.confirm(b"000000") == "nothing-begun"


def test_what_waits_ends(world):
    """Ten minutes."""
    seed = world.begin()
    late = NOW + LIFETIME
    assert world.confirm(code_at(seed, int(late // 30)), late) == "nothing-begun"


def test_a_second_beginning_ends_the_first(world):
    """The newest seed alone can be confirmed."""
    first, second = world.begin(), world.begin()
    assert world.confirm(code_at(first, STEP)) == "code-wrong"
    assert world.confirm(code_at(second, STEP)) == "enrolled"


def test_wrong_first_codes_are_limited_and_not_counted(world):
    """They are no codes of the account; after five there is nothing to guess at."""
    seed = world.begin()
    for _ in range(TRIES):
        assert world.confirm(wrong(seed)) == "code-wrong"
    assert world.confirm(code_at(seed, STEP)) == "nothing-begun"
    assert world.failures() == 0


def test_an_enrolled_app_is_not_replaced_without_its_code(world):
    """Whoever has the phone alone cannot take the other factor's place."""
    world.enrol_old()
    assert world.begin() == "already-enrolled"
    assert world.begin(wrong(OLD)) == "code-wrong"
    assert world.failures() == 1


def test_an_enrolled_app_is_replaced_with_its_code(world):
    """The old one serves until the new one is confirmed, and its code is used up."""
    world.enrol_old()
    seed = world.begin(code_at(OLD, STEP))
    assert world.begin(code_at(OLD, STEP)) == "code-wrong"
    assert world.check(code_at(OLD, STEP + 1))
    assert world.confirm(code_at(seed, STEP)) == "enrolled"
    assert not world.check(code_at(OLD, STEP + 2), NOW + 60)
    assert world.check(code_at(seed, STEP + 1))


def test_during_a_wait_no_code_of_the_old_one_is_looked_at(world):
    """The lock-out is the same as over RADIUS."""
    world.enrol_old()
    for _ in range(5):
        assert not world.check(wrong(OLD))
    assert world.begin(code_at(OLD, STEP)) == "code-wrong"
    assert world.failures() == 5


def test_wrong_old_codes_count_for_logins(world):
    """The two share one counter."""
    world.enrol_old()
    for _ in range(5):
        world.begin(wrong(OLD))
    assert not world.check(code_at(OLD, STEP))


def test_a_new_seed_resets_no_counter(world):
    """Whoever enrols anew waits as before."""
    seed = world.begin()
    for number in range(5):
        before = wrong_codes.of_account(world.session, world.account_id)
        wrong_codes.count(world.session, world.account_id, before, f"r{number}", NOW)
    assert world.confirm(code_at(seed, STEP)) == "enrolled"
    assert world.failures() == 5
    assert not world.check(code_at(seed, STEP + 1))


def test_a_seed_that_came_meanwhile_is_not_replaced(world):
    """An admin enrolled another app between beginning and first code."""
    seed = world.begin()
    world.enrol_old()
    assert world.confirm(code_at(seed, STEP)) == "already-enrolled"
    assert world.check(code_at(OLD, STEP))
    assert world.confirm(code_at(seed, STEP)) == "nothing-begun"


def test_a_seed_that_was_exchanged_meanwhile_is_not_replaced(world):
    """The code that was given was of another."""
    world.enrol_old()
    seed = world.begin(code_at(OLD, STEP))
    totp.enroll(world.session, world.master, world.account_id, new_seed(), NOW)
    assert world.confirm(code_at(seed, STEP)) == "already-enrolled"


def test_a_retired_phone_enrols_nothing(world):
    """Neither begins nor confirms."""
    seed = world.begin()
    devices.retire(world.session, world.phone, "revoked", NOW)
    assert (world.begin(), world.confirm(code_at(seed, STEP))) == ("gone", "gone")


def test_a_blocked_account_enrols_nothing(world):
    """Until an admin unblocks it."""
    seed = world.begin()
    accounts.block(world.session, world.account_id, NOW)
    assert (world.begin(), world.confirm(code_at(seed, STEP))) == ("gone", "gone")


def test_what_waits_is_the_phones_own(world):
    """Another phone of the same person has to begin by itself."""
    seed = world.begin()
    other = enrol_phone(world.session, world.master, world.account_id, replace=True)
    assert world.confirm(code_at(seed, STEP), phone=other) == "nothing-begun"


def test_what_waits_is_sealed_and_survives_a_new_master_key(world):
    """The database holds nothing of it; the exchange seals it anew."""
    seed = world.begin()
    row = world.session.row(schema.pending_totp.select())
    assert seed.secret.reveal() not in row["sealed_seed"]
    new = master_key_exchange.begin(world.session, world.master, NOW).new
    at = master_key_exchange.Position()
    while at is not None:
        at = master_key_exchange.reseal(world.session, world.master, new, at)
    master_key_exchange.finish(world.session, new, NOW, compromised=False)
    world.master = MasterKey(new.octets())
    assert world.confirm(code_at(seed, STEP)) == "enrolled"


def enrolled(world):
    seed = world.begin()
    assert world.confirm(code_at(seed, STEP)) == "enrolled"
    return seed


@pytest.mark.parametrize("how", ["revoked", "replaced"])
def test_the_codes_end_with_the_phone(world, how):
    """Whoever has it has them; a new phone begins anew and gives no code of the old one."""
    seed = enrolled(world)
    if how == "revoked":
        devices.retire(world.session, world.phone, "revoked", NOW)
    new = enrol_phone(world.session, world.master, world.account_id, replace=True)
    assert not world.has()
    assert not world.check(code_at(seed, STEP + 1))
    assert isinstance(world.begin(phone=new), TotpSeed)


def test_codes_of_another_app_outlive_the_phone(world):
    """They are not on it; nor are those that took the place of its own."""
    enrolled(world)
    world.enrol_old()
    devices.retire(world.session, world.phone, "revoked", NOW)
    assert world.check(code_at(OLD, STEP))


def test_a_phone_with_its_own_codes_alone_is_not_unenrolled(world):
    """The account would be left with nothing."""
    enrolled(world)
    assert devices.unenrol(world.session, world.phone, NOW) == "last-factor"
    assert world.has()
    world.enrol_old()
    assert devices.unenrol(world.session, world.phone, NOW) == "retired"
    assert world.has()


def test_a_used_step_stays_used_after_the_phone_ended(world):
    """The digest and the step of the seed stay."""
    enrolled(world)
    devices.retire(world.session, world.phone, "revoked", NOW)
    row = world.session.row(schema.totp.select())
    assert (None, STEP) == (row["sealed_seed"], row["last_step"])
