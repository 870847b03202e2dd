"""Approval requests as logins see them: one push a login, one session an approval."""

import pytest
from sqlalchemy import text

from proxy.accounts.device import Candidate
from proxy.accounts.enrolment import normal_code
from proxy.accounts.passkey import Asserted, NewPasskey, Passkey
from proxy.login.actions import AskApproval, ClaimApproval
from proxy.login.events import ApprovalClaimed, ApprovalLost, ApprovalNotAsked
from proxy.login.fatigue import DEFAULT
from proxy.ports import Parked
from proxy.store import accounts, approvals, asking, devices, logins, open_approvals
from proxy.store.schema import wrong_answers
from tests.peers.logins import ALICE, NOW, client, login

CHALLENGING = client(challenge=True)


class World:
    """One account with one phone."""

    def __init__(self, session, master):
        self.session, self.master = session, master
        self.account = accounts.load(session, ALICE, NOW).account
        self.sent, self.made = [], []
        self.enrol("phone")

    def enrol(self, key, passkey=None):
        code = devices.invite(
            self.session, self.master, self.account.id, replace=True, ttl=900, now=NOW
        )
        candidate = Candidate(key, "{}", "phone", "proof", passkey)
        devices.enrol(self.session, self.master, normal_code(code), candidate, NOW)

    def sign(self, new):
        self.sent.append(new.id)
        self.made.append(new)
        return f"signed {new.id}"

    def ask(
        self,
        number=1,
        *,
        digits=0,
        now=NOW,
        may_open=True,
        verify_user=False,
        synced=True,
        defence=DEFAULT,
        country=None,
        digits_where_new=0,
        **facts,
    ):
        question = AskApproval(
            login(number, **facts),
            self.account.id,
            "alice",
            digits,
            verify_user,
            digits_where_new=digits_where_new,
        )
        terms = asking.Terms(self.sign, 120.0, 60.0, may_open, synced, defence, country)
        return asking.ask(self.session, question, terms, now)

    def answer(self, asked, decision="approve", number=None, now=NOW, asserted=None, key="phone"):
        return approvals.answer(
            self.session, asked.approval_id, key, decision, number, "jws", now, asserted
        )

    def claim(self, asked, number=1, now=NOW, *, verify_user=False):
        question = ClaimApproval(asked.approval_id, f"{number:032x}", verify_user)
        return asking.claim(self.session, question, now)


@pytest.fixture
def world(session, master):
    return World(session, master)


def test_one_push_however_often_the_nas_retries(world):
    """With new packets from the same caller."""
    asked = [world.ask(number) for number in (1, 2, 3)]
    assert 1 == len(world.sent)
    assert [False, True, True] == [one.joined for one in asked]


def test_the_newest_login_has_the_approval(world):
    """One approval admits one session."""
    asked = world.ask(1)
    world.ask(2)
    world.answer(asked)
    assert ApprovalLost(asked.approval_id, "superseded") == world.claim(asked, 1)
    assert ApprovalClaimed(asked.approval_id) == world.claim(asked, 2)
    assert ApprovalClaimed(asked.approval_id) == world.claim(asked, 2)


def test_a_late_approval_serves_once(world):
    """The same caller's next login, within a minute."""
    asked = world.ask(1)
    world.answer(asked, now=NOW + 50)
    late = world.ask(2, now=NOW + 110)
    assert asked.approval_id == late.approval_id
    assert ApprovalClaimed(asked.approval_id) == world.claim(late, 2)
    world.ask(3, now=NOW + 110)
    assert 2 == len(world.sent)


def test_a_late_approval_ends(world):
    """After its minute a new push is sent."""
    world.answer(world.ask(1), now=NOW + 50)
    world.ask(2, now=NOW + 110.1)
    assert 2 == len(world.sent)


def test_a_denied_request_serves_nobody(world):
    """The next login waits, then asks again."""
    asked = world.ask(1)
    world.answer(asked, "deny")
    assert ApprovalLost(asked.approval_id, "void") == world.claim(asked)
    assert ApprovalNotAsked("waiting", 30.0) == world.ask(2)
    assert asked.approval_id != world.ask(3, now=NOW + 30).approval_id


