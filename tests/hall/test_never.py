"""
What no sequence of requests, answers, waits and restarts can bring about.

hypothesis plays NASes, a person's phone, the clock and `kill -9` against a real runner and a real
store, and looks at every answer that leaves.
"""

from collections import Counter
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from proxy.login.actions import Accept, Challenge
from proxy.login.policy import Condition
from proxy.login.request import Proof
from proxy.store.database import Database
from tests.histories import play
from tests.peers.hall import Hall
from tests.peers.logins import client, policy

CERTIFICATE = Proof("certificate", directory="corp")
STRICT = Condition("Called-Station-Id", ("strict",))
CALLERS = {
    "home": {"caller": "192.0.2.7", "origin": "192.0.2.7", "join_digest": b"h" * 32},
    "cafe": {"caller": "198.51.100.9", "origin": "198.51.100.9", "join_digest": b"c" * 32},
    "untold": {"caller": None, "origin": "192.0.2.1", "join_digest": None},
}


class Never(RuleBasedStateMachine):
    """
    One person, one phone with a passkey, three callers, right and wrong passwords and codes.

    Some requests come under a policy that wants the person verified; others, of the same login, not.
    """

    empty: bytes
    folder: object

    def __init__(self):
        super().__init__()
        self.number = 0
        self.last = None
        """The last new packet."""
        self.sent = []
        """Each request: its login number, caller and the answers it got."""
        self.states = []
        """Each State that went out, with the requests that answered it."""
        self.strict = []
        """The answers of each request that came under the policy that wants verification."""

    @initialize(challenge=st.booleans(), matching=st.sampled_from(["off", "when-possible"]))
    def start(self, challenge, matching):
        path = self.folder / "never.db"
        for old in self.folder.glob("never.db*"):
            old.unlink()
        path.write_bytes(self.empty)
        self.client = client(challenge=challenge, append_code=True)
        rules = policy("push", "totp", number_matching=matching)
        strict = replace(rules, name="strict", when=(STRICT,), verify_user=True)
        self.hall = Hall(Database(f"sqlite:///{path}"), strict, rules)
        self.account_id, _ = self.hall.enrol(passkey=True)

    def teardown(self):
        if hasattr(self, "hall"):
            self.hall.store.close()

    @rule(
        where=st.sampled_from(sorted(CALLERS)),
        password=st.sampled_from([b"pw", b"pw", b"pw", b"wrong"]),
        again=st.booleans(),
        strict=st.booleans(),
    )
    def request(self, where, password, again, strict):
        """A new packet, or the last one again."""
        if not again or self.last is None:
            self.number += 1
            facts = {**CALLERS[where], "request_digest": self.number.to_bytes(32, "big")}
            if facts["join_digest"] is not None and password == b"wrong":
                facts["join_digest"] = facts["join_digest"][:-1] + b"!"
            facts["attributes"] = {STRICT.attribute: STRICT.values} if strict else {}
            self.last = password, where, facts
        password, where, facts = self.last
        login_id = f"{len(self.sent):032x}"
        answers = self.hall.begin(
            0, password, client=self.client, **{**facts, "login_id": login_id}
        )
        if facts["attributes"]:
            self.strict.append(answers)
        self.sent.append((password, where, answers))

    @rule(where=st.sampled_from(sorted(CALLERS)))
    def vouched(self, where):
        """A new packet of a device whose certificate names the person."""
        self.number += 1
        facts = {**CALLERS[where], "request_digest": self.number.to_bytes(32, "big")}
        if facts["join_digest"] is not None:
            facts["join_digest"] = b"v" + facts["join_digest"][1:]
        login_id = f"{len(self.sent):032x}"
        answers = self.hall.begin(
            0, b"", CERTIFICATE, client=self.client, login_id=login_id, **facts
        )
        self.sent.append((CERTIFICATE, where, answers))

    @rule(which=st.integers(0, 9), text=st.sampled_from(["", "code", "wrong", "number"]))
    def resume(self, which, text):
        """Answer one of the challenges that went out."""
        self._collect()
        if not self.states:
            return
        challenge, state = self.states[which % len(self.states)]
        typed = {
            "": b"",
            "code": self.hall.code(),
            "wrong": b"000000",
            "number": (challenge.number or "").encode(),
        }[text]
        answers = self.hall.resume(state, typed, client=self.client)
        self.sent.append((b"pw", ("state", state, typed), answers))

    @rule(
        decision=st.sampled_from(["approve", "approve", "deny"]),
        right=st.booleans(),
        verified=st.booleans(),
    )
    def phone(self, decision, right, verified):
        """The person answers what the phone shows."""
        shown = self.hall.open()
        if not shown:
            return
        asked = next(push for push in self.hall.pushes if push.id == shown[0].id)
        number = asked.number if right or asked.number is None else "x"
        self.hall.answer(decision, number, verified=verified)

    @rule(seconds=st.sampled_from([0.5, 2.0, 14.0, 31.0, 61.0, 301.0]))
    def wait(self, seconds):
        """Time passes."""
        self.hall.clock.advance(seconds)

    @rule()
    def kill(self):
        """The process dies and another takes over; nobody waits any more."""
        self._collect()
        self.hall = self.hall.restarted()

    def _collect(self):
        for _, _, answers in self.sent:
            for answer, state in answers:
                if isinstance(answer, Challenge) and (answer, state) not in self.states:
                    self.states.append((answer, state))

    def _accepted(self):
        return [
            (password, where, answer)
            for password, where, answers in self.sent
            for answer, _ in answers
            if isinstance(answer, Accept)
        ]

    @invariant()
    def each_request_is_answered_once_at_most(self):
        """A NAS never gets two answers to one packet."""
        assert all(len(answers) <= 1 for _, _, answers in self.sent)

    @invariant()
    def nobody_gets_in_without_a_first_factor(self):
        """Whatever the phone says."""
        assert all(password in (b"pw", CERTIFICATE) for password, _, _ in self._accepted())

    @invariant()
    def nobody_gets_in_without_a_second_factor(self):
        """Whatever proved the first."""
        assert {"push", "totp"} >= {answer.factor for _, _, answer in self._accepted()}

    @invariant()
    def one_approval_admits_one_session(self):
        """Accepts by push are no more than approvals that were claimed, each by one login."""
        if not hasattr(self, "hall"):
            return
        rows = self.hall.store._connection.execute(
            "SELECT id, claimed_by FROM approvals WHERE claimed_by IS NOT NULL"
        ).fetchall()
        sessions = Counter()
        for _, where, answer in self._accepted():
            if answer.factor == "push":
                sessions[where if where[0] == "state" else object()] += 1
        assert len(sessions) <= len(rows)

    @invariant()
    def no_approval_without_verification_where_the_policy_wants_it(self):
        """Joined, late, continued or restarted: the assertion is there, and nobody got round it."""
        if not hasattr(self, "hall"):
            return
        bare = self.hall.store._connection.execute(
            "SELECT count(*) FROM login_records WHERE outcome = 'accept' AND reason = 'push' AND"
            " policy = 'strict' AND login_id NOT IN (SELECT claimed_by FROM approvals"
            " WHERE claimed_by IS NOT NULL AND assertion IS NOT NULL)"
        ).fetchone()
        assert 0 == bare[0]
        given = [answer for answers in self.strict for answer, _ in answers]
        assert {"strict"} >= {one.policy for one in given if isinstance(one, Accept)}

    @invariant()
    def one_push_for_one_packet(self):
        """The same Request Authenticator never rings twice."""
        if not hasattr(self, "hall"):
            return
        rows = self.hall.store._connection.execute(
            "SELECT count(*), count(DISTINCT request_digest) FROM approval_requests"
        ).fetchone()
        assert rows[0] == rows[1]
        assert len(self.hall.pushes) <= rows[1]

    @invariant()
    def never_three_requests_on_the_phone(self):
        """Two only where both show a number."""
        if not hasattr(self, "hall"):
            return
        open_ids = {one.id for one in self.hall.open()}
        assert len(open_ids) <= 2
        if len(open_ids) == 2:
            numbers = [push.number for push in self.hall.pushes if push.id in open_ids]
            assert None not in numbers


def test_never(empty_database, tmp_path):
    """Hundreds of histories, each of up to forty steps."""
    assert 80 <= play(Never, empty_database, tmp_path, 80)
