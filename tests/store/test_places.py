"""Where people log in from, and what that asks of a push."""

import pytest

from proxy.accounts.account import Person
from proxy.login.actions import CheckPasscode
from proxy.login.events import ApprovalNotAsked, PasscodeAccepted, PasscodeRefused
from proxy.login.fatigue import Defence
from proxy.login.places import MOST_PLACES, Rules
from proxy.secret import Secret
from proxy.store import accounts, passcodes, places, recovery
from tests.peers.logins import NOW, client, login
from tests.store.test_asking import CHALLENGING, World

STRICT = Defence(places=Rules("strict", "strict"))
OFF = Defence(places=Rules("off", "off"))


@pytest.fixture
def world(session, master):
    return World(session, master)


def pass_by_push(world, number=1, country=None, now=NOW, **facts):
    """Log in from somewhere; give the request as it was made."""
    asked = world.ask(number, country=country, now=now, **facts)
    made = world.made[-1]
    world.answer(asked, number=asked.number, now=now)
    world.claim(asked, number, now)
    return made


def known(world, kind="client"):
    return {place for place, _ in places.known(world.session, world.account.id, kind)}


def test_the_first_push_of_a_client_is_marked(world):
    """And the second is not: the first one passed."""
    assert pass_by_push(world, 1).first_time
    assert {"vpn"} == known(world)
    assert not pass_by_push(world, 2).first_time


def test_what_did_not_pass_is_not_remembered(world):
    """A push that was denied, or approved and used by nobody."""
    world.answer(world.ask(1), "deny")
    world.answer(world.ask(2, now=NOW + 60), now=NOW + 60)
    assert set() == known(world)


def test_a_new_client_that_can_show_a_number_shows_one(world):
    """Where that is configured, though number matching is off; once it is known it does not."""
    numbers = Defence(places=Rules("number-where-possible", "strict"))
    facts = {"client": client(challenge=True), "digits_where_new": 6, "defence": numbers}
    asked = world.ask(1, **facts)
    assert 6 == len(asked.number)
    assert "missing-number" == world.answer(asked)
    world.answer(asked, number=asked.number)
    world.claim(asked, 1)
    assert world.ask(2, **facts).number is None


def test_strict_wants_a_code_where_no_number_is_shown(world):
    """No push is sent; where one is shown it is."""
    assert ApprovalNotAsked("new-place") == world.ask(1, defence=STRICT)
    assert [] == world.sent
    assert world.ask(2, defence=STRICT, digits=6, client=CHALLENGING).number


def test_strict_lets_known_places_be(world):
    """They were there before."""
    pass_by_push(world, 1, defence=OFF)
    assert world.ask(2, defence=STRICT).number is None


def test_by_default_a_number_that_is_off_stays_off(world):
    """The phone says that it is the first time."""
    asked = world.ask(1, client=client(challenge=True), digits_where_new=6)
    assert (None, True) == (asked.number, world.made[-1].first_time)


def test_off_marks_nothing(world):
    """And still remembers, for when it is on."""
    assert not pass_by_push(world, 1, defence=OFF).first_time
    assert {"vpn"} == known(world)


def test_the_first_country_is_remembered_in_silence(world):
    """There was none to compare it with; the next new one sends no push."""
    pass_by_push(world, 1)
    assert not pass_by_push(world, 2, country="DE").first_time
    assert {"DE"} == known(world, "country")
    assert ApprovalNotAsked("new-place") == world.ask(3, country="FR")
    assert not pass_by_push(world, 4, country="DE").first_time


def test_a_new_country_with_a_number_is_marked(world):
    """And remembered once it passed."""
    pass_by_push(world, 1, country="DE")
    made = pass_by_push(world, 2, country="FR", digits=6, client=CHALLENGING)
    assert (True, "FR") == (made.first_time, made.country)
    assert {"DE", "FR"} == known(world, "country")


def test_an_unknown_country_asks_nothing(world):
    """A caller that is no address, or one that the file does not know."""
    pass_by_push(world, 1, country="DE")
    assert not pass_by_push(world, 2, country=None).first_time


def test_few_places_are_remembered(world):
    """The oldest are forgotten."""
    for number in range(MOST_PLACES + 3):
        places.remember(world.session, world.account.id, f"nas{number:03d}", "DE", NOW + number)
    found = known(world)
    assert (MOST_PLACES, False, True) == (len(found), "nas002" in found, "nas003" in found)
    assert {"DE"} == known(world, "country")


def test_a_code_is_a_second_factor_too(world, master):
    """What it let in from is remembered; a wrong one is not, nor what lets nobody in."""
    code = recovery.issue(world.session, master, world.account.id, NOW)[0]

    def check(text, attempt, asked=None):
        question = CheckPasscode(
            world.account.id, "recovery", Secret(text.encode()), attempt, asked
        )
        return passcodes.check(world.session, master, question, 1, NOW, "DE")

    assert isinstance(check("ABCD-EFGH-JKMN-PQRS", "a", login()), PasscodeRefused)
    assert set() == known(world)
    assert isinstance(check(code, "b", login()), PasscodeAccepted)
    assert ({"vpn"}, {"DE"}) == (known(world), known(world, "country"))


def test_a_place_is_one_persons(world):
    """Not everybody's who has logged in there."""
    pass_by_push(world, 1)
    bob = Person("corp", "bob", "id-2", "uid=bob,dc=example", frozenset())
    other = accounts.ensure(world.session, bob, NOW)
    assert [] == places.known(world.session, other.id, "client")
