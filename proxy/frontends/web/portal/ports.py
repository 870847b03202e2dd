"""What the portal needs of the hall and of the store; `proxy.web_rooms` hands it in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from proxy.accounts.device import DeviceKind
from proxy.accounts.self_service import (
    Browser,
    Changed,
    Factors,
    Invited,
    Issued,
    OwnPasskey,
    PastLogin,
    Refusal,
    SignIn,
)
from proxy.accounts.web_session import WebSession
from proxy.factors.rsa_keys import RsaSigningKey
from proxy.factors.totp import TotpSeed
from proxy.login.actions import RejectReason
from proxy.login.request import ClientTerms, LoginRequest, Resume
from proxy.ports import Reply


class Logins(Protocol):
    """The hall."""

    def begin(self, request: LoginRequest, reply: Reply) -> object: ...
    def resume(self, resume: Resume, reply: Reply) -> object: ...
    def refuse(
        self, arrived: float, client: ClientTerms, reason: RejectReason, reply: Reply
    ) -> None: ...


class PortalStore(Protocol):
    """The store; each method is one transaction, or one look."""

    def session(self, token: str) -> WebSession | None: ...
    def see(self, found: WebSession) -> Awaitable[None] | None: ...
    def open(
        self, token: str, login_id: str, before: str | None, *, first: bool
    ) -> Awaitable[bool]: ...
    def end(self, token: str) -> Awaitable[None]: ...
    def end_all(self, account_id: int) -> Awaitable[int]: ...
    def keep_sign_in(self, token: str, sign_in: SignIn, before: str) -> Awaitable[None]: ...
    def sign_in(self, token: str) -> SignIn | None: ...
    def end_sign_in(self, token: str) -> Awaitable[None]: ...
    def has_news(self, sign_in: SignIn) -> bool: ...
    def enrolled(self, account_id: int) -> Factors: ...
    def invite(
        self, browser: Browser, kind: DeviceKind, *, replace: bool
    ) -> Awaitable[Invited | Refusal]: ...
    def has_app_key(self) -> bool: ...
    def keep_app_key(self, key: RsaSigningKey) -> Awaitable[None]: ...
    def passkey(self, account_id: int) -> OwnPasskey | None: ...
    def passkey_text(self, browser: Browser) -> str: ...
    def prove_by_passkey(
        self, browser: Browser, text: str, device_id: str, sign_count: int
    ) -> Awaitable[Changed | Refusal]: ...
    def offer(self, browser: Browser, seed: TotpSeed) -> str: ...
    def offered(self, browser: Browser, text: str) -> TotpSeed | None: ...
    def enrol_totp(
        self, browser: Browser, seed: TotpSeed, code: str, window_steps: int
    ) -> Awaitable[Changed | Refusal]: ...
    def remove_totp(self, browser: Browser) -> Awaitable[Changed | Refusal]: ...
    def issue_recovery(self, browser: Browser) -> Awaitable[Issued | Refusal]: ...
    def confirm_push(self, browser: Browser) -> Awaitable[Changed | Refusal]: ...
    def logins(self, account_id: int, most: int) -> Sequence[PastLogin]: ...
    def report(self, browser: Browser, login_id: str) -> Awaitable[PastLogin | Refusal]: ...


class Clock(Protocol):
    """The reactor's clock."""

    def seconds(self) -> float: ...


@dataclass(frozen=True, slots=True)
class PortalTerms:
    """What the configuration says of the portal; looked at anew at each request."""

    enabled: bool
    networks: Sequence[IPv4Network | IPv6Network]
    """Where browsers may come from; empty: everywhere."""
    first_login_until: float | None
    """Until when whoever never had a second factor enrols by the password alone; None: nobody."""
    trusted_proxies: Sequence[IPv4Network | IPv6Network]
    window_steps: int
    """TOTP steps on either side of the present one."""
    synced_passkeys: bool
    """Passkeys that a cloud account may carry elsewhere are taken."""

    def first_login(self, now: float) -> bool:
        """Say whether a first login may enrol now."""
        return self.first_login_until is not None and now < self.first_login_until


@dataclass(frozen=True, slots=True)
class PortalParts:
    """Everything that the portal is handed."""

    url: str
    """`web.url`."""
    logins: Logins
    store: PortalStore
    clock: Clock
    terms: Callable[[], PortalTerms]
    count: Callable[[str], object]
    """Called with the kind of each refusal."""
    stirred: Callable[[], object]
    """Called after a write that waiters must notice at once."""
    join_key: bytes
    """32 octets, for the digests that say which requests are one login."""
    request_key: bytes
    """32 octets, for the digests that tell requests apart."""
    form_key: bytes
    """32 octets, for the tokens of forms."""
    make_app_key: Callable[[], Awaitable[RsaSigningKey]]
    """Makes the key that the privacyIDEA Authenticator knows the server by; takes a second."""
