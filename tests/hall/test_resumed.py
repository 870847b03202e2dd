"""Logins that resume a TLS session, through the hall: who gets in by it, and that nobody is asked."""

from dataclasses import replace

import pytest
from twisted.internet.defer import succeed

from proxy.accounts.account import Person
from proxy.login.actions import Accept, RecallSecondFactor
from proxy.login.events import PersonFound
from proxy.login.policy import Remember
from proxy.login.request import Callers, Proof
from proxy.store import accounts
from tests.hall.test_remembered import CHANGES
from tests.peers.hall import Hall
from tests.peers.logins import client, policy

HOURS = 12 * 3600.0
LAPTOP, TABLET = "3c22fb001a2b", "3c22fb00ffee"
GROUP = "cn=wifi,dc=example"
ALICE = Person("corp", "alice", "id alice", "uid=alice", frozenset({GROUP}))
WIFI = client(name="wifi", callers=Callers("device", "group air"))
RULES = policy("push", "totp", clients=frozenset({"wifi"}), remember=Remember(HOURS))


class Site:
    """Alice, her phone and her laptop at the access points of one network."""

    def __init__(self, database, *rules):
        self.hall = Hall(database, *(rules or (RULES,)))
        self.account_id, _ = self.hall.enrol()
        self.number = 0
        self.passed_at = 0.0

    def login(self, caller=LAPTOP, ssid="corp", **facts):
        self.number += 1
        facts = {"client": WIFI, "method": "eap", "join_digest": None, **facts}
        return self.hall.begin(
            self.number, login_id=f"{self.number:032x}", caller=caller, ssid=ssid, **facts
        )

    def full(self, *args, **facts):
        """Log in with password and push."""
        answers = self.login(*args, **facts)
        if not answers:
            self.hall.answer()
        self.passed_at = self.hall.now()
        return outcome(answers)

    def resume(self, *args, person=ALICE, at=None, **facts):
        """Come again with the session of that login; give the factor, or why not."""
        self.hall.clock.advance(1)
        at = self.passed_at if at is None else at
        proof = Proof("resumed-session", person=person, at=at)
        pushes, binds = len(self.hall.pushes), len(self.hall.directory.binds)
        found = self.login(*args, password=b"", proof=proof, **facts)
        self.hall.clock.advance(2)
        assert (pushes, binds) == (len(self.hall.pushes), len(self.hall.directory.binds))
        return outcome(found)


def outcome(answers):
    ((answer, _),) = answers
    return answer.factor if isinstance(answer, Accept) else answer.reason


OVER = "session-over"


@pytest.fixture
def site(database):
    site = Site(database)
    yield site
    site.hall.store.close()


def test_it_lets_in_and_asks_nobody(site):
    """No directory, whether that is up or not, and no phone."""
    assert "push" == site.full()
    site.hall.directory.down = True
    for _ in range(3):
        assert "remembered" == site.resume()


def test_what_was_never_remembered_lets_nobody_in(site):
    """No push is sent without a password."""
    assert OVER == site.resume()


def test_a_login_that_was_denied_serves_none(site):
    """Nor one that is still open."""
    site.login()
    assert OVER == site.resume(at=site.hall.now())
    site.hall.answer("deny")
    assert OVER == site.resume(at=site.hall.now())


def test_for_the_time_of_the_policy(site):
    """Counted from the login with the second factor."""
    site.full()
    site.hall.clock.advance(HOURS - 10)
    assert "remembered" == site.resume()
    site.hall.clock.advance(10)
    assert OVER == site.resume()


def test_it_renews_nothing(site):
    """Not the second factor either."""
    site.full()
    for _ in range(2):
        site.hall.clock.advance(HOURS / 3)
        assert "remembered" == site.resume()
    site.hall.clock.advance(HOURS / 3)
    assert OVER == site.resume()


def test_only_at_its_place(site):
    """Another device, network or group of clients is another place."""
    site.full()
    assert OVER == site.resume(TABLET)
    assert OVER == site.resume(ssid="guests")
    assert OVER == site.resume(ssid=None)
    apart = replace(WIFI, callers=Callers("device", "client apart"))
    assert OVER == site.resume(client=apart)
    assert OVER == site.resume(client=replace(WIFI, callers=None))
    assert "remembered" == site.resume()


