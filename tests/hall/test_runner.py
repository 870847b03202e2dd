"""Logins through the hall, as a NAS sees them: real rules, a real store, a clock that stands still."""

import re

import pytest

from proxy.going_on import LOOK_AGAIN
from proxy.login.actions import Accept, Challenge, Reject, Unanswered
from proxy.login.policy import Condition
from proxy.login.request import Proof
from proxy.store import accounts, bypasses, devices, logins, wrong_codes
from tests.peers.hall import FakeDirectory, Hall
from tests.peers.logins import NOW, RECOVERY_CODE, client, policy

CHALLENGING = client(challenge=True)
APPENDING = client(append_code=True)
ELSEWHERE = {"caller": "198.51.100.9", "origin": "198.51.100.9", "join_digest": b"o" * 32}


def words(answers):
    """Give the answers that came, each in a word."""
    return [
        answer.reason if isinstance(answer, Reject | Unanswered) else type(answer).__name__
        for answer, _ in answers
    ]


@pytest.fixture
def hall(database):
    hall = Hall(database)
    yield hall
    hall.store.close()


@pytest.fixture
def alone(database):
    """A policy that asks for no second factor."""
    hall = Hall(database, policy())
    yield hall
    hall.store.close()


# --- the configuration is read again ---


def test_a_login_asks_the_directories_that_it_began_with(alone):
    """Found and checked there, however late; the next one asks the new ones."""
    old, new = alone.directory, FakeDirectory()
    old.held = []
    first = alone.begin()
    alone.runner.configure(alone.policies, new, 1000)
    second = alone.begin(2, join_digest=b"o" * 32)
    while old.held:
        old.let_go()
        old.held = []
        alone.clock.advance(0)
    assert ["Accept"] == words(first) == words(second)
    assert [[("alice", b"pw")]] * 2 == [old.binds, new.binds]


def test_a_login_keeps_the_policies_that_it_began_with(hall):
    """Held for a phone when the client lost its last policy: accepted; the next one is refused."""
    hall.enrol()
    held = hall.begin()
    hall.runner.configure((), hall.directory, 1000)
    refused = hall.begin(2, **ELSEWHERE)
    hall.clock.advance(1.3)
    hall.answer()
    assert (["Accept"], ["not-allowed"]) == (words(held), words(refused))


def test_a_login_is_joined_across_it(hall):
    """The NAS tries again after the change: one login, one push, the newest gets the answer."""
    hall.enrol()
    first = hall.begin()
    hall.runner.configure((policy("push", name="renamed"),), FakeDirectory(), 1000)
    again = hall.begin(2)
    hall.answer()
    assert (["superseded"], ["Accept"]) == (words(first), words(again))
    assert 1 == len(hall.pushes)


def test_a_challenge_is_answered_under_the_policy_that_gave_it(hall):
    """Parked before the change, resumed after it."""
    hall.enrol()
    ((challenge, state),) = hall.begin(client=CHALLENGING)
    hall.runner.configure((), FakeDirectory(), 1000)
    answered = hall.resume(state, hall.code())
    assert isinstance(challenge, Challenge)
    assert ["Accept"] == words(answered)


def test_a_limit_holds_at_once(hall):
    """What is going on stays; one more is refused."""
    hall.enrol()
    hall.begin()
    hall.runner.configure(hall.policies, hall.directory, 1)
    refused = hall.begin(2, **ELSEWHERE)
    hall.clock.advance(1.3)
    assert ["too-many-pending"] == words(refused)


# --- the first factor ---


def test_the_password_alone_where_the_policy_says_so(alone):
    """Accepted at once."""
    assert ["Accept"] == words(alone.begin())


def test_a_reject_is_delayed(alone):
    """A second and a little from the arrival; nothing tells why."""
    answers = alone.begin(password=b"wrong")
    alone.clock.advance(0.99)
    assert [] == answers
    alone.clock.advance(0.3)
    assert ["bad-credentials"] == words(answers)