def test_another_caller_gets_no_push_and_is_shown(world):
    """On the phone, beside the request that is open."""
    world.ask(1)
    other = {"caller": "198.51.100.9", "origin": "198.51.100.9", "join_digest": b"o" * 32}
    assert ApprovalNotAsked("another-login") == world.ask(2, **other)
    assert ("198.51.100.9",) == open_approvals.on_device(world.session, "phone", NOW)[0].others
    for number in range(3, 20):
        world.ask(number, **{**other, "origin": f"198.51.100.{number}"})
    assert 4 == len(open_approvals.on_device(world.session, "phone", NOW)[0].others)


def test_a_replayed_packet_sends_no_push(world):
    """For a day after the push that it led to."""
    world.answer(world.ask(1), "deny")
    assert ApprovalNotAsked("replayed") == world.ask(1, now=NOW + 23 * 3600)
    assert 1 == len(world.sent)


def test_a_newer_number_replaces_the_older(world):
    """The old request is withdrawn, its State is dead."""
    old = world.ask(1, digits=6, client=CHALLENGING)
    logins.park(world.session, Parked(b"s", f"{1:032x}", 1, "vpn", "alice", "{}", NOW + 300), NOW)
    new = world.ask(2, digits=6, client=CHALLENGING)
    assert old.approval_id != new.approval_id
    assert "withdrawn" == open_approvals.for_answer(world.session, old.approval_id).state
    assert "replaced" == logins.take(world.session, b"s", "vpn", "alice", b"", NOW).reason


def test_a_login_that_was_replaced_on_its_way_is_parked_dead(world):
    """Its challenge may still leave; nothing that answers it is looked at."""
    world.ask(1, digits=6, client=CHALLENGING)
    world.ask(2, digits=6, client=CHALLENGING)
    parked = Parked(b"s", f"{1:032x}", world.account.id, "vpn", "alice", "{}", NOW + 300)
    logins.park(world.session, parked, NOW)
    assert "replaced" == logins.take(world.session, b"s", "vpn", "alice", b"", NOW).reason


def test_a_replayed_packet_withdraws_nobodys_number(world):
    """Whoever recorded it on the wire gets nothing."""
    asked = world.ask(1, digits=6, client=CHALLENGING)
    assert ApprovalNotAsked("replayed") == world.ask(1, digits=6, client=CHALLENGING)
    assert "open" == open_approvals.for_answer(world.session, asked.approval_id).state


def test_an_approval_with_a_number_has_no_late_use(world):
    """Only its own State."""
    asked = world.ask(1, digits=6, client=CHALLENGING)
    assert "stored" == world.answer(asked, number=asked.number)
    world.ask(2)
    assert 2 == len(world.sent)
    assert ApprovalClaimed(asked.approval_id) == world.claim(asked, 1)


def test_a_wrong_number_is_not_stored(world):
    """Three close the request; a missing one does not count."""
    asked = world.ask(1, digits=6, client=CHALLENGING)
    wrong = f"{(int(asked.number) + 1) % 10**6:06d}"
    assert ["missing-number"] + 3 * ["wrong-number"] + ["gone"] == [
        world.answer(asked, number=number) for number in (None, wrong, wrong, wrong, asked.number)
    ]
    assert 3 == len(world.session.rows(wrong_answers.select()))


def test_a_retired_phone_voids_what_it_approved(world):
    """A late approval too."""
    asked = world.ask(1)
    world.answer(asked)
    devices.retire(world.session, "phone", "revoked", NOW)
    assert ApprovalLost(asked.approval_id, "void") == world.claim(asked)
    assert ApprovalNotAsked("no-device") == world.ask(2)


def test_a_blocked_account_voids_what_it_approved(world):
    """At once."""
    asked = world.ask(1)
    world.answer(asked)
    accounts.block(world.session, world.account.id, NOW)
    assert ApprovalLost(asked.approval_id, "void") == world.claim(asked)


def test_too_many_pending_open_nothing_but_join(world):
    """Whoever is waiting already goes on."""
    assert ApprovalNotAsked("too-many-pending") == world.ask(1, may_open=False)
    world.ask(2)
    assert world.ask(3, may_open=False).joined


# --- passkeys ---


