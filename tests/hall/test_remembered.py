"""
Logins that are remembered, through the hall: who gets in without a push, and who never.

The stories first; then hypothesis plays a person, their devices, the phone, an admin, the clock and
`kill -9`, and holds every login that was let in without a second factor against what went before.
"""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from proxy.accounts.account import Person
from proxy.login.actions import Accept, Reject
from proxy.login.policy import Condition, Remember
from proxy.login.remembering import MOST
from proxy.login.request import Callers
from proxy.store import accounts, approvals, devices, fatigue, logins, recovery, remembered, totp
from proxy.store.database import Database
from tests.histories import play
from tests.peers.hall import MASTER, SEED, Hall
from tests.peers.logins import client, policy

HOURS = 12 * 3600.0
MACS = {"laptop": "3c22fb001a2b", "tablet": "3c22fb00ffee"}
WIFI = client(name="wifi", callers=Callers("device", "group air"), append_code=True)
GUEST = client(name="guest", callers=Callers("device", "group air"), append_code=True)
APART = client(name="apart", callers=Callers("device", "client apart"), append_code=True)
CLIENTS = {"wifi": WIFI, "guest": GUEST, "apart": APART}
RULES = policy(
    "push", "totp", clients=frozenset(CLIENTS), remember=Remember(HOURS), append_code=True
)
STRICT = replace(RULES, name="strict", when=(Condition("Class", ("x",)),), verify_user=True)


class Site:
    """Alice, her phone and her devices; each login is a new packet."""

    def __init__(self, database, *rules):
        self.hall = Hall(database, *(rules or (STRICT, RULES)))
        self.account_id, self.codes = self.hall.enrol(passkey=True)
        self.number = 0

    def login(self, device="laptop", terms=WIFI, password=b"pw", *, strict=False, caller=None):
        self.number += 1
        told = MACS[device] if caller is None else caller
        return self.hall.begin(
            self.number,
            password,
            client=terms,
            login_id=f"{self.number:032x}",
            caller=told,
            origin=told,
            join_digest=f"{terms.name}{told}{password}{strict}".encode().ljust(32)[:32],
            attributes={"Class": ("x",)} if strict else {},
        )

    def full(self, *args, **kwargs):
        """Log in with a push; give the factor."""
        answers = self.login(*args, **kwargs)
        if not answers:
            self.hall.answer(verified=kwargs.get("strict", False))
        return factor(answers)

    def asked(self, *args, **kwargs):
        """Say whether a login wants a second factor; the push is taken back again."""
        answers = self.login(*args, **kwargs)
        if answers and isinstance(answers[0][0], Accept):
            return False
        for shown in self.hall.open():
            self.hall.write(lambda s, shown=shown: approvals.withdraw(s, shown.id, self.hall.now()))
        self.hall.look()
        self.hall.clock.advance(2)
        return True

    def kept(self):
        return self.hall.store.read(
            lambda s: remembered.listed(s, self.account_id, self.hall.now())
        )


def factor(answers):
    ((answer, _),) = answers
    return answer.factor if isinstance(answer, Accept) else answer


@pytest.fixture
def site(database):
    site = Site(database)
    yield site
    site.hall.store.close()


def test_the_next_login_needs_no_push(site):
    """For the time that the policy says, and not a second longer."""
    assert "push" == site.full()
    site.hall.clock.advance(HOURS - 1)
    assert "remembered" == site.full()
    assert 1 == len(site.hall.pushes)
    site.hall.clock.advance(1)
    assert site.asked()


def test_it_never_renews_itself(site):
    """However often it lets in."""
    site.full()
    for _ in range(3):
        site.hall.clock.advance(HOURS / 4)
        assert "remembered" == site.full()
    site.hall.clock.advance(HOURS / 4)
    assert site.asked()


def test_a_wrong_password_is_refused_all_the_same(site):
    """The first factor is always asked."""
    site.full()
    answers = site.login(password=b"wrong")
    site.hall.clock.advance(2)
    assert "bad-credentials" == factor(answers).reason


