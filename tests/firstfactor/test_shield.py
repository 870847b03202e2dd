"""The shield around a directory that counts failed binds."""

from dataclasses import replace

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from proxy.accounts.account import Person
from proxy.accounts.spraying import SprayLimits
from proxy.accounts.throttle import DirectoryLockout, Failure, Limits
from proxy.errors import Unavailable
from proxy.firstfactor.shield import Guard, Shield, ShieldTerms
from proxy.login.actions import CheckFirstFactor, FindPerson
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorChallenged,
    FirstFactorFailed,
    FirstFactorPassed,
    PersonFound,
    PersonNotFound,
    PersonProved,
    Relayed,
)
from proxy.radius.caller import caller_at_port
from proxy.secret import Secret
from tests.peers.logins import NOW, login

TERMS = ShieldTerms(
    Limits(attempts=4, strangers=2, window=1800),
    source_attempts=6,
    spraying=SprayLimits(people=4, people_per_source=3, window=3600),
    lately=86_400,
)
ROOMY = ShieldTerms(Limits(50, 50, 1800), 6, TERMS.spraying, 86_400)


class Ledger:
    """Obeys the port; may be down."""

    def __init__(self):
        self.kept, self.down = {}, False

    async def keep(self, person, failures):
        if self.down:
            raise Unavailable("down")
        self.kept[person] = [(one.at, one.stranger) for one in failures]


class Behind:
    """A directory: `right` is everybody's password; what it says may be held or said otherwise."""

    def __init__(self):
        self.asked, self.searched = [], []
        self.held, self.instead = None, None

    async def find(self, question):
        self.searched.append(question.username)
        if question.username == "nobody" or "corp" not in question.directories:
            self.guard.missed(question)
            return PersonNotFound("unknown")
        return PersonFound(person(question.username))

    async def check(self, question):
        self.asked.append(question.person.user_name)
        if self.held is not None:
            waiting = Deferred()
            self.held.append(waiting)
            await waiting
        if self.instead is not None:
            return self.instead
        right = question.password.reveal() == b"right"
        return FirstFactorPassed() if right else FirstFactorFailed("wrong-password")

    def change(self, question):
        self.asked.append(question)
        return question


def person(name):
    return Person("corp", name, None, f"uid={name}", frozenset())


class World:
    def __init__(self, terms=TERMS):
        self.clock, self.ledger, self.behind = Clock(), Ledger(), Behind()
        self.clock.advance(NOW)
        self.counted, self.looks, self.on_look = [], 0, lambda: None
        self.guard = Guard(
            self.ledger,
            self.clock,
            b"k" * 32,
            terms,
            count=self.counted.append,
            look=self._look,
        )
        self.behind.guard = self.guard
        self.shield = Shield(self.behind, self.guard)

    def _look(self):
        self.looks += 1
        self.on_look()

    def begin(self, password=b"wrong", name="alice", caller="192.0.2.7"):
        facts = {"caller": caller, "origin": caller or "192.0.2.1"}
        question = CheckFirstFactor(person(name), Secret(password), login(**facts))
        answers = []
        asked = Deferred.fromCoroutine(self.shield.check(question))
        asked.addBoth(answers.append)
        return asked, answers

    def check(self, *parts, **more):
        """Give what is said at once: `passed`, or why not."""
        (answer,) = self.begin(*parts, **more)[1]
        return "passed" if isinstance(answer, FirstFactorPassed) else answer.reason

    def find(self, name="nobody", *directories):
        answers = []

        async def ask():
            return await self.shield.find(FindPerson(directories or ("corp",), name))

        Deferred.fromCoroutine(ask()).addCallback(answers.append)
        return answers[0]


def test_what_goes_well_is_let_through():
    """Nothing is written, nothing is counted."""
    world = World()
    assert ["passed"] * 20 == [world.check(b"right") for _ in range(20)]
    assert {} == world.ledger.kept
    assert 0 == world.guard.throttle.failures("alice")


def test_a_response_is_no_password_that_is_known():
    """Each is another: the password that passed by PAP stays known, the place becomes known."""
    world = World()
    assert "passed" == world.check(b"right")
    question = CheckFirstFactor(person("alice"), Secret(b"response"), login(), "mschapv2")
    world.guard.remember(("corp", "alice"), question)
    known = world.guard.familiar
    right = world.guard._password(("corp", "alice"), Secret(b"right"))
    assert known.is_password(("corp", "alice"), right)
    mark = dict(known._kept)
    world.guard.remember(("corp", "alice"), replace(question, password=Secret(b"another")))
    assert mark == known._kept


def test_no_more_wrong_passwords_reach_the_directory():
    """Then it is not asked; the reason says so, and it is counted."""
    world = World()
    said = [world.check() for _ in range(6)]
    assert ["wrong-password"] * 4 + ["throttled"] * 2 == said
    assert 4 == len(world.behind.asked)
    assert ["shield-throttled"] * 2 == world.counted
    assert "throttled" == world.check(b"right")
    world.clock.advance(1800)
    assert "passed" == world.check(b"right")


