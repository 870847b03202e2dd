"""
The composition root: settings in, a running daemon out. Read it from top to bottom.

    store        ──┐
    directories  ──┤
    approvals    ──┼── runner ── RADIUS door
    codes        ──┤
    phones       ──┴── web door

Nobody but this file knows all of them. What one room needs of another is handed in here.
"""

from collections import Counter
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.factors.approval import ApprovalRequest, sign_request
from proxy.factors.jwk import SigningKey
from proxy.firstfactor.directories import Directories
from proxy.frontends.radius.exchange import Exchange
from proxy.frontends.radius.reading import Reader
from proxy.frontends.radius.udp import UdpListener, open_socket
from proxy.frontends.radius.writing import Writer
from proxy.frontends.web import local_ca
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.service import WebDoor, build_site
from proxy.frontends.web.site import WebSite
from proxy.frontends.web.tls import server_context
from proxy.going_on import GoingOn
from proxy.login.policy import Policy
from proxy.push.approvals import Approvals
from proxy.push.inbox import Inbox
from proxy.radius.attributes import Attributes
from proxy.radius.clients import Clients
from proxy.radius.duplicates import Duplicates
from proxy.runner import Helpers, Runner
from proxy.sealing import MasterKey
from proxy.settings.plain import directory_options, policies, radius_clients
from proxy.settings.schema import Settings
from proxy.store import kept_keys, server_keys
from proxy.store.accounts import StoredAccounts
from proxy.store.asking import NewApproval
from proxy.store.database import Database
from proxy.store.engine import Store
from proxy.store.housekeeping import Housekeeping
from proxy.store.kept_approvals import StoredApprovals
from proxy.store.logins import StoredLogins
from proxy.store.notices import NoticeBoard
from proxy.store.passcodes import StoredPasscodes
from proxy.store.session import Session
from proxy.store.stored_devices import StoredDevices

MORE_THAN_PENDING: Final = 10_000
"""Logins that may go on beside those that wait for a phone: they wait for a directory."""
COUNTS_EVERY: Final = 60.0
"""Seconds between two lines that tell what was counted."""


class CannotStart(Exception):  # noqa: N818 - it names what happened
    """Something that is configured cannot be had: an address, a certificate, the store."""