def test_at_the_clients_of_a_group(site):
    """A device roams among them, and nowhere else."""
    site.full(terms=WIFI)
    assert not site.asked(terms=GUEST)
    assert site.asked(terms=APART)


def test_not_on_another_device(site):
    """Nor where the NAS tells none, or no MAC address."""
    site.full()
    assert site.asked("tablet")
    assert site.asked(caller="192.0.2.7")
    assert site.asked(caller="port 3 of ap")


def test_not_for_another_person(site):
    """On the same device."""
    site.full()
    site.hall.enrol("bob")
    answers = site.hall.begin(
        99, client=WIFI, username="bob", caller=MACS["laptop"], join_digest=b"b" * 32
    )
    assert [] == answers


def test_a_login_that_was_refused_is_not_remembered(site):
    """Denied, or answered by nobody."""
    site.login()
    site.hall.answer("deny")
    assert [] == site.kept()
    site.hall.clock.advance(121)
    assert site.asked()
    assert [] == site.kept()


def test_an_appended_code_is_always_looked_at(site):
    """Whoever types a code logs in by it, and is remembered from then on."""
    site.full()
    site.hall.clock.advance(HOURS - 60)
    typed = b"pw," + site.hall.code()
    assert "totp" == site.full(password=typed)
    site.hall.clock.advance(HOURS - 60)
    assert "remembered" == site.full()


def test_an_appended_push_is_sent(site):
    """Whoever asks for one gets one."""
    site.full()
    assert [] == site.login(password=b"pw,push")


def test_a_policy_that_wants_the_person_verified(site):
    """Is not served by a push that did not; the other way round it is."""
    site.full()
    assert site.asked(strict=True)
    assert "push" == site.full(strict=True)
    assert not site.asked(strict=True)
    assert not site.asked()


def test_a_report_ends_it(site):
    """ "This was not me", about whatever login."""
    site.full()
    site.login("tablet")
    site.hall.answer("report")
    site.hall.clock.advance(61)
    assert site.asked()
    assert [] == site.kept()


def test_a_denial_does_not(site):
    """The person is there and awake."""
    site.full()
    site.login("tablet")
    site.hall.answer("deny")
    site.hall.clock.advance(2)
    assert not site.asked()


def test_a_report_at_the_portal_ends_it(site):
    """Of a login in the list there."""
    site.full()
    row = site.hall.store._connection.execute("SELECT id, login_id FROM login_records").fetchone()
    site.hall.store._connection.execute(
        "INSERT INTO login_reports (login_id, account_id, at) VALUES (?, ?, ?)",
        (row["login_id"], site.account_id, site.hall.now()),
    )
    assert site.asked()


def revoke(site, session):
    phone = devices.active(session, site.account_id)
    devices.retire(session, phone.id, "revoked", site.hall.now())


