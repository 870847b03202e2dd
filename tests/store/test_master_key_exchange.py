"""Another master key, a little at a time, beside processes that know the old one alone."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.accounts.account import Person
from proxy.accounts.enrolment import normal_code
from proxy.factors.totp import new_seed
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeAccepted
from proxy.sealing import MasterKey, NotSealed
from proxy.secret import Secret
from proxy.store import (
    accounts,
    asking,
    devices,
    invitations,
    kept_keys,
    master_key_exchange,
    passcodes,
    recovery,
    schema,
    sealed,
    server_keys,
    totp,
)
from proxy.store.master_key_exchange import ROWS_AT_ONCE, ExchangeUnfinished, Position
from proxy.store.session import Session
from tests.peers.logins import ALICE, NOW, login

OLD = b"k" * 32


def process(octets=OLD):
    """Give the master key as a process has it that has just begun."""
    return MasterKey(Secret(octets))


def enrol(session, master, name):
    person = Person("corp", name, None, f"uid={name}", frozenset())
    account_id = accounts.ensure(session, person, NOW).id
    seed = new_seed()
    totp.enroll(session, master, account_id, seed, NOW)
    return account_id, seed


def seed_of(session, master, account_id):
    row = session.row(schema.totp.select().where(schema.totp.c.account_id == account_id))
    return totp.open_seed(session, master, row)


def reseal_all(session, master, new):
    at, steps = Position(), 0
    while at is not None:
        at = master_key_exchange.reseal(session, master, new, at)
        steps += 1
    return steps


def exchanged(session, master, *, compromised=False):
    """Exchange the key at once; give the new one."""
    new = master_key_exchange.begin(session, master, NOW).new
    reseal_all(session, master, new)
    master_key_exchange.finish(session, new, NOW, compromised=compromised)
    return new


def test_afterwards_the_new_key_opens_everything_and_the_old_one_nothing(session):
    """Of more rows than one step takes."""
    enrolled = [enrol(session, process(), f"u{number}") for number in range(ROWS_AT_ONCE + 50)]
    kid = server_keys.signing_key(session, process(), NOW).kid
    new = exchanged(session, process())
    fresh = process(new.octets().reveal())
    assert all(seed == seed_of(session, fresh, account_id) for account_id, seed in enrolled)
    assert server_keys.signing_key(session, fresh, NOW).kid == kid
    for attempt in (
        lambda: seed_of(session, process(), enrolled[0][0]),
        lambda: server_keys.signing_key(session, process(), NOW),
        lambda: sealed.sealing_key(session, process()),
        lambda: master_key_exchange.begin(session, process(), NOW),
    ):
        with pytest.raises(NotSealed):
            attempt()


def test_a_process_with_the_old_key_goes_on_while_keys_are_exchanged(session):
    """It opens what is sealed since, and seals under the next key."""
    daemon = process()
    account_id, seed = enrol(session, daemon, "alice")
    new = master_key_exchange.begin(session, process(), NOW).new
    reseal_all(session, process(), new)
    assert seed_of(session, daemon, account_id) == seed
    other_id, other = enrol(session, process(), "bob")
    row = session.row(schema.totp.select().where(schema.totp.c.account_id == other_id))
    assert row["sealed_seed"].startswith(new.prefix)
    master_key_exchange.finish(session, new, NOW, compromised=False)
    assert seed_of(session, daemon, other_id) == other


def test_a_process_that_slept_reads_its_key_again(session):
    """It knew nothing of the exchange; the file has the new key by now."""
    account_id, seed = enrol(session, process(), "alice")
    files = []
    daemon = MasterKey(Secret(OLD), lambda: files[-1] if files else None)
    new = exchanged(session, process())
    with pytest.raises(NotSealed):
        seed_of(session, daemon, account_id)
    files.append(process(new.octets().reveal()))
    assert seed_of(session, daemon, account_id) == seed
    enrol(session, daemon, "bob")


def test_what_is_left_under_the_old_key_is_not_given_up(session):
    """Nothing is finished before everything is sealed anew."""
    enrol(session, process(), "alice")
    new = master_key_exchange.begin(session, process(), NOW).new
    with pytest.raises(ExchangeUnfinished, match="totp"):
        master_key_exchange.finish(session, new, NOW, compromised=False)


def test_codes_invitations_and_used_steps_serve_on(session):
    """Digests are keyed as before: nothing that was issued is lost, nothing used serves again."""
    account_id, seed = enrol(session, process(), "alice")
    first, second, *_ = recovery.issue(session, process(), account_id, NOW)
    code = devices.invite(session, process(), account_id, replace=False, ttl=900, now=NOW)
    totp.use_step(session, account_id, 1000, "attempt")
    master = process()
    for typed in (first, second):  # through one exchange and through two
        master = process(exchanged(session, master).octets().reveal())
        question = CheckPasscode(account_id, "recovery", Secret(typed.encode()), typed)
        verdict = passcodes.check(session, master, question, 1, NOW)
        assert verdict == PasscodeAccepted("recovery")
    assert invitations.find_good(session, master, normal_code(code), NOW) is not None
    totp.remove(session, account_id)
    totp.enroll(session, master, account_id, seed, NOW)
    assert session.row(schema.totp.select())["last_step"] == 1000


def test_keys_of_digests_outlive_the_exchange(session):
    """A login that is under way is still the same one: no second push, no State that is lost."""
    before = {one: kept_keys.digest_key(session, process(), one) for one in kept_keys.PURPOSES}
    new = exchanged(session, process())
    master = process(new.octets().reveal())
    assert before == {one: kept_keys.digest_key(session, master, one) for one in kept_keys.PURPOSES}


def test_a_compromised_key_takes_with_it_what_digests_passwords(session):
    """The other keys stay: what they digest cannot be guessed."""
    new = exchanged(session, process(), compromised=True)
    master = process(new.octets().reveal())
    changed = {
        one
        for one in kept_keys.PURPOSES
        if kept_keys.digest_key(session, master, one) != process().derive(one)
    }
    assert changed == set(kept_keys.GUESSABLE)


def test_digests_of_passwords_are_forgotten(session, master):
    """Of requests that nobody joins any more; those of the last hour stay."""
    account = accounts.ensure(session, ALICE, NOW)
    code = devices.invite(session, master, account.id, replace=False, ttl=900, now=NOW)
    devices.enrol(session, master, normal_code(code), devices.Candidate("p", "{}", "p", "p"), NOW)
    terms = asking.Terms(lambda new: "jws", 120.0, 60.0, may_open=True)
    for number, at in ((1, NOW), (2, NOW + 4000)):
        question = asking.AskApproval(login(number), account.id, "alice", 0)
        asking.ask(session, question, terms, at)
    assert master_key_exchange.forget_joins(session, NOW + 4000) is None
    rows = session.rows(schema.approvals.select().order_by(schema.approvals.c.created_at))
    assert [row["join_digest"] is None for row in rows] == [True, False]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["begin", "step", "die", "finish", "enrol", "file"]), max_size=25))
def test_whatever_the_order_everything_opens(database, script):
    """
    Two processes exchange keys, die, begin again and enrol in any order.

    At every moment whoever starts with what the file holds opens all there is, and so does the
    daemon, which began with the first key and never died.
    """
    connection = database.connect()
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    try:
        play(Session(connection), script)
    finally:
        connection.rollback()
        connection.close()


def play(session, script):
    file = [process()]
    daemon = MasterKey(Secret(OLD), lambda: file[-1])
    worker, at, exchange = process(), Position(), None
    enrolled = [enrol(session, daemon, "first")]
    for number, what in enumerate(script):
        match what:
            case "begin":
                exchange = master_key_exchange.begin(session, worker, NOW)
            case "step" if exchange and at:
                at = master_key_exchange.reseal(session, worker, exchange.new, at)
            case "file" if exchange and at is None:
                file.append(process(exchange.new.octets().reveal()))
            case "finish" if exchange and file[-1].mark == exchange.new.mark:
                master_key_exchange.finish(session, exchange.new, NOW, compromised=False)
                exchange, at = None, Position()
            case "die":
                worker = process(file[-1].octets().reveal())
                exchange, at = None, Position()
            case "enrol":
                enrolled.append(enrol(session, daemon if number % 2 else worker, f"u{number}"))
        for reader in (daemon, process(file[-1].octets().reveal())):
            assert all(seed == seed_of(session, reader, one) for one, seed in enrolled)