def test_an_unknown_person_is_refused_alike(alone):
    """The same words after the same delay."""
    answers = alone.begin(username="mallory")
    alone.clock.advance(1.3)
    assert ["bad-credentials"] == words(answers)


def test_an_empty_password_never_reaches_the_directory(alone):
    """It would be an anonymous bind."""
    answers = alone.begin(password=b"")
    alone.clock.advance(1.3)
    assert ["bad-credentials"] == words(answers)
    assert [] == alone.directory.binds


def test_a_wrong_password_again_costs_one_bind(alone):
    """While the directory is asked, and while the reject is delayed."""
    first = alone.begin(1, password=b"wrong")
    alone.clock.advance(0.5)
    second = alone.begin(2, password=b"wrong")
    alone.clock.advance(0.8)
    assert ["bad-credentials"] == words(first)
    assert [] == second
    alone.clock.advance(0.5)
    assert ["bad-credentials"] == words(second)
    assert 1 == len(alone.directory.binds)
    alone.begin(3, password=b"wrong")
    assert 2 == len(alone.directory.binds)


def test_another_password_is_another_login(alone):
    """It has its own bind and its own answer."""
    alone.directory.held = []
    wrong, right = alone.begin(1, password=b"wrong"), alone.begin(2, join_digest=b"r" * 32)
    alone.directory.let_go()
    alone.clock.advance(1.3)
    assert (["bad-credentials"], ["Accept"]) == (words(wrong), words(right))


def test_a_request_that_joins_before_the_directory_answered(alone):
    """One bind; the newest gets the Access-Accept, the older nothing."""
    alone.directory.held = []
    first, second = alone.begin(1), alone.begin(2)
    alone.directory.let_go()
    alone.clock.advance(0)
    assert (["superseded"], ["Accept"]) == (words(first), words(second))
    assert 1 == len(alone.directory.binds)


def test_a_heap_of_answers_forgets_nobody(alone):
    """More answers come at once than logins go on in one turn of the loop."""
    alone.directory.held = []
    count = 50
    everybody = [alone.begin(number, join_digest=b"%032d" % number) for number in range(count)]
    alone.directory.let_go()
    assert [] == alone.directory.binds
    alone.clock.advance(0)
    assert [["Accept"]] * count == [words(one) for one in everybody]


def test_an_answer_that_has_just_come_is_not_given_up(alone):
    """The deadline comes between the answer and the login's turn: it goes on, and ends."""
    alone.directory.held = []
    first = alone.begin()
    (running,) = alone.going_on._all
    alone.directory.let_go()
    deadline = running.deadline()
    assert deadline + LOOK_AGAIN == running(deadline)
    alone.clock.advance(0)
    assert ["Accept"] == words(first)


def test_answers_that_come_too_late_ask_nothing_more(alone):
    """The daemon ends: whoever was answered but had no turn yet is left unanswered."""
    alone.directory.held = []
    first = alone.begin()
    stopped = alone.runner.stop(0.0)
    alone.directory.let_go()
    alone.runner._abandon()
    alone.clock.advance(0)
    assert stopped.called
    assert ["stopping"] == words(first)
    assert [] == alone.directory.binds


def test_a_silent_directory_is_given_up_within_the_wait(alone):
    """The NAS has its answer before it stops listening."""
    alone.directory.held = []
    answers = alone.begin()
    alone.clock.advance(28.9)
    assert [] == answers
    alone.clock.advance(0.2)
    assert ["directory-unavailable"] == words(answers)


def test_a_directory_that_is_down(alone):
    """Refused; nothing fails open."""
    alone.directory.down = True
    answers = alone.begin()
    alone.clock.advance(1.3)
    assert ["directory-unavailable"] == words(answers)


def test_nobody_enrolled(hall):
    """Password right, nothing to prove it by."""
    answers = hall.begin()
    hall.clock.advance(1.3)
    assert [Reject("not-enrolled", told=True)] == [answer for answer, _ in answers]


# --- held for a push ---


def test_a_push_that_is_approved(hall):
    """Held until then."""
    hall.enrol()
    answers = hall.begin()
    hall.clock.advance(20)
    assert [] == answers
    assert "stored" == hall.answer()
    assert ["Accept"] == words(answers)


