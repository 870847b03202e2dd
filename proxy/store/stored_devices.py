"""Phones for the doors: each method is one transaction, or one look at what was committed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from twisted.internet.defer import Deferred

from proxy.accounts.device import Candidate, Device, Enrolled, EnrolmentRefusal, Unenrolment
from proxy.accounts.passkey import Asserted
from proxy.accounts.push_block import Confirmation, PushBlock
from proxy.factors.jwk import PublicKey, SigningKey
from proxy.factors.subscription import Subscription
from proxy.store import (
    approvals,
    confirming,
    devices,
    open_approvals,
    push_keys,
    server_keys,
    subscriptions,
)
from proxy.store.approvals import AnswerVerdict
from proxy.store.open_approvals import AnswerableApproval
from proxy.store.session import Session
from proxy.store.stored_phones import StoredPhones


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """The server's keys as they are now."""

    signing: SigningKey
    """Signs the list of the published ones."""
    published: Sequence[PublicKey]


class StoredDevices(StoredPhones):
    """The phones of one store, and what they see of approvals."""

    def find(self, device_id: str) -> Device | None:
        """Find a phone, retired ones too."""
        return self._store.read(lambda session: devices.find(session, device_id))

    def enrol(self, code: str, candidate: Candidate) -> Deferred[Enrolled | EnrolmentRefusal]:
        """Enrol a phone by the code of an invitation, in its normal form."""
        now = self._clock.seconds()
        return self._store.write(
            lambda session: devices.enrol(session, self._master, code, candidate, now)
        )

    def unenrol(self, device_id: str) -> Deferred[Unenrolment]:
        """Retire a phone as its person wishes, unless it is the account's last factor."""
        now = self._clock.seconds()
        return self._store.write(lambda session: devices.unenrol(session, device_id, now))

    def server_keys(self) -> Deferred[ServerKeys]:
        """Give the key that signs now and those that phones should know."""
        now = self._clock.seconds()

        def keys(session: Session) -> ServerKeys:
            signing = server_keys.signing_key(session, self._master, now)
            return ServerKeys(signing, server_keys.public_keys(session, now))

        return self._store.write(keys)

    def key_list(self, device: Device, known: Collection[str]) -> Deferred[ServerKeys]:
        """Give the keys for one phone, and one that it has; *known*: those that it names."""
        now = self._clock.seconds()

        def keys(session: Session) -> ServerKeys:
            vouching = server_keys.vouching_key(
                session, self._master, known, device.enrolled_at, now
            )
            return ServerKeys(vouching, server_keys.public_keys(session, now))

        return self._store.write(keys)

    async def push_key(self) -> str:
        """Give the public key that browsers bind a subscription to; make it at first use."""
        found = self._store.read(push_keys.public_point)
        if found is not None:
            return found
        now = self._clock.seconds()
        return await self._store.write(lambda session: push_keys.ensure(session, self._master, now))

    def subscribe(self, device_id: str, subscription: Subscription) -> Deferred[bool]:
        """Wake a phone there from now on. False: it is not enrolled any more."""
        now = self._clock.seconds()
        return self._store.write(
            lambda session: subscriptions.subscribe(session, device_id, subscription, now)
        )

    def is_subscribed(self, device_id: str) -> bool:
        """Say whether a phone is woken anywhere."""
        return self._store.read(lambda session: subscriptions.is_subscribed(session, device_id))

    def unsubscribe(self, device_id: str) -> Deferred[None]:
        """Wake a phone no more."""
        return self._store.write(lambda session: subscriptions.unsubscribe(session, device_id))

    def push_block(self, account_id: int) -> PushBlock | None:
        """Give what blocks a person's pushes; None: nothing does."""
        return self._store.read(lambda session: confirming.push_block(session, account_id))

    def confirm_push(self, device_id: str) -> Deferred[Confirmation]:
        """Take that back, because the account's phone says so."""
        now = self._clock.seconds()
        return self._store.write(lambda session: confirming.by_phone(session, device_id, now))

    def approval(self, approval_id: str) -> AnswerableApproval | None:
        """Give what the check of an answer needs; None: there is no such request."""
        return self._store.read(lambda session: open_approvals.for_answer(session, approval_id))

    def answer(
        self,
        approval_id: str,
        device_id: str,
        decision: approvals.Decision,
        number: str | None,
        jws: str,
        asserted: Asserted | None = None,
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
                jws,
                now,
                asserted,
                defence=self._defence(),
            )
        )
