"""
No sequence of events sends a push inside a wait, or resets a counter early.

hypothesis plays logins at two clients, with and without a number, the phone, an admin, codes, the
housekeeping, restarts and a clock against one store, beside a model of a few lines that keeps only
how each push ended. The model never looks into the store's counters.
"""

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from proxy.login.events import ApprovalAsked
from proxy.login.fatigue import LOCKED_AT, Defence
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import approvals, confirming, fatigue, open_approvals, totp
from proxy.store.database import Database
from proxy.store.session import Session
from tests.histories import play
from tests.peers.hall import SEED
from tests.peers.logins import NOW, client
from tests.store.test_asking import World

DEFENCE = Defence(first_wait=30.0, longest_wait=240.0, denials=3, unanswered=4)
CLIENTS = ("vpn", "wifi")
CALLERS = ("192.0.2.7", "198.51.100.9")


class Model:
    """What people were told: how pushes ended, and what follows."""

    def __init__(self):
        self.admin_forgets()

    def admin_forgets(self):
        self.at = dict.fromkeys(CLIENTS, (0, 0.0))
        self.denied = self.unanswered = self.failures = 0
        self.blocked = False

    def failed(self, where, end, now):
        count, last = self.at[where]
        self.at[where] = (count + 1, max(last, now))
        self.failures += 1
        self.denied += end != "unanswered"
        self.unanswered += end == "unanswered"
        full = self.denied >= DEFENCE.denials or self.unanswered >= DEFENCE.unanswered
        self.blocked = self.blocked or full or end == "reported"

    def approved(self, where):
        self.at[where] = (0, 0.0)
        self.denied = self.unanswered = self.failures = 0

    def confirmed(self):
        if self.blocked and self.failures < LOCKED_AT:
            self.blocked = False
            self.denied = self.unanswered = 0

    def may_push(self, where, now):
        count, last = self.at[where]
        wait = min(30.0 * 2 ** (count - 1), 240.0) if count else 0.0
        return not self.blocked and self.failures < LOCKED_AT and now >= last + wait