@pytest.mark.parametrize(("decision", "reason"), [("deny", "denied"), ("report", "reported")])
def test_a_push_that_is_denied(hall, decision, reason):
    """Refused."""
    hall.enrol()
    answers = hall.begin()
    hall.clock.advance(5)
    hall.answer(decision)
    assert [reason] == words(answers)


def test_retries_from_new_ports_send_one_push(hall):
    """Three packets, one approval, one session: the newest's."""
    hall.enrol()
    answers = []
    for number in (1, 2, 3):
        answers.append(hall.begin(number))
        hall.clock.advance(3)
    hall.answer()
    assert [["superseded"], ["superseded"], ["Accept"]] == [words(each) for each in answers]
    assert 1 == len(hall.pushes)


def test_a_retry_has_its_own_deadline(hall):
    """The login goes on as long as the newest request is waited for."""
    hall.enrol()
    first = hall.begin(1)
    hall.clock.advance(20)
    second = hall.begin(2)
    hall.clock.advance(15)
    assert ([], []) == (first, second)
    hall.clock.advance(14)
    assert (["superseded"], ["no-answer"]) == (words(first), words(second))


def test_an_approval_after_the_nas_gave_up_serves_its_next_try(hall):
    """Once, for a minute after the answer, for the same caller."""
    hall.enrol()
    late = hall.begin(1)
    hall.clock.advance(29)
    assert ["no-answer"] == words(late)
    hall.clock.advance(10)
    hall.answer()
    hall.clock.advance(55)
    elsewhere = hall.begin(2, **ELSEWHERE)
    assert [] == elsewhere
    hall.answer()
    assert ["Accept"] == words(elsewhere)
    assert ["Accept"] == words(hall.begin(3))
    assert [] == hall.begin(4)
    assert 3 == len(hall.pushes)


def test_another_caller_waits_for_a_code(hall):
    """No second push; refused where no code can be asked."""
    hall.enrol()
    hall.begin(1)
    refused = hall.begin(2, **ELSEWHERE)
    hall.clock.advance(1.3)
    assert ["another-login"] == words(refused)
    assert ("198.51.100.9",) == hall.open()[0].others
    assert 1 == len(hall.pushes)


def test_no_answer_where_the_nas_can_ask(database):
    """The push stays open; the person approves and continues, or types a code."""
    hall = Hall(database, policy("push", "totp", number_matching="off"))
    hall.enrol()
    answers = hall.begin(client=CHALLENGING)
    hall.clock.advance(29)
    challenge, state = answers[0]
    assert ("approve-or-code", True) == (challenge.prompt, challenge.code)
    hall.answer()
    assert ["Accept"] == words(hall.resume(state))


def test_a_phone_that_is_revoked_refuses_its_login(hall):
    """At once."""
    hall.enrol()
    answers = hall.begin()
    hall.clock.advance(2)
    hall.write(lambda s: devices.retire(s, "phone of alice", "revoked", hall.now()))
    hall.look()
    assert ["withdrawn"] == words(answers)


# --- what a request comes under ---


GUEST, CORP = ({"Called-Station-Id": (f"ap:{ssid}",)} for ssid in ("guest", "corp"))


def test_a_login_that_needs_less_takes_no_request_that_needs_more_along(database):
    """One person, password, caller and client, two networks: each request has its own policy."""
    hall = Hall(
        database,
        policy(name="guest", when=(Condition("Called-Station-Id", ("*:guest",)),)),
        policy("push", name="corp", when=(Condition("Called-Station-Id", ("*:corp",)),)),
    )
    hall.enrol()
    hall.directory.held = []
    guest, corp = hall.begin(1, attributes=GUEST), hall.begin(2, attributes=CORP)
    hall.directory.let_go()
    for _ in range(20):
        hall.clock.advance(0)
    assert (["Accept"], []) == (words(guest), words(corp))
    assert 1 == len(hall.open())
    hall.answer("deny")
    hall.clock.advance(2)
    assert ["denied"] == words(corp)