class Daemon:
    """
    Everything that runs, begun and ended in order.

    Args:
        master: the master key; the store's seeds and keys are sealed under it.

    Raises:
        CannotStart: a certificate or CA file cannot be used.
        StoreUnavailable: the store cannot be opened.
        NotSealed: the store belongs to another master key.
    """

    _log = Logger()

    def __init__(self, settings: Settings, master: MasterKey, reactor: Any) -> None:  # noqa: ANN401 - a reactor
        self._settings = settings
        self._master = master
        self._reactor = reactor
        self.counts: Counter[str] = Counter()
        """What was counted, by its word."""
        self._told: dict[str, int] = {}

        self._database = Database(settings.store)
        self._digest_keys = self._read_digest_keys()
        self._store = Store(self._database, reactor)
        self._notices = NoticeBoard(self._store, reactor)
        self._housekeeping = Housekeeping(self._store, reactor)
        try:
            self._directories = Directories(directory_options(settings), reactor)
        except OSError as error:
            raise CannotStart(f"{error.filename}: {error.strerror}") from None

        self._inbox = Inbox()
        self._signer = Signer(settings.web.url, master)
        rules = policies(settings)
        self._runner = self._hall(self._approvals(), rules)
        self._exchange = self._radius_door(rules)
        self._listeners: list[UdpListener] = []
        self._site = self._web_site()
        self._web: WebDoor | None = None
        self._telling = LoopingCall(self._tell_counts)
        self._telling.clock = reactor

    # --- the rooms ---

    def _read_digest_keys(self) -> dict[kept_keys.Purpose, bytes]:
        """Give the keys of the digests that doors and hall make; the store may have kept them."""
        purposes: tuple[kept_keys.Purpose, ...] = ("answer", "join", "request")
        self._database.migrate()
        return self._database.now(
            lambda session: {
                one: kept_keys.digest_key(session, self._master, one) for one in purposes
            }
        )

    def _approvals(self) -> Approvals:
        push = self._settings.push
        kept = StoredApprovals(
            self._store,
            self._reactor,
            self._signer.sign,
            lifetime=push.lifetime,
            late=push.late_approval,
        )
        approvals = Approvals(kept, self._reactor, push.pending_limit)
        self._notices.on("approval-ended", approvals.ended)
        self._notices.on("inbox-changed", self._inbox.changed)
        self._notices.on("device-retired", self._inbox.changed)
        return approvals

    def _hall(self, approvals: Approvals, rules: list[Policy]) -> Runner:
        settings, store, reactor = self._settings, self._store, self._reactor
        logins = StoredLogins(store, reactor)
        helpers = Helpers(
            first_factor=self._directories,
            accounts=StoredAccounts(store, reactor),
            approvals=approvals,
            passcodes=StoredPasscodes(store, self._master, reactor, settings.totp.window_steps),
            parked=logins,
            transcript=logins,
        )
        return Runner(
            helpers,
            rules,
            GoingOn(reactor, settings.radius.reject_delay),
            reactor,
            answer_key=self._digest_keys["answer"],
            limit=settings.push.pending_limit + MORE_THAN_PENDING,
        )

    def _radius_door(self, rules: list[Policy]) -> Exchange:
        settings, attributes = self._settings, Attributes()
        clients = Clients(radius_clients(settings))
        reader = Reader(
            attributes,
            clients.all,
            rules,
            join_key=self._digest_keys["join"],
            request_key=self._digest_keys["request"],
        )
        return Exchange(
            clients,
            reader,
            Writer(attributes, settings.web.url),
            self._runner,
            Duplicates(settings.radius.duplicate_window),
            self._reactor,
            self._count,
        )

    def _web_site(self) -> WebSite:
        web = self._settings.web
        parts = Parts(
            url=web.url,
            devices=StoredDevices(self._store, self._master, self._reactor),
            inbox=self._inbox,
            clock=self._reactor,
            count=self._count,
            stirred=self._notices.look,
            trusted_proxies=web.trusted_proxies,
        )
        return build_site(parts, self._reactor)

    # --- their life ---

    def start(self) -> list[str]:
        """
        Open the store, the directories and every listener; give the addresses that are bound.

        Raises:
            CannotStart: an address or a certificate cannot be had.
            StoreUnavailable: the store cannot be opened.
        """
        self._database.now(lambda session: self._signer.key(session, self._reactor.seconds()))
        self._store.start()
        self._notices.start()
        self._housekeeping.start()
        self._directories.start()
        self._telling.start(COUNTS_EVERY, now=False)
        bound = [
            self._listen(address.host, address.port) for address in self._settings.radius.listen
        ]
        web = self._settings.web
        certificate, private_key = self._certificate()
        self._web = WebDoor(
            self._site,
            web.listen.host,
            web.listen.port,
            server_context(certificate, private_key),
            self._reactor,
        )
        try:
            bound.append(f"https {self._web.start()}")
        except CannotListenError as error:
            raise CannotStart(f"cannot listen on {web.listen}: {error.socketError}") from None
        return bound

    def stop(self) -> Deferred[None]:
        """Begin no login, let held ones end within the grace, then close everything."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._exchange.stop()
        await self._runner.stop(self._settings.shutdown_grace)
        for listener in self._listeners:
            listener.stop()
        if self._web is not None:
            await self._web.stop()
        self._telling.stop()
        self._housekeeping.stop()
        self._notices.stop()
        await self._directories.stop()
        await self._store.stop()
        self._tell_counts()

    def _listen(self, host: str, port: int) -> str:
        try:
            opened = open_socket(host, port)
        except OSError as error:
            raise CannotStart(f"cannot listen on {host} port {port}: {error.strerror}") from None
        listener = UdpListener(self._reactor, opened, self._exchange.receive, self._count)
        listener.start()
        self._listeners.append(listener)
        host, port = listener.address
        return f"radius {f'[{host}]' if ':' in host else host}:{port}"

    def _certificate(self) -> tuple[Path, Path]:
        web = self._settings.web
        if web.certificate is not None and web.private_key is not None:
            return web.certificate, web.private_key
        files = local_ca.prepare(self._database.path.parent / "tls", _host(web.url))
        return files.certificate, files.private_key

    def _count(self, word: str) -> None:
        self.counts[word] += 1

    def _tell_counts(self) -> None:
        counted = dict(self.counts)
        if counted != self._told:
            self._log.info("counted since the start: {counts}", counts=counted)
            self._told = counted


class Signer:
    """Signs new approval requests, each by the key that signs when it is made."""

    def __init__(self, url: str, master: MasterKey) -> None:
        self._url = url
        self._signing = server_keys.Signing(master)

    def key(self, session: Session, now: float) -> SigningKey:
        """Give the key that signs now; make the first one."""
        return self._signing.key(session, now)

    def sign(self, session: Session, new: NewApproval) -> str:
        """Give the signed request of a new approval."""
        request = ApprovalRequest(
            id=new.id,
            issuer=self._url,
            account=new.account_name,
            device_id=new.device_id,
            issued_at=new.created_at,
            expires_at=new.expires_at,
            nonce=new.nonce,
            client=new.client,
            origin=new.origin,
            number_digits=len(new.number or ""),
            verify_user=False,
        )
        return sign_request(request, self.key(session, new.created_at))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def build(settings: Settings, master: MasterKey, reactor: Any) -> Daemon:  # noqa: ANN401 - a reactor
    """Make the daemon of a configuration; of it, only the store was looked into."""
    return Daemon(settings, master, reactor)
