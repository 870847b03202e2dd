"""The portal's store: each method is one transaction, or one look at what was committed."""

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred

from proxy.accounts.device import DeviceKind
from proxy.accounts.enrolment import DEFAULT_TTL
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
from proxy.deadlines import Timer
from proxy.factors.rsa_keys import RsaSigningKey
from proxy.factors.totp import TotpSeed
from proxy.sealing import MasterKey
from proxy.store import confirming, login_history, privacyidea, self_service, sign_ins, web_sessions
from proxy.store.engine import Store
from proxy.store.session import Session

T = TypeVar("T")


class StoredPortal:
    """Sessions, sign-ins and what people change of their own."""

    def __init__(self, store: Store, master: MasterKey, timer: Timer) -> None:
        self._store = store
        self._master = master
        self._timer = timer

    # --- sessions ---

    def session(self, token: str) -> WebSession | None:
        """Find the session of a cookie."""
        digest, now = web_sessions.digest_of(token), self._timer.seconds()
        return self._store.read(lambda session: web_sessions.find(session, digest, now))

    def see(self, found: WebSession) -> Deferred[None] | None:
        """Note that a session is in use; None: that was noted a moment ago."""
        now = self._timer.seconds()
        if now < found.seen_at + web_sessions.SEEN_EVERY:
            return None
        return self._store.write(lambda session: web_sessions.see(session, found, now))

    def open(self, token: str, login_id: str, before: str | None, *, first: bool) -> Deferred[bool]:
        """
        Begin the session of a login, and end the one that the browser had.

        Args:
            first: the login was refused because nothing is enrolled.
        """
        now, digest = self._timer.seconds(), web_sessions.digest_of(token)
        begin = web_sessions.open_first if first else web_sessions.open_session

        def job(session: Session) -> bool:
            opened = begin(session, digest, login_id, now)
            if opened and before is not None:
                web_sessions.end(session, web_sessions.digest_of(before), now)
            return opened

        return self._store.write(job)

    def end(self, token: str) -> Deferred[None]:
        """Sign out."""
        digest, now = web_sessions.digest_of(token), self._timer.seconds()
        return self._store.write(lambda session: web_sessions.end(session, digest, now))

    def end_all(self, account_id: int) -> Deferred[int]:
        """Sign out everywhere."""
        now = self._timer.seconds()
        return self._store.write(
            lambda session: web_sessions.end_others(session, account_id, b"", now)
        )

    # --- sign-ins ---

    def keep_sign_in(self, token: str, sign_in: SignIn, before: str) -> Deferred[None]:
        """Keep a sign-in under a new id, instead of the browser's one before."""
        digest, old = web_sessions.digest_of(token), web_sessions.digest_of(before)
        return self._store.write(lambda session: sign_ins.keep(session, digest, sign_in, old))

    def sign_in(self, token: str) -> SignIn | None:
        """Find the sign-in of a cookie."""
        digest, now = web_sessions.digest_of(token), self._timer.seconds()
        return self._store.read(lambda session: sign_ins.find(session, digest, now))

    def end_sign_in(self, token: str) -> Deferred[None]:
        """Forget a sign-in."""
        digest = web_sessions.digest_of(token)
        return self._store.write(lambda session: sign_ins.end(session, digest))

    def has_news(self, sign_in: SignIn) -> bool:
        """Say whether the push of a sign-in is no longer open."""
        now = self._timer.seconds()
        return self._store.read(lambda session: sign_ins.has_news(session, sign_in, now))

    # --- what a person has and changes ---

    def enrolled(self, account_id: int) -> Factors:
        """Say what a person has."""
        return self._store.read(lambda session: self_service.enrolled(session, account_id))

    def invite(
        self, browser: Browser, kind: DeviceKind, *, replace: bool
    ) -> Deferred[Invited | Refusal]:
        """Invite a phone; one of kind `privacyidea` after `has_app_key`."""
        return self._change(
            lambda session, now: self_service.invite(
                session, self._master, browser, kind, replace=replace, ttl=DEFAULT_TTL, now=now
            )
        )

    def has_app_key(self) -> bool:
        """Say whether there is the key that the privacyIDEA Authenticator knows the server by."""
        return self._store.read(privacyidea.has_key)

    def keep_app_key(self, key: RsaSigningKey) -> Deferred[None]:
        """Keep that key, unless there is one."""
        return self._change(
            lambda session, now: privacyidea.keep_key(session, self._master, key, now)
        )

    def passkey(self, account_id: int) -> OwnPasskey | None:
        """Give the passkey of a person's phone."""
        return self._store.read(lambda session: self_service.own_passkey(session, account_id))

    def passkey_text(self, browser: Browser) -> str:
        """Make what an assertion is to be bound to."""
        return self_service.passkey_text(self._master, browser, self._timer.seconds())

    def prove_by_passkey(
        self, browser: Browser, text: str, device_id: str, sign_count: int
    ) -> Deferred[Changed | Refusal]:
        """Note that the person used the phone's passkey."""
        return self._change(
            lambda session, now: self_service.prove_by_passkey(
                session, self._master, browser, text, device_id, sign_count, now
            )
        )

    def offer(self, browser: Browser, seed: TotpSeed) -> str:
        """Seal a seed for the page that shows it."""
        return self_service.offer(self._master, browser, seed, self._timer.seconds())

    def offered(self, browser: Browser, text: str) -> TotpSeed | None:
        """Give the seed of an offer."""
        return self_service.offered(self._master, browser, text, self._timer.seconds())

    def enrol_totp(
        self, browser: Browser, seed: TotpSeed, code: str, window_steps: int
    ) -> Deferred[Changed | Refusal]:
        """Keep a seed whose code was typed."""
        return self._change(
            lambda session, now: self_service.enrol_totp(
                session, self._master, browser, seed, code, window_steps, now
            )
        )

    def remove_totp(self, browser: Browser) -> Deferred[Changed | Refusal]:
        """Forget the seed."""
        return self._change(lambda session, now: self_service.remove_totp(session, browser, now))

    def issue_recovery(self, browser: Browser) -> Deferred[Issued | Refusal]:
        """Make recovery codes."""
        return self._change(
            lambda session, now: self_service.issue_recovery(session, self._master, browser, now)
        )

    def logins(self, account_id: int, most: int) -> list[PastLogin]:
        """Give a person's last logins."""
        return self._store.read(lambda session: login_history.recent(session, account_id, most))

    def report(self, browser: Browser, login_id: str) -> Deferred[PastLogin | Refusal]:
        """Keep the word that a login was not this person's."""
        return self._change(
            lambda session, now: self_service.report(session, browser, login_id, now)
        )

    def confirm_push(self, browser: Browser) -> Deferred[Changed | Refusal]:
        """Have the person's phone asked again."""
        return self._change(lambda session, now: confirming.by_browser(session, browser, now))

    def _change(self, job: Callable[[Session, float], T]) -> Deferred[T]:
        now = self._timer.seconds()
        return self._store.write(lambda session: job(session, now))