# --- States ---


def test_a_state_is_plain_text(hall):
    """The first one and those that follow: ocserv 1.1.6 keeps a State up to its first NUL only."""
    hall.enrol(phone=False)
    _, first = hall.begin(client=CHALLENGING)[0]
    _, second = hall.resume(first, b"000000")[0]
    assert first != second
    for state in (first, second):
        assert re.fullmatch(rb"[A-Za-z0-9_-]{24}", state)


# --- numbers ---


@pytest.fixture
def numbered(hall):
    """A login that shows a number: the hall, the challenge and its State."""
    hall.enrol()
    challenge, state = hall.begin(client=CHALLENGING)[0]
    return hall, challenge, state


def test_a_number_is_asked_at_once(numbered):
    """The push is under way."""
    hall, challenge, _ = numbered
    assert ("type-number", 6, True) == (challenge.prompt, len(challenge.number), challenge.code)
    assert 1 == len(hall.open())


def test_continue_after_the_number_was_typed_on_the_phone(numbered):
    """Accepted."""
    hall, challenge, state = numbered
    hall.answer(number=challenge.number)
    assert ["Accept"] == words(hall.resume(state))


@pytest.mark.parametrize("text", [b"", b"   ", b"ok", b"12345"])
def test_continue_before_is_held(numbered, text):
    """Then the same number again with a new State, for five minutes; it is no wrong code."""
    hall, challenge, state = numbered
    answers = hall.resume(state, text)
    hall.clock.advance(28.9)
    assert [] == answers
    hall.clock.advance(0.1)
    again, new_state = answers[0]
    assert (challenge.number, True) == (again.number, state != new_state)
    held = hall.resume(new_state, text)
    hall.answer(number=challenge.number)
    assert ["Accept"] == words(held)


def test_continue_ends_with_the_five_minutes(numbered):
    """From the first challenge."""
    hall, _, state = numbered
    answers = []
    for _ in range(20):
        answers = hall.resume(state)
        hall.clock.advance(29)
        if not isinstance(answers[0][0], Challenge):
            break
        state = answers[0][1]
    assert ["no-answer"] == words(answers)
    assert 300 <= hall.now() - NOW <= 330


def test_the_number_in_the_wrong_place(numbered):
    """Not counted; the challenge says where it goes."""
    hall, challenge, state = numbered
    told, new_state = hall.resume(state, challenge.number.encode())[0]
    assert "number-goes-on-phone" == told.prompt
    hall.answer(number=challenge.number)
    assert ["Accept"] == words(hall.resume(new_state))


def test_a_code_instead_of_the_number(numbered):
    """Accepted; the phone's request is withdrawn."""
    hall, _, state = numbered
    assert ["Accept"] == words(hall.resume(state, hall.code()))
    assert [] == hall.open()


def test_a_new_login_replaces_the_number(numbered):
    """New number, the old request withdrawn, the old State dead."""
    hall, _, old_state = numbered
    _, new_state = hall.begin(2, client=CHALLENGING)[0]
    assert 1 == len(hall.open())
    dead = hall.resume(old_state)
    hall.clock.advance(1.3)
    assert ["state"] == words(dead)
    hall.answer(number=hall.pushes[-1].number)
    assert ["Accept"] == words(hall.resume(new_state))


def test_an_approval_with_a_number_serves_no_other_login(numbered):
    """Not even the same caller's next one."""
    hall, challenge, _ = numbered
    hall.answer(number=challenge.number)
    assert ["Challenge"] == words(hall.begin(2, client=CHALLENGING))
    assert 2 == len(hall.pushes)


# --- codes ---


@pytest.fixture
def asked(hall):
    """A login that was asked for a code: the hall and the State."""
    hall.enrol(phone=False)
    _, state = hall.begin(client=CHALLENGING)[0]
    return hall, state


def test_the_right_code(asked):
    """Accepted; the step is used."""
    hall, state = asked
    assert ["Accept"] == words(hall.resume(state, hall.code()))
    _, again = hall.begin(2, client=CHALLENGING)[0]
    assert ["Challenge"] == words(hall.resume(again, hall.code()))


