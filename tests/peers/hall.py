"""
The hall with real rules and no waiting: a real runner over a real store, a clock that stands still.

The directory is a fake that obeys its port: people with passwords, that can be slow or down. The
store runs each job at once, in a transaction; a phone is a few lines that answer what is open.
"""

from dataclasses import replace

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from proxy.accounts.account import Person, fold_username
from proxy.accounts.device import Candidate
from proxy.accounts.enrolment import normal_code
from proxy.accounts.passkey import Asserted, NewPasskey, Passkey
from proxy.factors.totp import TotpSeed, code_at
from proxy.firstfactor.failures import NotSent
from proxy.going_on import GoingOn
from proxy.helpers import Helpers
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorFailed,
    FirstFactorPassed,
    PasswordChanged,
    PasswordNotChanged,
    PersonFound,
    PersonNotFound,
)
from proxy.login.request import Resume
from proxy.push.approvals import Approvals
from proxy.runner import Runner
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import accounts, approvals, devices, notices, open_approvals, recovery, totp
from proxy.store.accounts import StoredAccounts
from proxy.store.database import StoreUnavailable
from proxy.store.kept_approvals import StoredApprovals
from proxy.store.logins import StoredLogins
from proxy.store.passcodes import StoredPasscodes
from proxy.store.remembered import StoredRemembered
from proxy.store.session import Session
from tests.peers.logins import NOW, client, policy, request

MASTER = MasterKey(Secret(b"k" * 32))
SEED = TotpSeed(Secret(b"12345678901234567890"))


class InstantStore:
    """Obeys the store's `read` and `write`: each job is a transaction at once, until it is closed."""

    def __init__(self, database):
        self._closed = False
        self._connection = database.connect()
        self._connection.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here

    def write(self, job):
        if self._closed:
            return fail(StoreUnavailable("the store is stopped"))
        with self._connection:
            return succeed(job(Session(self._connection)))

    def read(self, query):
        if self._closed:
            raise StoreUnavailable("the store is stopped")
        return query(Session(self._connection))

    def close(self):
        self._closed = True
        self._connection.close()


class FakeDirectory:
    """People and their passwords; every search and bind is counted."""

    def __init__(self):
        self.people = {"alice": b"pw", "bob": b"pw"}
        self.binds = []
        self.expired = set()
        """Names of people whose password must be changed."""
        self.refuses = None
        """Why no new password is taken; None: any is."""
        self.changes = []
        self.held = None
        """A list: questions wait in it until they are let go."""
        self.down = False
        self.changed = {"alice": b"1", "bob": b"1"}
        """What shows that a password was changed."""
        self.shows_changes = True

    def password_mark(self, person):
        if self.down or not self.shows_changes:
            return fail(NotSent("down"))
        return succeed(self.changed[person.user_name])

    def _say(self, event):
        if self.held is None:
            return succeed(event)
        waiting = Deferred()
        self.held.append((waiting, event))
        return waiting

    def let_go(self):
        held, self.held = self.held, None
        for waiting, event in held:
            if not waiting.called:
                waiting.callback(event)

    def find(self, question):
        if self.down:
            return self._say(DirectoryFailed("down"))
        name = fold_username(question.username)
        if name not in self.people:
            return self._say(PersonNotFound("unknown"))
        return self._say(
            PersonFound(Person("corp", name, f"id {name}", f"uid={name}", frozenset()))
        )

    def check(self, question):
        password = question.password.reveal()
        self.binds.append((question.person.user_name, password))
        right = self.people[question.person.user_name] == password
        if right and question.person.user_name in self.expired:
            return self._say(FirstFactorFailed("password-expired", "password-expired"))
        return self._say(FirstFactorPassed() if right else FirstFactorFailed("wrong-password"))

    def change(self, question):
        name, old = question.person.user_name, question.old.reveal()
        self.changes.append((name, old, question.new.reveal()))
        if self.people[name] != old:
            return self._say(PasswordNotChanged("old-password"))
        if self.refuses is not None:
            return self._say(PasswordNotChanged(self.refuses))
        self.people[name] = question.new.reveal()
        self.expired.discard(name)
        return self._say(PasswordChanged())