CHANGES = {
    "the phone is revoked": revoke,
    "TOTP is removed": lambda site, s: totp.remove(s, site.account_id),
    "the same seed again": lambda site, s: totp.enroll(
        s, MASTER, site.account_id, SEED, site.hall.now()
    ),
    "a sheet of codes comes": lambda site, s: recovery.issue(
        s, MASTER, site.account_id, site.hall.now()
    ),
    "an app comes and goes": lambda site, s: (
        totp.enroll(s, MASTER, site.account_id, SEED, site.hall.now()),
        totp.remove(s, site.account_id),
    ),
    "an admin blocks and unblocks": lambda site, s: (
        accounts.block(s, site.account_id, site.hall.now()),
        accounts.unblock(s, site.account_id),
    ),
    "an admin forgets all": lambda site, s: remembered.forget(s, site.account_id),
    "another id comes and is the same person": lambda site, s: (
        accounts.load(s, Person("corp", "alice", "new", "uid=alice", frozenset()), 1.0),
        accounts.decide_stranger(s, site.account_id, same_person=True, now=1.0),
        accounts.load(s, Person("corp", "alice", "id alice", "uid=alice", frozenset()), 1.0),
        accounts.decide_stranger(s, site.account_id, same_person=True, now=1.0),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_ends_it(change, site):
    """Of what is enrolled, or by an admin."""
    site.full()
    site.hall.clock.advance(1)
    site.hall.write(lambda session: change(site, session))
    assert [] == site.kept()
    assert site.asked()


def test_an_app_that_came_and_went_ends_it(site):
    """Though what is enrolled is what it was: somebody had a factor meanwhile."""
    site.hall.write(lambda s: totp.remove(s, site.account_id))
    site.full()
    site.hall.clock.advance(1)
    site.hall.write(lambda s: CHANGES["an app comes and goes"](site, s))
    assert [] == site.kept()


def test_a_password_change_ends_it(site):
    """As the directory shows it."""
    site.full()
    site.hall.directory.changed["alice"] = b"2"
    assert site.asked()


def test_a_directory_that_does_not_show_it_now(site):
    """The second factor is asked, and nothing is remembered; later it is as it was."""
    site.full()
    site.hall.directory.shows_changes = False
    assert site.asked()
    assert "push" == site.full("tablet")
    site.hall.directory.shows_changes = True
    assert not site.asked()
    assert site.asked("tablet")


def test_one_of_several_is_forgotten(site):
    """By its number; the other device stays."""
    site.full("laptop")
    site.full("tablet")
    newest, oldest = site.kept()
    assert ("**:**:**:**:ff:ee", "wifi", "push") == (newest.caller, newest.client, newest.factor)
    assert 1 == site.hall.write(lambda s: remembered.forget(s, site.account_id, oldest.id))
    assert site.asked("laptop")
    assert not site.asked("tablet")


def test_another_persons_is_not_forgotten(site):
    """The number alone is not enough."""
    site.full()
    (one,) = site.kept()
    assert 0 == site.hall.write(lambda s: remembered.forget(s, site.account_id + 1, one.id))


def test_forgotten_while_the_phone_is_asked(site):
    """The login ends as it may, and is not remembered."""
    answers = site.login()
    site.hall.write(lambda s: remembered.forget(s, site.account_id))
    site.hall.answer()
    assert "push" == factor(answers)
    assert site.asked()


def test_a_device_is_remembered_once(site):
    """The newer login takes the place of the older one."""
    site.full()
    site.full(password=b"pw," + site.hall.code())
    assert ["totp"] == [one.factor for one in site.kept()]


def test_so_many_devices_of_a_person_at_most(site):
    """The oldest is forgotten."""
    for number in range(MOST + 2):
        assert "push" == site.full(caller=f"3c22fb0000{number:02x}")
        site.hall.clock.advance(1)
    assert MOST == len(site.kept())
    assert site.asked(caller="3c22fb000001")
    assert not site.asked(caller="3c22fb000002")


def test_a_shorter_time_holds_at_once(site):
    """The policy of now counts, whatever it was."""
    site.full()
    site.hall.clock.advance(601)
    shorter = replace(RULES, remember=Remember(600.0))
    site.hall.runner.configure((shorter,), site.hall.directory, 1000)
    assert site.asked()


def test_none_any_more(site):
    """Nor where the policy no longer remembers."""
    site.full()
    site.hall.runner.configure((replace(RULES, remember=None),), site.hall.directory, 1000)
    assert site.asked()


def test_the_record_names_the_login_it_goes_back_to(site):
    """And the factor is `remembered`."""
    site.full()
    site.full()
    rows = site.hall.store.read(lambda s: logins.recent(s, site.account_id, 10))
    assert "remembered" == rows[0]["reason"]
    assert (
        f'"SecondFactorRecalled",{{"login_id":"{1:032x}","factor":"push"' in rows[0]["transcript"]
    )


def test_a_number_typed_into_a_parked_login(database):
    """A login that was parked between is remembered as well, with its number."""
    rules = replace(RULES, challenge=True)
    site = Site(database, rules)
    terms = replace(WIFI, challenge=True)
    ((challenge, state),) = site.login(terms=terms)
    site.hall.answer(number=challenge.number)
    assert "push" == factor(site.hall.resume(state, client=terms))
    assert "remembered" == factor(site.login(terms=terms))
    site.hall.store.close()


def test_it_outlives_the_process(site):
    """It is in the store."""
    site.full()
    site.hall = site.hall.restarted()
    assert not site.asked()


class Remembering(RuleBasedStateMachine):
    """Devices, clients, both kinds of policies, and all that ends it."""

    empty: bytes
    folder: object

    @initialize()
    def start(self):
        path = self.folder / "remembered.db"
        for old in self.folder.glob("remembered.db*"):
            old.unlink()
        path.write_bytes(self.empty)
        self.site = Site(Database(f"sqlite:///{path}"))
        self.full = {}
        """When a full login was last, by group and device, and whether it was verified."""
        self.ended = float("-inf")

    def teardown(self):
        if hasattr(self, "site"):
            self.site.hall.store.close()

    @rule(
        device=st.sampled_from(["laptop", "laptop", "laptop", "tablet"]),
        at=st.sampled_from(["wifi", "wifi", "wifi", "guest", "apart"]),
        strict=st.sampled_from([False, False, True]),
        does=st.sampled_from([*["approve"] * 6, "deny", "report", "nothing"]),
        password=st.sampled_from([*[b"pw"] * 6, b"wrong"]),
    )
    def login(self, device, at, strict, does, password):
        """A login, and what the person does about it."""
        hall, terms = self.site.hall, CLIENTS[at]
        answers = self.site.login(device, terms, password, strict=strict)
        place = terms.callers.group, device
        if not answers and does != "nothing" and hall.open():
            hall.answer(does, verified=strict)
            if does == "report":
                self.ended = hall.now()
        hall.clock.advance(0 if answers else 31)
        hall.clock.advance(2)
        hall.write(lambda session: fatigue.forget(session, self.site.account_id))
        ((answer, _),) = answers
        if not isinstance(answer, Accept):
            assert isinstance(answer, Reject)
            return
        assert password == b"pw"
        since, verified = self.full.get(place, (float("-inf"), False))
        if answer.factor == "remembered":
            assert self.ended < since
            assert hall.now() - since < HOURS + 40
            assert verified or not strict
        else:
            self.full[place] = hall.now(), strict

    @rule(seconds=st.sampled_from([61.0, HOURS / 2, HOURS]))
    def wait(self, seconds):
        """Time passes, and with it what is open on the phone."""
        self.site.hall.clock.advance(seconds)

    @rule(which=st.sampled_from(sorted({**CHANGES, "the password is changed": None})))
    def change(self, which):
        """Something ends all that was remembered."""
        site, hall = self.site, self.site.hall
        hall.clock.advance(121)
        changed = True
        if which == "the password is changed":
            hall.directory.changed["alice"] += b"+"
        elif which == "the phone is revoked":
            hall.write(lambda session: CHANGES[which](site, session))
            hall.clock.advance(1)
            self._new_phone()
        else:
            changed = hall.write(lambda session: CHANGES[which](site, session)) is not False
        if changed:
            self.ended = hall.now()
        hall.clock.advance(1)

    def _new_phone(self):
        """A key is enrolled once only: the store is made to think that this is another."""
        hall = self.site.hall
        connection = hall.store._connection
        connection.execute("PRAGMA foreign_keys = OFF")
        for table, column in (("devices", "id"), ("passkeys", "device_id")):
            connection.execute(
                f"UPDATE {table} SET {column} = {column} || '-' || {hall.now()}"
                f" WHERE {column} = 'phone of alice'"
            )
        connection.execute("UPDATE passkeys SET credential_id = device_id")
        connection.execute("UPDATE approvals SET device_id = device_id || '-'")
        connection.commit()
        hall.enrol(codes=False, passkey=True)

    @rule()
    def kill(self):
        """The process dies and another takes over."""
        self.site.hall = self.site.hall.restarted()


def test_never_without_a_full_login(empty_database, tmp_path):
    """Hundreds of histories."""
    assert 60 <= play(Remembering, empty_database, tmp_path, 60)