def test_three_codes_in_a_login(asked):
    """The third wrong one ends it."""
    hall, state = asked
    for _ in range(2):
        answers = hall.resume(state, b"000000")
        assert ["Challenge"] == words(answers)
        state = answers[0][1]
    last = hall.resume(state, b"000000")
    hall.clock.advance(1.3)
    assert ["wrong-code"] == words(last)


@pytest.mark.parametrize("text", [b"", b"what?", b"12345"])
def test_what_has_not_the_form_of_a_code_is_no_wrong_code(asked, text):
    """It is asked again, and has no more time for that."""
    hall, state = asked
    for _ in range(5):
        hall.clock.advance(40)
        challenge, state = hall.resume(state, text)[0]
        assert ("enter-code", NOW + 300) == (challenge.prompt, challenge.expires_at)
    assert ["Accept"] == words(hall.resume(state, hall.code()))


def test_the_same_answer_again_gets_the_same_outcome(asked):
    """For half a minute, counted once; the accepted step is not asked again."""
    hall, state = asked
    code = hall.code()
    assert ["Accept"] == words(hall.resume(state, code))
    hall.clock.advance(29)
    assert ["Accept"] == words(hall.resume(state, code))
    hall.clock.advance(2)
    late = hall.resume(state, code)
    hall.clock.advance(1.3)
    assert ["state"] == words(late)


def test_the_same_wrong_answer_again_gets_the_same_challenge(asked):
    """With the same State, so that either copy goes on."""
    hall, state = asked
    first = hall.resume(state, b"000000")
    assert first == hall.resume(state, b"000000")


def test_another_answer_to_the_same_state(asked):
    """Refused: nobody tries codes in parallel."""
    hall, state = asked
    hall.resume(state, b"000000")
    other = hall.resume(state, hall.code())
    hall.clock.advance(1.3)
    assert ["state"] == words(other)


def test_another_name_or_client_with_the_state(asked):
    """Refused, and the State is not used up by it."""
    hall, state = asked
    other = hall.resume(state, hall.code(), username="bob")
    wifi = hall.resume(state, hall.code(), client=client(name="wifi", challenge=True))
    hall.clock.advance(1.3)
    assert (["state"], ["state"]) == (words(other), words(wifi))
    assert ["Accept"] == words(hall.resume(state, hall.code()))


def test_a_code_appended(hall):
    """Accepted without a challenge; wrong: refused without one."""
    hall.enrol(phone=False)
    assert ["Accept"] == words(hall.begin(1, b"pw," + hall.code(), client=APPENDING))
    wrong = hall.begin(2, b"pw,000000", client=APPENDING, join_digest=b"2" * 32)
    hall.clock.advance(1.3)
    assert ["wrong-code"] == words(wrong)


def test_an_appended_code_after_a_wrong_password_is_not_looked_at(hall):
    """So it is neither used nor counted."""
    hall.enrol(phone=False)
    wrong = hall.begin(1, b"bad," + hall.code(), client=APPENDING, join_digest=b"1" * 32)
    hall.clock.advance(1.3)
    assert ["bad-credentials"] == words(wrong)
    assert ["Accept"] == words(hall.begin(2, b"pw," + hall.code(), client=APPENDING))


def test_a_recovery_code_appended(hall):
    """As any code."""
    _, codes = hall.enrol()
    assert ["Accept"] == words(hall.begin(1, b"pw," + codes[0].encode(), client=APPENDING))
    assert len(codes[0]) == len(RECOVERY_CODE)


# --- kill -9 ---


def test_a_challenge_outlives_a_restart(asked):
    """The same State completes the login."""
    hall, state = asked
    assert ["Accept"] == words(hall.restarted().resume(state, hall.code()))


