"""What is needed of the store and of the push room; `proxy.web_rooms` hands them in."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from twisted.internet.defer import Deferred

from proxy.accounts.device import Candidate, Device, Enrolled, EnrolmentRefusal, Unenrolment
from proxy.accounts.passkey import Asserted
from proxy.accounts.push_block import Confirmation, PushBlock
from proxy.factors.approval import Decision
from proxy.factors.jwk import PublicKey, SigningKey
from proxy.factors.passkey import RelyingParty
from proxy.factors.rsa_keys import RsaPublicKey
from proxy.factors.subscription import Endpoint, Subscription
from proxy.factors.totp import TotpSeed
from proxy.secret import Secret


class OpenApproval(Protocol):
    """An approval request as its phone gets it."""

    @property
    def request(self) -> str: ...
    @property
    def expires_at(self) -> float: ...
    @property
    def others(self) -> tuple[str, ...]: ...


class AnswerableApproval(Protocol):
    """What the check of an answer needs."""

    @property
    def id(self) -> str: ...
    @property
    def device_id(self) -> str: ...
    @property
    def request(self) -> str: ...
    @property
    def nonce(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def verify_user(self) -> bool: ...


class ServerKeys(Protocol):
    """The server's keys as they are now."""

    @property
    def signing(self) -> SigningKey: ...
    @property
    def published(self) -> Sequence[PublicKey]: ...


class Devices(Protocol):
    """Phones and what they see; each method is one transaction, or one look."""

    def find(self, device_id: str) -> Device | None: ...
    def use_proof(self, digest: bytes, expires_at: float) -> Awaitable[bool]: ...
    def enrol(self, code: str, candidate: Candidate) -> Awaitable[Enrolled | EnrolmentRefusal]: ...
    def unenrol(self, device_id: str) -> Awaitable[Unenrolment]: ...
    def server_keys(self) -> Awaitable[ServerKeys]: ...
    def key_list(self, device: Device, known: Collection[str]) -> Awaitable[ServerKeys]: ...
    def push_key(self) -> Awaitable[str]: ...
    def subscribe(self, device_id: str, subscription: Subscription) -> Awaitable[bool]: ...
    def is_subscribed(self, device_id: str) -> bool: ...
    def unsubscribe(self, device_id: str) -> Awaitable[None]: ...
    def push_block(self, account_id: int) -> PushBlock | None: ...
    def confirm_push(self, device_id: str) -> Awaitable[Confirmation]: ...
    def open_approvals(self, device_id: str) -> Sequence[OpenApproval]: ...
    def approval(self, approval_id: str) -> AnswerableApproval | None: ...
    def answer(
        self,
        approval_id: str,
        device_id: str,
        decision: Decision,
        number: str | None,
        jws: str,
        asserted: Asserted | None,
    ) -> Awaitable[str]: ...


class FirstCodes(Protocol):
    """Recovery codes for phones that have just enrolled."""

    def may_have(self, device: Device) -> bool: ...
    def issue(self, device_id: str) -> Awaitable[list[str] | str]: ...


class AppCodes(Protocol):
    """TOTP that phones' apps enrol; each method is one transaction, or one look."""

    def enrolled(self, device: Device) -> bool: ...
    def are_here(self, device: Device) -> bool: ...
    def begin(self, device_id: str, old_code: Secret | None) -> Awaitable[TotpSeed | str]: ...
    def confirm(self, device_id: str, code: Secret) -> Awaitable[str]: ...


class Token(Protocol):
    """A phone with the privacyIDEA Authenticator that has rolled out."""

    @property
    def key(self) -> RsaPublicKey: ...
    @property
    def device(self) -> Device | None: ...


class NumberedApproval(AnswerableApproval, Protocol):
    """An approval request, with the number that is to be pressed."""

    @property
    def number(self) -> str | None: ...


class Tokens(Protocol):
    """Phones with the privacyIDEA Authenticator; each method is one transaction, or one look."""

    def find(self, serial: str) -> Token | None: ...
    def device(self, device_id: str) -> Device | None: ...
    def public_key(self) -> str: ...
    def use_proof(self, digest: bytes, expires_at: float) -> Awaitable[bool]: ...
    def roll_out(
        self, serial: str, credential: str, key: RsaPublicKey, form: str
    ) -> Awaitable[str]: ...
    def activate(self, serial: str, poll: str) -> Awaitable[Enrolled | EnrolmentRefusal]: ...
    def open_approvals(self, device_id: str) -> Sequence[OpenApproval]: ...
    def open_nonces(self, device_id: str) -> Sequence[str]: ...
    def challenge(self, device_id: str, nonce: str) -> NumberedApproval | None: ...
    def answer(
        self, approval_id: str, device_id: str, decision: Decision, number: str, form: str
    ) -> Awaitable[str]: ...


class Inbox(Protocol):
    """What wakes a phone that waits."""

    def wait(self, device_id: str) -> Deferred[None]: ...
    def changed(self, device_id: str) -> None: ...


class Clock(Protocol):
    """The reactor's clock."""

    def seconds(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the device API is handed."""

    url: str
    """`web.url`."""
    devices: Devices
    inbox: Inbox
    clock: Clock
    count: Callable[[str], object]
    """Called with the kind of each refusal."""
    stirred: Callable[[], object]
    """Called after a write that waiters must notice at once."""
    first_codes: FirstCodes
    recovery_serves: Callable[[str], bool]
    """Says whether recovery codes serve anybody of a directory."""
    codes: AppCodes
    app_codes: Callable[[str], bool]
    """Says whether apps may enrol TOTP for the people of a directory."""
    tokens: Tokens
    trusted_proxies: Callable[[], Sequence[IPv4Network | IPv6Network]] = tuple
    may_be_called: Callable[[Endpoint], bool] = lambda _: False
    """Says whether a push service may be called."""
    synced_passkeys: Callable[[], bool] = lambda: True
    """Passkeys that a cloud account may carry elsewhere are taken."""

    @property
    def relying_party(self) -> RelyingParty:
        """Give whom passkeys are for."""
        return RelyingParty.of(self.url)