class Hall:
    """One process; `restarted` gives the next one over the same store."""

    def __init__(self, database, *policies, directory=None, clock=None, pending_limit=100):
        self.database = database
        self.directory = directory or FakeDirectory()
        self.clock = clock or Clock()
        if clock is None:
            self.clock.advance(NOW)
        self.policies = policies or (policy("push", "totp", "recovery"),)
        self.store = InstantStore(database)
        self.pushes = []
        kept = StoredApprovals(self.store, self.clock, self._sign, lifetime=120.0, late=60.0)
        self.approvals = Approvals(kept, self.clock, pending_limit)
        logins = StoredLogins(self.store, self.clock)
        self.going_on = GoingOn(self.clock, 1.0)
        self.runner = Runner(
            Helpers(
                self.directory,
                StoredAccounts(self.store, self.clock),
                self.approvals,
                StoredPasscodes(self.store, MASTER, self.clock, 1),
                logins,
                logins,
                StoredRemembered(self.store, self.clock, b"r" * 32, self.directory.password_mark),
            ),
            self.policies,
            self.going_on,
            self.clock,
            answer_key=b"a" * 32,
            limit=1000,
        )
        self._seen = self.store.read(notices.newest)

    def _sign(self, session, new):
        self.pushes.append(new)
        return f"signed {new.id}"

    def restarted(self):
        """Give a process that takes over after `kill -9`: nothing of this one's memory is left."""
        self.store.close()
        clock = Clock()
        clock.advance(self.now())
        next_hall = Hall(self.database, *self.policies, directory=self.directory, clock=clock)
        next_hall.pushes = self.pushes
        return next_hall

    def now(self):
        return self.clock.seconds()

    def write(self, job):
        results = []
        self.store.write(job).addBoth(results.append)
        return results[0]

    # --- people ---

    def enrol(self, name="alice", *, phone=True, codes=True, passkey=False):
        """Give a person a phone and codes; give the account's id and recovery codes."""
        person = Person("corp", name, f"id {name}", f"uid={name}", frozenset())
        account = self.write(lambda s: accounts.ensure(s, person, self.now()))
        if phone:
            new = NewPasskey(Passkey(name.encode(), b"key", 0, False, False), "registration")
            self.write(lambda s: self._enrol_phone(s, account.id, name, new if passkey else None))
        if not codes:
            return account.id, []
        self.write(lambda s: totp.enroll(s, MASTER, account.id, SEED, self.now()))
        return account.id, self.write(lambda s: recovery.issue(s, MASTER, account.id, self.now()))

    def _enrol_phone(self, session, account_id, name, passkey):
        code = devices.invite(session, MASTER, account_id, replace=True, ttl=900, now=self.now())
        candidate = Candidate(f"phone of {name}", "{}", "phone", "proof", passkey)
        devices.enrol(session, MASTER, normal_code(code), candidate, self.now())

    def code(self, offset=0):
        """Give the TOTP code of now."""
        return code_at(SEED, int(self.now() // 30) + offset)

    # --- the NAS ---

    def begin(self, number=1, password=b"pw", proof=None, **facts):
        """Send a request; give the list that its answer comes into."""
        terms = facts.pop("client", client())
        asked = request(number, password=password, arrived=self.now(), client=terms, **facts)
        asked = replace(asked, proof=proof)
        answers = []

        def reply(answer, state):
            answers.append((answer, state))

        running = self.runner.begin(asked, reply)
        self.leave = lambda: self.runner.leave(running, reply)
        """Whoever sent the last request has gone."""
        return answers

    def resume(self, state, text=b"", *, username="alice", client=None):
        """Answer a challenge; give the list that the answer comes into."""
        terms = client or globals()["client"](challenge=True)
        answers = []
        asked = Resume(state, username, terms, Secret(text), self.now())
        self.runner.resume(asked, lambda answer, state: answers.append((answer, state)))
        return answers

    # --- the phone ---

    def open(self, name="alice"):
        """Give what a phone shows."""
        return self.store.read(
            lambda s: open_approvals.on_device(s, f"phone of {name}", self.now())
        )

    def answer(self, decision="approve", number=None, name="alice", which=0, *, verified=False):
        """Answer a request, by the passkey where *verified*; the notices wake whoever waits."""
        asserted = Asserted(0, "assertion") if verified else None
        shown = self.open(name)[which]
        verdict = self.write(
            lambda s: approvals.answer(
                s, shown.id, f"phone of {name}", decision, number, "jws", self.now(), asserted
            )
        )
        self.look()
        return verdict

    def look(self):
        """Bring the notices to those who listen."""
        for row in self.store.read(lambda s: notices.since(s, self._seen)):
            self._seen = row["id"]
            if row["kind"] == "approval-ended":
                self.approvals.ended(row["subject"])
