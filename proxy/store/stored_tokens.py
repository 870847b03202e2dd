"""
Phones with the privacyIDEA Authenticator, for the web door.

Each method is one transaction, or one look at what was committed.
"""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from proxy.accounts.device import Device, Enrolled, EnrolmentRefusal
from proxy.factors.rsa_keys import RsaPublicKey
from proxy.store import approvals, devices, open_approvals, privacyidea
from proxy.store.approvals import AnswerVerdict
from proxy.store.open_approvals import AnswerableApproval
from proxy.store.privacyidea import RollOut, Token
from proxy.store.stored_phones import StoredPhones

TRIES = 1
"""Which wrong number closes a request: it was pressed, one of few."""


class StoredTokens(StoredPhones):
    """The phones with that app in one store, and what they see of approvals."""

    def find(self, serial: str) -> Token | None:
        """Find a phone that has rolled out, a retired one too."""
        now = self._clock.seconds()
        return self._store.read(lambda session: privacyidea.find(session, serial, now))

    def device(self, device_id: str) -> Device | None:
        """Find a phone as it is now."""
        return self._store.read(lambda session: devices.find(session, device_id))

    def public_key(self) -> str:
        """Give the server's public key, as the app takes it. Raises NoServerKey."""
        return self._store.read(
            lambda session: privacyidea.server_key(session, self._master).public_pkcs1()
        )

    def roll_out(
        self, serial: str, credential: str, key: RsaPublicKey, form: str
    ) -> Deferred[RollOut]:
        """Keep the key of a phone that has its invitation's credential."""
        now = self._clock.seconds()
        return self._store.write(
            lambda session: privacyidea.roll_out(
                session, self._master, serial, credential, key, form, now
            )
        )

    def activate(self, serial: str, poll: str) -> Deferred[Enrolled | EnrolmentRefusal]:
        """Make a phone that has signed its first poll the account's."""
        now = self._clock.seconds()
        return self._store.write(lambda session: privacyidea.activate(session, serial, poll, now))

    def open_nonces(self, device_id: str) -> Sequence[str]:
        """Give the nonces of those requests."""
        now = self._clock.seconds()
        return self._store.read(lambda session: open_approvals.open_nonces(session, device_id, now))

    def challenge(self, device_id: str, nonce: str) -> AnswerableApproval | None:
        """Give the request of a phone that has this nonce, open or not."""
        return self._store.read(lambda session: open_approvals.named(session, device_id, nonce))

    def answer(
        self,
        approval_id: str,
        device_id: str,
        decision: approvals.Decision,
        number: str,
        form: str,
    ) -> Deferred[AnswerVerdict]:
        """Take a verified answer, if request, device and account are still good."""
        now = self._clock.seconds()
        return self._store.write(
            lambda session: approvals.answer(
                session,
                approval_id,
                device_id,
                decision,
                number,
                form,
                now,
                tries=TRIES,
                defence=self._defence(),
            )
        )
