"""Pushes that failed, from the request to the counter, in one store."""

import json
from zoneinfo import ZoneInfo

import pytest

from proxy.login.events import ApprovalAsked, ApprovalNotAsked
from proxy.login.fatigue import DEFAULT, Defence
from proxy.login.hours import Hours, Span
from proxy.store import announcements, approvals, devices, fatigue, open_approvals, totp
from tests.peers.hall import SEED
from tests.peers.logins import NOW, client
from tests.store.test_asking import CHALLENGING, World

WIFI = {"client": client(name="wifi"), "join_digest": b"w" * 32}
WAITING = "waiting"
BLOCKED = "push-blocked"


@pytest.fixture
def world(session, master):
    return World(session, master)


class Logins:
    """One login after another, each a packet of its own."""

    def __init__(self, world):
        self.world = world
        self.number = 0

    def ask(self, now, **facts):
        self.number += 1
        return self.world.ask(self.number, now=now, **facts)

    def why_not(self, now, **facts):
        asked = self.ask(now, **facts)
        assert isinstance(asked, ApprovalNotAsked), asked
        return asked.reason

    def end(self, now, how="deny", **facts):
        """Have a push and end it; give when."""
        asked = self.ask(now, **facts)
        assert isinstance(asked, ApprovalAsked), asked
        if how == "unanswered":
            return asked.expires_at
        number = asked.number if how == "approve" else None
        assert "stored" == self.world.answer(asked, how, number, now=now)
        return now


@pytest.fixture
def logins(world):
    return Logins(world)


def standing(world):
    return fatigue.of_account(world.session, world.account.id)


def test_a_denied_push_makes_the_next_one_wait(world, logins):
    """Half a minute, then a minute; no push meanwhile, and the rest of the wait is told."""
    logins.end(NOW)
    assert ApprovalNotAsked(WAITING, 20.0) == logins.ask(NOW + 10)
    logins.end(NOW + 30)
    assert ApprovalNotAsked(WAITING, 1.0) == logins.ask(NOW + 89)
    assert isinstance(logins.ask(NOW + 90), ApprovalAsked)
    assert 3 == len(world.sent)


def test_an_unanswered_push_makes_the_next_one_wait(world, logins):
    """From the moment when its time was over, whenever that is noticed."""
    over = logins.end(NOW, "unanswered")
    assert WAITING == logins.why_not(over + 29)
    assert NOW + 120 == over
    logins.end(over + 30)
    assert (1, 1) == (standing(world).denied, standing(world).unanswered)


def test_the_wait_of_one_client_is_not_anothers(world, logins):
    """Whoever is attacked at the VPN gets into the Wi-Fi."""
    logins.end(NOW)
    assert WAITING == logins.why_not(NOW + 1)
    logins.end(NOW + 1, "approve", **WIFI)
    assert WAITING == logins.why_not(NOW + 2), "an approval elsewhere ends no wait here"


def test_an_approval_ends_the_wait_of_its_client(world, logins):
    """The next denial begins anew."""
    logins.end(NOW)
    logins.end(NOW + 30)
    logins.end(NOW + 90, "approve")
    world.claim(logins.ask(NOW + 91), logins.number, NOW + 91)
    logins.end(NOW + 92)
    assert ApprovalNotAsked(WAITING, 30.0) == logins.ask(NOW + 92)


def test_three_denials_block_push_at_every_client(world, logins):
    """From door to door."""
    logins.end(NOW)
    logins.end(NOW, **WIFI)
    logins.end(NOW, client=client(name="portal"), join_digest=b"p" * 32)
    for late in (NOW + 1, NOW + 10**8):
        assert BLOCKED == logins.why_not(late)
        assert BLOCKED == logins.why_not(late, **WIFI)


def test_five_unanswered_block_push(world, logins):
    """Whenever they are noticed: here by the housekeeping."""
    now = NOW
    for _ in range(5):
        over = logins.end(now, "unanswered")
        approvals.expire_some(world.session, 50, DEFAULT, over)
        now = over + 3600
    assert BLOCKED == logins.why_not(now)


def test_a_report_blocks_push_at_once(world, logins):
    """And voids what is open and what was approved and not used."""
    mine = logins.ask(NOW, digits=6, client=CHALLENGING)
    logins.end(NOW, "report", digits=6, client=CHALLENGING, caller="198.51.100.9")
    assert "void" == open_approvals.for_answer(world.session, mine.approval_id).state
    assert "gone" == world.answer(mine, number=mine.number)
    assert BLOCKED == logins.why_not(NOW + 10**8, **WIFI)
    assert "report" == standing(world).blocked_by


def test_a_third_wrong_number_is_a_denial(world, logins):
    """It was typed by somebody who guesses."""
    asked = logins.ask(NOW, digits=6, client=CHALLENGING)
    wrong = f"{(int(asked.number) + 1) % 10**6:06d}"
    for denied in (0, 0, 1):
        world.answer(asked, number=wrong)
        assert denied == standing(world).denied
    assert WAITING == logins.why_not(NOW + 1)


def test_what_we_take_back_counts_nothing(world, logins):
    """Replaced by a newer login, a right code typed instead, the phone replaced."""
    logins.ask(NOW, digits=6, client=CHALLENGING)
    replaced = logins.ask(NOW, digits=6, client=CHALLENGING)
    approvals.withdraw(world.session, replaced.approval_id, NOW)
    logins.ask(NOW)
    world.enrol("new phone")
    approvals.expire_some(world.session, 50, DEFAULT, NOW + 1000)
    assert fatigue.NEW == standing(world)