def test_a_held_push_is_joined_after_a_restart(hall):
    """By the NAS's same packet, and by a new one; it is not sent again."""
    hall.enrol()
    hall.begin(1)
    next_hall = hall.restarted()
    again, newer = next_hall.begin(1), next_hall.begin(2)
    next_hall.answer()
    assert (["superseded"], ["Accept"]) == (words(again), words(newer))
    assert 1 == len(hall.pushes)


def test_a_used_code_stays_used_after_a_restart(asked):
    """Whatever asks for it."""
    hall, state = asked
    code = hall.code()
    hall.resume(state, code)
    next_hall = hall.restarted()
    _, other = next_hall.begin(2, client=CHALLENGING)[0]
    assert ["Challenge"] == words(next_hall.resume(other, code))
    assert ["Accept"] == words(next_hall.resume(state, code))


# --- the end ---


def test_stopping_lets_held_logins_end(hall):
    """Within the grace."""
    hall.enrol()
    answers, stopped = hall.begin(), []
    hall.runner.stop(10.0).addCallback(stopped.append)
    hall.answer()
    assert (["Accept"], [None]) == (words(answers), stopped)


def test_stopping_leaves_the_rest_unanswered(hall):
    """Their approvals stay open in the store."""
    hall.enrol()
    answers, stopped = hall.begin(), []
    hall.runner.stop(10.0).addCallback(stopped.append)
    hall.clock.advance(10)
    assert (["stopping"], [None]) == (words(answers), stopped)
    assert 1 == len(hall.open())


def test_too_many_logins_are_refused(database):
    """Clearly, and none of them is forgotten."""
    hall = Hall(database, pending_limit=1)
    hall.enrol("alice", codes=False)
    hall.enrol("bob", codes=False)
    hall.begin(1)
    refused = hall.begin(2, username="bob", join_digest=b"b" * 32)
    hall.clock.advance(1.3)
    assert ["too-many-pending"] == words(refused)


def test_a_bug_of_ours_is_silence(hall, caplog):
    """Never an Access-Accept."""
    hall.directory.find = lambda question: 1 / 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hall.runner, "_log", Silent())
        assert ["failed"] == words(hall.begin())


class Silent:
    def failure(self, *args, **kwargs):
        pass


def test_every_answer_has_its_record(hall):
    """With all steps, before it leaves."""
    account_id, _ = hall.enrol()
    hall.begin()
    hall.answer()
    (row,) = hall.store.read(lambda s: logins.recent(s, account_id, 5))
    assert ("accept", "push", "staff") == (row["outcome"], row["reason"], row["policy"])
    assert "ApprovalClaimed" in row["transcript"]
    assert '"pw"' not in row["transcript"]


@pytest.mark.parametrize(
    "proof", [Proof("certificate", directory="corp"), Proof("upstream", upstream="nps")]
)
def test_a_login_that_was_vouched_for(hall, proof):
    """No password is tried; the second factor is asked, and the record says who vouched."""
    account_id, _ = hall.enrol()
    answers = hall.begin(password=b"", proof=proof)
    assert ([], []) == (answers, hall.directory.binds)
    hall.answer()
    assert ["Accept"] == words(answers)
    (row,) = hall.store.read(lambda s: logins.recent(s, account_id, 5))
    assert f'["LoginVouched",{{"by":"{proof.by}"' in row["transcript"]


def test_an_accept_carries_the_policys_attributes(hall):
    """In every path the same."""
    hall.enrol()
    answers = hall.begin()
    hall.answer()
    assert isinstance(answers[0][0], Accept)


# --- break-glass ---


def bypassed(hall, **subject):
    hall.write(
        lambda s: bypasses.make(
            s,
            **subject,
            reason="lost the phone",
            made_by="root",
            now=hall.now(),
            ends_at=hall.now() + 600,
        )
    )


def test_a_bypass_lets_the_password_suffice(database):
    """From the next request on, until its end; the record says by which bypass."""
    hall = Hall(database)
    account_id, _ = hall.enrol()
    bypassed(hall, account_id=account_id)
    answers = hall.begin()
    assert [("bypass", "staff")] == [(one.factor, one.policy) for one, _ in answers]
    assert [] == hall.pushes
    (record,) = hall.store._connection.execute("SELECT reason, transcript FROM login_records")
    assert "bypass" == record["reason"]
    assert '"bypass":{"id":1,"reason":"lost the phone"' in record["transcript"]
    hall.clock.advance(600)
    hall.begin(2)
    assert 1 == len(hall.pushes)