def test_another_network_asks_for_a_push_with_the_password_too(site):
    """What is remembered in one serves in no other."""
    assert "push" == site.full(ssid="corp")
    assert "push" == site.full(ssid="guests")
    assert "remembered" == site.full(ssid="corp")
    assert "push" == site.full(ssid=None)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_ends_it(change, site):
    """Of what is enrolled, or by an admin; whoever looks before TLS is resumed sees it too."""
    site.full()
    site.hall.clock.advance(1)
    assert site.hall.runner.still_remembered(question(site))
    site.hall.write(lambda session: change(site, session))
    assert not site.hall.runner.still_remembered(question(site))
    assert OVER == site.resume()


def question(site, **changed):
    return replace(
        RecallSecondFactor(
            login_id="f" * 32,
            account_id=site.account_id,
            person=ALICE,
            client="wifi",
            group="group air",
            caller=LAPTOP,
            seconds=HOURS,
            factors=("push", "totp"),
            number=False,
            verify_user=False,
            ssid="corp",
            proved_at=site.passed_at,
        ),
        **changed,
    )


def test_what_is_looked_at_before_tls_is_resumed(site):
    """The same as decides then; a store that is down says no."""
    site.full()
    looks = site.hall.runner.still_remembered
    assert looks(question(site))
    for changed in (
        {"ssid": "guests"},
        {"caller": TABLET},
        {"group": "client apart"},
        {"factors": ("totp",)},
        {"verify_user": True},
        {"proved_at": site.passed_at - 1},
        {"proved_at": None},
    ):
        assert not looks(question(site, **changed))
    site.hall.clock.advance(HOURS)
    assert not looks(question(site))
    site.hall.store.close()
    assert not looks(question(site))


def test_a_blocked_account(site):
    """Is refused before anything is looked for."""
    site.full()
    site.hall.write(lambda s: accounts.block(s, site.account_id, site.hall.now()))
    assert "blocked" == site.resume()


def test_another_person_under_the_name(site):
    """The id that the directory gave is looked at as ever."""
    site.full()
    assert "another-person" == site.resume(person=replace(ALICE, stable_id="another"))


def test_a_report_ends_it(site):
    """ "This was not me", about whatever login."""
    site.full()
    site.login(TABLET)
    site.hall.answer("report")
    assert OVER == site.resume()


def test_a_policy_that_remembers_no_more(database):
    """It is decided afresh."""
    site = Site(database, replace(RULES, remember=None))
    site.full()
    assert OVER == site.resume()
    site.hall.store.close()


def test_the_groups_of_then_decide(database):
    """What the directory said serves with the session."""
    rules = replace(RULES, groups=frozenset({GROUP}))
    site = Site(database, replace(rules, name="wifi"), replace(RULES, allow=False))
    site.hall.directory.find = lambda _: found(ALICE)
    site.full()
    assert "remembered" == site.resume()
    assert "policy-refuses" == site.resume(person=ALICE.alone())
    site.hall.store.close()


def found(person):
    return succeed(PersonFound(person))


def test_a_change_of_password_that_a_login_showed(site):
    """From then on no session from before serves, though that login was elsewhere or refused."""
    site.full()
    first = site.passed_at
    site.hall.directory.changed["alice"] = b"2"
    assert "remembered" == site.resume()
    site.login(TABLET)
    site.hall.answer("deny")
    assert OVER == site.resume()
    site.hall.clock.advance(1800)
    assert OVER == site.resume()
    assert "push" == site.full()
    assert OVER == site.resume(at=first)
    assert "remembered" == site.resume()


def test_the_record_says_by_what(site):
    """It begins otherwise than a login with a password."""
    site.full()
    site.resume()
    rows = site.hall.store._connection.execute("SELECT transcript FROM login_records ORDER BY id")
    *_, last = rows.fetchall()
    assert '"LoginVouched",{"by":"resumed-session"' in last["transcript"]
    assert "FindPerson" not in last["transcript"]
    assert "SecondFactorRecalled" in last["transcript"]


def test_a_proof_names_its_person(site):
    """And no other proof brings one."""
    with pytest.raises(ValueError, match="resumed-session"):
        Proof("resumed-session")
    with pytest.raises(ValueError, match="certificate"):
        Proof("certificate", person=ALICE)