def test_a_login_that_failed_by_codes_leaves_an_unanswered_push(world, logins):
    """Else wrong codes would buy one push after another."""
    asked = logins.ask(NOW, digits=6, client=CHALLENGING)
    approvals.give_up(world.session, asked.approval_id, DEFAULT, NOW)
    assert 1 == standing(world).unanswered
    assert WAITING == logins.why_not(NOW + 1)


def test_a_push_that_a_restart_may_have_hidden_counts_nothing(world, logins):
    """The phone may not have reached this server; those after the start count."""
    over = logins.end(NOW, "unanswered")
    approvals.count_none(world.session)
    over = logins.end(over, "unanswered")
    assert fatigue.NEW == standing(world)
    assert WAITING == logins.why_not(over)


def test_newer_logins_replace_a_number_a_few_times(world, logins):
    """All are one notice on the phone; then the last has to end, which counts."""
    facts = {"digits": 6, "client": CHALLENGING}
    asked = [logins.ask(NOW, **facts) for _ in range(6)]
    assert ApprovalNotAsked(WAITING, 300.0) == logins.ask(NOW, **facts)
    assert "open" == open_approvals.for_answer(world.session, asked[-1].approval_id).state
    assert WAITING == logins.why_not(NOW + 329, **facts)
    assert isinstance(logins.ask(NOW + 330, **facts), ApprovalAsked)


def test_no_push_is_sent_in_quiet_hours(world, logins):
    """22:13 there; until six, and the text says so. What is open stays, what is late serves."""
    asked = logins.ask(NOW)
    quiet = Defence(quiet=Hours((Span(frozenset(range(7)), 22 * 60, 6 * 60),), ZoneInfo("UTC")))
    assert logins.ask(NOW, defence=quiet).joined
    world.answer(asked, now=NOW)
    assert logins.ask(NOW + 1, defence=quiet).joined
    world.claim(asked, logins.number, NOW + 1)
    six = NOW + 7 * 3600 + 46 * 60 + 40
    assert ApprovalNotAsked("quiet-hours", six - NOW - 2) == logins.ask(NOW + 2, defence=quiet)
    assert isinstance(logins.ask(six, defence=quiet), ApprovalAsked)


def test_a_late_approval_is_used_in_a_wait(world, logins):
    """It sends nothing."""
    asked = world.ask(500, now=NOW)
    world.answer(asked, now=NOW)
    fatigue.count(world.session, world.account.id, "vpn", "denied", DEFAULT, NOW)
    assert logins.ask(NOW + 1).joined


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.enrol("new phone"),
        lambda world: totp.enroll(world.session, world.master, world.account.id, SEED, NOW),
        lambda world: devices.invite(
            world.session, world.master, world.account.id, replace=True, ttl=9, now=NOW
        ),
    ],
    ids=["phone", "seed", "invitation"],
)
def test_no_new_secret_resets_a_counter(world, logins, change):
    """A wait goes on, a block stays, the row is as long as it was."""
    logins.end(NOW)
    before = standing(world)
    change(world)
    assert before == standing(world)
    assert WAITING == logins.why_not(NOW + 29)
    fatigue.count(world.session, world.account.id, "vpn", "reported", DEFAULT, NOW)
    change(world)
    assert BLOCKED == logins.why_not(NOW + 10**6)


def test_a_confirmation_lets_pushes_go_again(world, logins):
    """Once; the client's wait goes on, and the next three denials block again."""
    for client_name in ("vpn", "wifi", "lan"):
        logins.end(NOW, client=client(name=client_name), join_digest=client_name.encode())
    assert fatigue.confirm(world.session, world.account.id)
    assert not fatigue.confirm(world.session, world.account.id)
    assert WAITING == logins.why_not(NOW + 1)
    logins.end(NOW + 30)
    logins.end(NOW + 100)
    assert not standing(world).is_blocked
    logins.end(NOW + 1000)
    assert BLOCKED == logins.why_not(NOW + 10**6)


def test_an_admin_forgets_everything(world, logins):
    """Waits too."""
    logins.end(NOW, "report")
    assert fatigue.forget(world.session, world.account.id)
    assert not fatigue.forget(world.session, world.account.id)
    assert isinstance(logins.ask(NOW), ApprovalAsked)


def test_one_person_counts_for_nobody_else(world, logins, master):
    """Every counter is an account's."""
    logins.end(NOW, "report")
    other = fatigue.of_account(world.session, world.account.id + 1)
    assert fatigue.NEW == other


def told(world, way="mail"):
    found = announcements.due(world.session, NOW + 10**4, 50, way)
    return [(one.audience, one.kind, one.detail) for one in found if "push-" in one.kind]


def test_a_report_alerts_person_admin_and_machine(world, logins):
    """In the transaction that takes the answer; with where it was."""
    logins.end(NOW, "report")
    where = "vpn, 192.0.2.7"
    assert [("admin", "push-reported", where), ("person", "push-reported", where)] == told(world)
    ((audience, kind, detail),) = told(world, "webhook")
    assert ("webhook", "push-reported") == (audience, kind)
    assert {"client": "vpn", "origin": "192.0.2.7"} == json.loads(detail)


def test_a_block_alerts_once(world, logins):
    """The third denial does; what comes after it does not."""
    for where in ("vpn", "wifi", "lan"):
        assert not told(world)
        logins.end(NOW, client=client(name=where), join_digest=where.encode())
    assert {"push-blocked"} == {kind for _, kind, _ in told(world)}
    fatigue.count(world.session, world.account.id, "vpn", "denied", DEFAULT, NOW)
    assert 2 == len(told(world))


def test_long_names_fit_an_alert(world):
    """However long the place."""
    announcements.alert(world.session, 1, "push-blocked", '"' * 64, '\u202e\x00"' * 80, NOW)
    ((_, _, detail),) = told(world, "webhook")
    assert {"client": '"' * 64, "origin": '"' * 48} == json.loads(detail)