def test_a_bypass_outlives_the_process_and_serves_an_open_challenge(database):
    """The push that was asked is taken off the phone."""
    hall = Hall(database, policy("push", challenge=True))
    hall.enrol()
    ((_, state),) = hall.begin(client=client(challenge=True))
    bypassed(hall, client="vpn")
    hall = hall.restarted()
    ((answer, _),) = hall.resume(state)
    assert "bypass" == answer.factor
    assert [] == hall.open()


def test_a_bypass_lifts_nothing_else(database):
    """Neither a wrong password, nor a block, nor a policy that is for others."""
    hall = Hall(database, policy("push"), policy("push", name="x", clients=frozenset({"wifi"})))
    account_id, _ = hall.enrol()
    bypassed(hall, account_id=account_id)
    wrong = hall.begin(password=b"wrong")
    elsewhere = hall.begin(2, client=client(name="unknown"), join_digest=None)
    hall.write(lambda s: accounts.block(s, account_id, hall.now()))
    blocked = hall.begin(3, join_digest=b"n" * 32)
    hall.clock.advance(2)
    assert [["bad-credentials"], ["not-allowed"], ["blocked"]] == [
        words(wrong),
        words(elsewhere),
        words(blocked),
    ]


# --- whoever asked has gone ---


def test_a_request_is_taken_off_the_phone_when_its_device_has_gone(hall):
    """Nobody would hear the answer; the next login sends a new push."""
    hall.enrol()
    answers = hall.begin()
    assert len(hall.open()) == 1
    hall.leave()
    hall.clock.advance(0)
    assert ["gone"] == words(answers)
    assert [] == hall.open()
    hall.begin(2)
    assert len(hall.pushes) == 2


def test_a_device_that_came_again_keeps_the_request(hall):
    """The older of two joined requests goes; the newer one gets the answer."""
    hall.enrol()
    older = hall.begin()
    leave = hall.leave
    newer = hall.begin(2)
    leave()
    hall.clock.advance(0)
    assert len(hall.open()) == 1
    hall.answer()
    assert ([], ["Accept"]) == (words(older), words(newer))


def test_leaving_after_the_answer_changes_nothing(hall):
    """It was on its way already."""
    hall.enrol()
    answers = hall.begin()
    hall.answer()
    hall.leave()
    assert ["Accept"] == words(answers)


# --- a code before the password ---


def test_only_a_right_code_lets_the_password_reach_the_directory(database):
    """Once; wrong ones lock no factor, and no push is sent."""
    rule = policy("totp", "recovery", append_code=True, second_first=True)
    hall = Hall(database, rule)
    account_id, codes = hall.enrol()
    tries = [b"pw", b"pw,push", b"pw,000000", b"wrong,999999", *[b"pw,111111"] * 5]
    for number, password in enumerate(tries):
        facts = {"join_digest": None, "request_digest": bytes([number]) * 32}
        answers = hall.begin(number, password, client=APPENDING, **facts)
        hall.clock.advance(2)
        assert ["wrong-code"] == words(answers)
    assert ([], []) == (hall.directory.binds, hall.pushes)
    assert 0 == hall.store.read(lambda s: wrong_codes.of_account(s, account_id)).count
    right = b"pw," + hall.code()
    assert ["Accept"] == words(hall.begin(20, right, client=APPENDING, join_digest=None))
    again = hall.begin(21, right, client=APPENDING, join_digest=None)
    spent = hall.begin(22, b"wrong," + codes[0].encode(), client=APPENDING, join_digest=None)
    hall.clock.advance(2)
    assert [["wrong-code"], ["bad-credentials"]] == [words(again), words(spent)]
    assert [("alice", b"pw"), ("alice", b"wrong")] == hall.directory.binds