class WornDown(RuleBasedStateMachine):
    """One person, one phone at a time."""

    empty: bytes
    folder: object

    @initialize()
    def start(self):
        path = self.folder / "worn.db"
        for old in self.folder.glob("worn.db*"):
            old.unlink()
        path.write_bytes(self.empty)
        self.connection = Database(f"sqlite:///{path}").connect()
        self.connection.execute("PRAGMA synchronous = OFF")
        self.world = World(Session(self.connection), MasterKey(Secret(b"k" * 32)))
        self.model, self.now, self.number, self.phones = Model(), NOW, 0, 1
        self.key = "phone"
        self.open = {}
        """Pushes that are open as the model knows: by id, (client, expires at, counts, number)."""

    def teardown(self):
        if hasattr(self, "connection"):
            self.connection.close()

    def run_out(self):
        """Say of each push whose time is over that it ended then, the longest over first."""
        for one, (where, expires, counts, _) in sorted(
            self.open.items(), key=lambda item: item[1][1]
        ):
            if expires <= self.now and one in self.open:
                del self.open[one]
                if counts:
                    self.failed(where, "unanswered", expires)

    def failed(self, where, end, at):
        was = self.model.blocked or self.model.failures >= LOCKED_AT
        self.model.failed(where, end, at)
        if (self.model.blocked and not was) or end == "reported":
            self.open.clear()  # what is open is void

    @rule(
        where=st.sampled_from(CLIENTS),
        caller=st.sampled_from(CALLERS),
        digits=st.sampled_from([0, 6]),
    )
    def login(self, where, caller, digits):
        """A push goes out only where the model says that one may."""
        self.run_out()
        self.number += 1
        facts = {
            "client": client(name=where, challenge=digits > 0),
            "caller": caller,
            "join_digest": f"{where}{caller}".encode(),
        }
        sent = len(self.world.sent)
        asked = self.world.ask(self.number, digits=digits, now=self.now, defence=DEFENCE, **facts)
        if len(self.world.sent) == sent:
            return
        assert isinstance(asked, ApprovalAsked)
        assert self.model.may_push(where, self.now), "a push inside a wait or a block"
        for one in list(self.open):
            state = open_approvals.for_answer(self.world.session, one).state
            if state == "withdrawn":
                del self.open[one]
        self.open[asked.approval_id] = (where, asked.expires_at, True, asked.number)

    @rule(where=st.sampled_from(CLIENTS))
    def login_where_one_may(self, where):
        """Where nothing is open and the model says that a push may go out, one does."""
        self.run_out()
        if self.open or not self.model.may_push(where, self.now):
            return
        self.number += 1
        asked = self.world.ask(
            self.number,
            now=self.now,
            defence=DEFENCE,
            client=client(name=where),
            caller=None,
            join_digest=None,
        )
        assert isinstance(asked, ApprovalAsked), asked
        self.open[asked.approval_id] = (where, asked.expires_at, True, asked.number)

    @precondition(lambda self: self.open)
    @rule(decision=st.sampled_from(["approve", "deny", "deny", "report", "wrong"]), data=st.data())
    def answer(self, decision, data):
        """The phone answers an open push, in time or too late."""
        self.run_out()
        if not self.open:
            return
        one = data.draw(st.sampled_from(sorted(self.open)))
        where, _, _, number = self.open[one]
        typed = number if decision == "approve" else None
        if decision == "wrong":
            if number is None:
                return
            typed = f"{(int(number) + 1) % 10**6:06d}"
        verdict = approvals.answer(
            self.world.session,
            one,
            self.key,
            "approve" if decision == "wrong" else decision,
            typed,
            "jws",
            self.now,
            defence=DEFENCE,
        )
        if verdict == "wrong-number":
            if open_approvals.for_answer(self.world.session, one).state == "wrong-number":
                del self.open[one]
                self.failed(where, "denied", self.now)
            return
        assert "stored" == verdict
        del self.open[one]
        if decision == "approve":
            self.model.approved(where)
        else:
            self.failed(where, {"deny": "denied", "report": "reported"}[decision], self.now)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), right=st.booleans())
    def codes_instead(self, data, right):
        """The login of an open push ends by codes, right ones or wrong ones."""
        self.run_out()
        if not self.open:
            return
        one = data.draw(st.sampled_from(sorted(self.open)))
        where = self.open.pop(one)[0]
        if right:
            approvals.withdraw(self.world.session, one, self.now)
        else:
            approvals.give_up(self.world.session, one, DEFENCE, self.now)
            self.failed(where, "unanswered", self.now)

    @rule(seconds=st.sampled_from([1, 29, 60, 119, 120, 241, 300, 4000]))
    def time_passes(self, seconds):
        self.now += seconds

    @rule()
    def housekeeping(self):
        self.run_out()
        approvals.expire_some(self.world.session, 50, DEFENCE, self.now)

    @rule()
    def restart(self):
        """What is open then counts nothing if it runs out."""
        self.run_out()
        approvals.count_none(self.world.session)
        self.open = {
            one: (where, expires, False, number)
            for one, (where, expires, _, number) in self.open.items()
        }

    @rule()
    def another_phone(self):
        """It voids what is open; it resets nothing."""
        self.run_out()
        approvals.expire_some(self.world.session, 50, DEFENCE, self.now)
        self.phones += 1
        self.key = f"phone {self.phones}"
        self.world.enrol(self.key)
        self.open.clear()

    @rule()
    def another_seed(self):
        totp.enroll(self.world.session, self.world.master, self.world.account.id, SEED, self.now)

    @rule()
    def confirm(self):
        self.run_out()
        approvals.expire_some(self.world.session, 50, DEFENCE, self.now)
        confirming.by_phone(self.world.session, self.key, self.now)
        self.model.confirmed()

    @rule()
    def unlock(self):
        self.run_out()
        approvals.expire_some(self.world.session, 50, DEFENCE, self.now)
        fatigue.forget(self.world.session, self.world.account.id)
        self.model.admin_forgets()

    @invariant()
    def never_more_than_counted(self):
        """Once all that ended is noticed, the counter is the model's: it was not reset early."""
        if not hasattr(self, "connection"):
            return
        self.run_out()
        approvals.expire_some(self.world.session, 50, DEFENCE, self.now)
        found = fatigue.of_account(self.world.session, self.world.account.id)
        assert self.model.failures == found.failures
        assert (self.model.blocked or self.model.failures >= LOCKED_AT) == found.is_blocked


def test_nobody_is_worn_down(tmp_path, empty_database):
    """Whatever happens, in whatever order."""
    assert 60 <= play(WornDown, empty_database, tmp_path, 60)