def test_a_directory_that_locks_earlier():
    """Its own threshold counts, as soon as it is known; another directory's does not."""
    world = World()
    world.guard.lockouts |= {"corp": DirectoryLockout(3, 600), "lab": DirectoryLockout(1, 600)}
    assert ["wrong-password"] * 2 + ["throttled"] == [world.check() for _ in range(3)]


def test_the_person_passes_while_a_stranger_guesses():
    """From the own source, and with the password that passed last from any."""
    world = World()
    world.check(b"right")
    guesses = [world.check(caller="203.0.113.66") for _ in range(9)]
    assert 2 == guesses.count("wrong-password")
    assert "passed" == world.check(b"right")
    for _ in range(9):
        world.check(caller="203.0.113.66")
    assert "passed" == world.check(b"right", caller="198.51.100.1")


def test_what_failed_is_kept_before_it_is_told():
    """For the next process; a success takes it away."""
    world = World()
    world.check()
    world.clock.advance(5)
    world.check()
    assert [(NOW, True), (NOW + 5, True)] == world.ledger.kept["corp", "alice"]
    world.check(b"right")
    assert [] == world.ledger.kept["corp", "alice"]


def test_a_ledger_that_is_down_refuses_nobody():
    """Memory goes on to count."""
    world = World()
    world.ledger.down = True
    assert ["wrong-password"] * 4 + ["throttled"] == [world.check() for _ in range(5)]


def test_what_another_process_counted():
    """Is taken over; and from where people passed."""
    world = World()
    world.guard.load(("corp", "alice"), [Failure(NOW - 60, True)] * 2)
    world.guard.load_source(("corp", "alice"), "vpn", "192.0.2.7", NOW - 60)
    assert "throttled" == world.check(caller="203.0.113.66")
    assert "wrong-password" == world.check()


def test_an_admin_holds_for_the_next_packet():
    """Before anybody is refused, it is looked whether they were forgiven."""
    world = World()
    for _ in range(4):
        world.check()
    world.on_look = lambda: world.guard.clear(("corp", "alice"))
    assert "passed" == world.check(b"right")
    assert 1 == world.looks


def test_many_at_once_wait_for_each_other():
    """Wrong: no more than the limit are sent, the others are refused. None is refused before."""
    world = World()
    world.behind.held = []
    begun = [world.begin() for _ in range(7)]
    assert 4 == len(world.behind.held)
    assert [[]] * 7 == [answers for _, answers in begun]
    for waiting in world.behind.held:
        waiting.callback(None)
    reasons = [answers[0].reason for _, answers in begun]
    assert ["wrong-password"] * 4 + ["throttled"] * 3 == reasons


def test_many_right_ones_at_once_all_pass():
    """A service account of thirty devices."""
    world = World()
    world.behind.held = []
    begun = [world.begin(b"right") for _ in range(30)]
    while world.behind.held:
        world.behind.held.pop(0).callback(None)
    assert [FirstFactorPassed()] * 30 == [answers[0] for _, answers in begun]
    assert 30 == len(world.behind.asked)


def test_a_login_that_is_given_up_while_it_waits():
    """Wakes nobody and holds nobody up."""
    world = World()
    world.behind.held = []
    begun = [world.begin() for _ in range(5)]
    begun[-1][0].cancel()
    begun[-1][1][0].trap(CancelledError)
    world.behind.held[0].callback(None)
    assert "wrong-password" == begun[0][1][0].reason


@pytest.mark.parametrize("beside", [0, 1])
def test_a_bind_without_a_verdict_counts(beside):
    """The directory may have counted it: the login's time ran out."""
    world = World()
    world.behind.held = []
    asked = [world.begin(b"right") for _ in range(1 + beside)]
    asked[0][0].cancel()
    asked[0][1][0].trap(CancelledError)
    assert [(NOW, True)] == world.ledger.kept["corp", "alice"]


@pytest.mark.parametrize(
    ("verdict", "failures"),
    [
        (DirectoryFailed("silent"), 1),
        (DirectoryFailed("no connection", asked=False), 0),
        (FirstFactorFailed("password-expired", "password-expired"), 0),
        (FirstFactorFailed("account-locked"), 1),
    ],
)
def test_what_counts(verdict, failures):
    """What the directory may have counted."""
    world = World()
    world.behind.instead = verdict
    world.check()
    assert failures == len(world.ledger.kept.get(("corp", "alice"), []))


def test_names_that_nobody_has():
    """Are not searched for again and again; others are."""
    world = World()
    reasons = [world.find().reason for _ in range(6)]
    assert ["unknown"] * 4 + ["throttled"] * 2 == reasons
    assert 4 == len(world.behind.searched)
    assert isinstance(world.find("alice"), PersonFound)
    world.clock.advance(1800)
    assert "unknown" == world.find().reason
    world.guard.tidy()
    assert set() == world.guard.names_refused