def passkey(*, synced=False, only=False):
    return NewPasskey(Passkey(b"credential", b"key", 5, synced, only), "registration")


@pytest.fixture
def keyed(world):
    world.enrol("keyed", passkey())
    return world


def kept(world, column, table="approvals"):
    return world.session.row(text(f"SELECT {column} FROM {table}"))[0]


def test_an_assertion_is_kept_with_its_answer_and_its_counter_goes_on(keyed):
    """In one transaction; the claim looks for it once more."""
    asked = keyed.ask(verify_user=True)
    assert "stored" == keyed.answer(asked, asserted=Asserted(6, "assertion"), key="keyed")
    assert ("assertion", 6) == (
        kept(keyed, "assertion"),
        kept(keyed, "sign_count", "passkeys"),
    )
    assert ApprovalClaimed(asked.approval_id) == keyed.claim(asked, verify_user=True)


@pytest.mark.parametrize("count", [0, 4, 5])
def test_a_counter_that_goes_back_refuses(keyed, count):
    """And changes nothing: the request is open, the counter as it was."""
    asked = keyed.ask(verify_user=True)
    copied = Asserted(count, "assertion")
    assert "copied-passkey" == keyed.answer(asked, asserted=copied, key="keyed")
    assert ("open", 5) == (kept(keyed, "state"), kept(keyed, "sign_count", "passkeys"))
    assert "stored" == keyed.answer(asked, asserted=Asserted(6, "assertion"), key="keyed")


def test_a_missing_assertion_refuses_and_closes_nothing(keyed):
    """However often; deny needs none."""
    asked = keyed.ask(verify_user=True)
    assert ["not-verified"] * 5 == [keyed.answer(asked, key="keyed") for _ in range(5)]
    assert "stored" == keyed.answer(asked, "deny", key="keyed")
    assert "answered" == keyed.answer(asked, key="keyed")


def test_a_wrong_number_keeps_its_assertion(keyed):
    """It was verified, so its counter is used; a missing number uses nothing."""
    asked = keyed.ask(digits=6, client=CHALLENGING, verify_user=True)
    first, wrong = Asserted(6, "assertion"), f"{(int(asked.number) + 1) % 10**6:06d}"
    assert "missing-number" == keyed.answer(asked, asserted=first, key="keyed")
    assert "wrong-number" == keyed.answer(asked, number=wrong, asserted=first, key="keyed")
    assert "assertion" == kept(keyed, "assertion", "wrong_answers")
    right = {"number": asked.number, "key": "keyed"}
    assert "copied-passkey" == keyed.answer(asked, asserted=first, **right)
    assert "stored" == keyed.answer(asked, asserted=Asserted(7, "another"), **right)


def test_what_nobody_asked_for_is_not_kept(keyed):
    """An assertion to a request that wants none."""
    asked = keyed.ask()
    keyed.answer(asked, asserted=Asserted(6, "assertion"), key="keyed")
    assert (None, 5) == (kept(keyed, "assertion"), kept(keyed, "sign_count", "passkeys"))


def test_a_claim_that_wants_an_assertion_finds_one(world):
    """However it came to an approval without one."""
    asked = world.ask()
    world.answer(asked)
    assert ApprovalLost(asked.approval_id, "void") == world.claim(asked, verify_user=True)
    assert ApprovalClaimed(asked.approval_id) == world.claim(asked)


def test_a_phone_that_cannot_verify_is_not_asked_to(world):
    """It has no passkey, or one that the settings do not take."""
    assert ApprovalNotAsked("no-device") == world.ask(verify_user=True)
    world.enrol("keyed", passkey(synced=True))
    assert ApprovalNotAsked("no-device") == world.ask(verify_user=True, synced=False)
    assert not world.sent
    assert not world.ask(verify_user=True).joined


def test_a_phone_that_approves_by_its_passkey_only(world):
    """Each request to it wants the assertion, whatever the policy says."""
    world.enrol("only", passkey(only=True, synced=True))
    assert ApprovalNotAsked("no-device") == world.ask(1, synced=False)
    asked = world.ask(1)
    assert "not-verified" == world.answer(asked, key="only")
    assert "stored" == world.answer(asked, asserted=Asserted(6, "assertion"), key="only")
