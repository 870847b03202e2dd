"""
What no history can bring about where an expired password is changed in the login.

The same NASes, phone, clock and `kill -9` as in test_never; the person's password has expired, and
new ones are typed into any challenge that went out.
"""

import hypothesis.strategies as st
from hypothesis.stateful import initialize, invariant, rule

from proxy.store.database import Database
from tests.hall.test_never import Never
from tests.histories import play
from tests.peers.hall import Hall
from tests.peers.logins import client, policy

OLD, NEW, OTHER = b"pw", b"New-Passw0rd", b"Other-Passw0rd"


class NeverChanged(Never):
    """One person whose password has expired, with a phone and codes."""

    vouched = None
    """No rule: whoever comes by a certificate has no password to change."""

    @initialize(challenge=st.booleans(), matching=st.sampled_from(["off", "when-possible"]))
    def start(self, challenge, matching):
        path = self.folder / "never.db"
        for old in self.folder.glob("never.db*"):
            old.unlink()
        path.write_bytes(self.empty)
        self.client = client(challenge=True, append_code=challenge)
        rules = policy("push", "totp", number_matching=matching, password_change=True)
        self.hall = Hall(Database(f"sqlite:///{path}"), rules)
        self.account_id, _ = self.hall.enrol(passkey=True)
        self.hall.directory.expired = {"alice"}

    @rule(refuses=st.sampled_from([None, None, "too-short", "not-permitted"]))
    def directory(self, refuses):
        """The directory takes a new password, or does not."""
        self.hall.directory.refuses = refuses

    @rule(which=st.integers(-3, 3), new=st.sampled_from([NEW, NEW, OTHER, OLD]))
    def type_password(self, which, new):
        """Type a password into one of the challenges, mostly a late one."""
        self._collect()
        if self.states:
            _, state = self.states[which % len(self.states)]
            answers = self.hall.resume(state, new, client=self.client)
            self.sent.append((OLD, ("state", state, new), answers))

    @rule(which=st.integers(-2, 2), new=st.sampled_from([NEW, OTHER]))
    def type_it_twice(self, which, new):
        """Type it, and once more into what comes of it."""
        self.type_password(which, new)
        self.type_password(-1, new)

    def _changes(self):
        return self.hall.directory.changes if hasattr(self, "hall") else []

    @invariant()
    def the_old_one_goes_with_each_change(self):
        """Nothing is changed by whoever does not know it."""
        assert {("alice", OLD)} >= {(name, old) for name, old, _ in self._changes()}

    @invariant()
    def a_second_factor_came_before(self):
        """For three new passwords at most, a code was used up or an approval claimed."""
        if not self._changes():
            return
        count = self.hall.store._connection.execute(
            "SELECT (SELECT count(*) FROM approvals WHERE claimed_by IS NOT NULL)"
            " + (SELECT count(*) FROM totp WHERE last_step IS NOT NULL)"
        ).fetchone()[0]
        assert count
        logins = self.hall.store._connection.execute(
            "SELECT count(DISTINCT login_id) FROM login_records WHERE reason = 'new-password'"
        ).fetchone()[0]
        assert len(self._changes()) <= 3 * logins

    @invariant()
    def nobody_is_let_in_with_an_expired_password(self):
        """Until it was changed."""
        if hasattr(self, "hall") and self.hall.directory.expired:
            assert not self._accepted()

    @invariant()
    def no_password_is_in_the_store(self):
        """Sealed at the most."""
        for file in self.folder.glob("never.db*"):
            octets = file.read_bytes()
            assert NEW not in octets
            assert OTHER not in octets


def test_never_changed(empty_database, tmp_path):
    """Hundreds of histories, each of up to forty steps."""
    assert 60 <= play(NeverChanged, empty_database, tmp_path, 60)