def test_a_name_that_is_in_no_directory_of_one_client_may_be_in_one_of_another():
    """So nobody is kept out of the one by whoever types their name at the other."""
    world = World()
    reasons = [world.find("alice", "guests").reason for _ in range(5)]
    assert ["unknown"] * 4 + ["throttled"] == reasons
    assert isinstance(world.find("alice"), PersonFound)
    assert isinstance(world.find("alice", "guests", "corp"), PersonFound)


def test_names_are_compared_folded():
    """As the directory will find them."""
    world = World()
    for name in ("nobody",) * 4:
        world.find(name)
    assert "throttled" == world.find(" ＮＯＢＯＤＹ ").reason


def test_a_source_that_guesses_one_person_after_the_other():
    """Is refused; not whoever passed from there before, nor anybody elsewhere."""
    world = World(ROOMY)
    world.check(b"right", "carol")
    for number in range(6):
        world.check(b"guess %d" % number, f"p{number}")
    assert "throttled" == world.check(b"right", "bob")
    assert "passed" == world.check(b"right", "carol")
    assert "wrong-password" == world.check(b"x", "carol")
    assert "passed" == world.check(b"right", "bob", caller="198.51.100.1")
    world.clock.advance(1800)
    world.guard.tidy()
    assert not world.guard.alert


def test_a_nas_that_does_not_say_who_calls_is_no_source():
    """Else a stranger there would refuse everybody."""
    world = World(ROOMY)
    for number in range(20):
        world.check(b"guess %d" % number, f"p{number}", caller=None)
    assert "passed" == world.check(b"right", "bob", caller=None)


def test_nor_is_the_port_of_a_nas_that_says_nothing_else():
    """Many send one port for everybody."""
    world, everybody = World(ROOMY), caller_at_port("0", "vpn1")
    for number in range(6):
        world.check(b"guess %d" % number, f"p{number}", caller=everybody)
    assert "passed" == world.check(b"right", "bob", caller=everybody)


def test_one_password_on_many_people():
    """From one source: after three people no directory is asked about it."""
    world = World(ROOMY)
    said = [world.check(b"Winter2026", f"p{number}") for number in range(5)]
    assert ["wrong-password"] * 3 + ["sprayed"] * 2 == said
    assert ["password-spraying", "shield-sprayed", "shield-sprayed"] == world.counted
    assert "sprayed" == world.check(b"Winter2026", "p9", caller="198.51.100.1")
    assert "passed" == world.check(b"right", "p9")
    world.clock.advance(3600)
    assert "wrong-password" == world.check(b"Winter2026", "p9")


def test_a_sprayed_password_that_is_known_to_be_somebodys():
    """Goes to the directory, which decides."""
    world = World(ROOMY)
    world.check(b"right", "carol")
    world.behind.instead = FirstFactorFailed("wrong-password")
    for number in range(3):
        world.check(b"right", f"p{number}")
    world.behind.instead = None
    assert "sprayed" == world.check(b"right", "bob")
    assert "passed" == world.check(b"right", "carol")


def test_what_is_logged_of_a_spray():
    """Where it comes from, not which password."""
    lines = []
    globalLogPublisher.addObserver(lines.append)
    try:
        world = World(ROOMY)
        for number in range(3):
            world.check(b"Winter2026", f"p{number}")
    finally:
        globalLogPublisher.removeObserver(lines.append)
    (line,) = [one for one in lines if "people" in one]
    assert ("192.0.2.7", "vpn", 3) == (line["origin"], line["client"], line["people"])
    assert "Winter2026" not in repr(line)


def test_other_terms_hold_from_now_on():
    """A new reading of the configuration; what was counted stays."""
    world = World()
    for _ in range(4):
        world.check()
    world.guard.configure(ROOMY)
    assert "passed" == world.check(b"right")


def test_a_password_is_changed_behind_it():
    """The old one was proved right: there is nothing to guess."""
    world = World()
    question = object()
    assert question is world.shield.change(question)
    assert [question] == world.behind.asked


# --- another RADIUS server behind it ---

PROVED = PersonProved(person("alice"), None)
ASKED = FirstFactorChallenged("sealed", "PIN?", echo=True, lifetime=None)


def test_what_a_radius_server_accepts_or_asks_is_no_failure():
    """However often; what it refuses counts as a wrong password."""
    world = World()
    for verdict in [PROVED, ASKED] * 6:
        world.behind.instead = verdict
        assert [verdict] == world.begin()[1]
    world.behind.instead = FirstFactorFailed("refused-upstream", relayed=Relayed("No.", None))
    said = [world.check() for _ in range(6)]
    assert ["throttled"] == list(dict.fromkeys(said[4:]))
    assert len(world.behind.asked) == 12 + 4


def test_whom_a_radius_server_proved_passes_while_a_stranger_guesses():
    """From the own source, as with any directory."""
    world = World()
    world.behind.instead = PROVED
    world.begin(b"right")
    world.behind.instead = None
    guesses = [world.check(caller="203.0.113.66") for _ in range(9)]
    assert 2 == guesses.count("wrong-password")
    world.behind.instead = PROVED
    assert [PROVED] == world.begin(b"right")[1]
