"""
The composition root: settings in, a running daemon out. Read it from top to bottom.

    store        ──┐
    directories  ──┤
    approvals    ──┼── runner ── RADIUS door
    codes        ──┤
    phones       ──┴── web door

Nobody but this file knows all of them. What one room needs of another is handed in here. What the
configuration decides is one object, `InForce`; `take` exchanges it while logins go on.
"""

from collections import Counter
from collections.abc import Awaitable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.accounts.account import Person
from proxy.firstfactor.directories import Directories
from proxy.frontends.radius.exchange import Exchange
from proxy.frontends.radius.listeners import CannotListen, Listeners
from proxy.frontends.radius.udp import UdpListener
from proxy.frontends.web.portal.door import Portal
from proxy.frontends.web.service import WebDoor, build_site
from proxy.frontends.web.site import WebSite
from proxy.frontends.web.tls import Certificates
from proxy.going_on import GoingOn
from proxy.in_force import InForce, Making, changed_keys
from proxy.login.fatigue import Defence
from proxy.mail.postman import Postman
from proxy.past import Close, Past
from proxy.push.approvals import Approvals
from proxy.push.inbox import Inbox
from proxy.push.names import Names
from proxy.push.sending import Sender
from proxy.push.webpush import WebPush
from proxy.radius.duplicates import Duplicates
from proxy.runner import Helpers, Runner
from proxy.sealing import MasterKey
from proxy.settings.finding import ConfigurationFaults, Place
from proxy.settings.load import Loaded
from proxy.settings.schema import Settings
from proxy.shielding import Shielding
from proxy.signing import Signer
from proxy.store import approvals, bypasses, kept_keys, sealed
from proxy.store.accounts import StoredAccounts
from proxy.store.announcements import StoredAnnouncements
from proxy.store.bypass_watch import BypassWatch
from proxy.store.database import Database
from proxy.store.engine import Store, StoreUnavailable
from proxy.store.housekeeping import Housekeeping
from proxy.store.kept_approvals import StoredApprovals
from proxy.store.logins import StoredLogins
from proxy.store.notices import NoticeBoard
from proxy.store.passcodes import StoredPasscodes
from proxy.store.remembered import StoredRemembered
from proxy.store.stored_pushes import StoredPushes
from proxy.web_rooms import Found, device_parts, portal_parts
from proxy.webhook.herald import Herald
from proxy.webhook.post import post

MORE_THAN_PENDING: Final = 10_000
"""Logins that may go on beside those that wait for a phone: they wait for a directory."""
COUNTS_EVERY: Final = 60.0
"""Seconds between two lines that tell what was counted."""


class Daemon:
    """
    Everything that runs, begun and ended in order.

    Args:
        master: the master key; the store's seeds and keys are sealed under it.

    Raises:
        ConfigurationFaults: a file that the configuration names cannot be used.
        StoreUnavailable: the store cannot be opened.
        NotSealed: the store belongs to another master key.
    """

    _log = Logger()

    def __init__(self, loaded: Loaded, master: MasterKey, reactor: Any) -> None:  # noqa: ANN401 - a reactor
        settings = loaded.settings
        self._master = master
        self._reactor = reactor
        self.counts: Counter[str] = Counter()
        """What was counted, by its word."""
        self._told: dict[str, int] = {}

        self._database = Database(settings.store)
        self._digest_keys = self._read_digest_keys()
        self._making = Making(
            settings,
            self._database.path.parent,
            reactor,
            join_key=self._digest_keys["join"],
            request_key=self._digest_keys["request"],
            master=self._master,
        )
        self._in_force = self._making.make(loaded)
        self._past = Past()

        self._store = Store(self._database, reactor)
        self._notices = NoticeBoard(self._store, reactor)
        self._housekeeping = Housekeeping(self._store, reactor, self._defence)
        self._bypasses = BypassWatch(self._store, reactor)
        self._notices.on(bypasses.CHANGED, self._bypasses.changed)
        self._shielding = Shielding(
            master,
            self._store,
            self._notices,
            settings,
            lambda: self._in_force.directories.by_options,
            reactor,
            self._count,
        )
        self._inbox = Inbox()
        self._signer = Signer(settings.web.url, master)
        self._kept = StoredApprovals(
            self._store,
            reactor,
            self._signer.sign,
            lifetime=settings.push.lifetime,
            late=settings.push.late_approval,
            synced_passkeys=settings.passkey.synced,
            defence=self._defence,
            country_of=self._country_of,
        )
        self._sender = Sender(self._in_force.push_services, Names(reactor), reactor)
        self._web_push = WebPush(
            StoredPushes(self._store, master, reactor),
            self._sender,
            _contact(settings),
            reactor,
            self._count,
        )
        self._approvals = self._phones()
        self._passcodes = StoredPasscodes(
            self._store, master, reactor, settings.totp.window_steps, self._country_of
        )
        self._going_on = GoingOn(reactor, settings.radius.reject_delay)
        self._runner = self._hall()
        self._duplicates = Duplicates(settings.radius.duplicate_window)
        self._exchange = Exchange(
            self._in_force.terms, self._runner, self._duplicates, reactor, self._count
        )
        self._listeners = Listeners(reactor, self._exchange.receive, self._count)
        self._certificates = Certificates(self._in_force.certificate)
        self._site = self._web_site(settings.web.url)
        self._web: WebDoor | None = None
        self._postman = Postman(
            StoredAnnouncements(self._store, reactor),
            self._mail_address,
            lambda: self._in_force.mailing,
            settings.web.url,
            reactor,
        )
        self._herald = Herald(
            StoredAnnouncements(self._store, reactor, "webhook"),
            lambda: self._in_force.webhook,
            post,
            reactor,
        )
        self._telling = LoopingCall(self._tell_counts)
        self._telling.clock = reactor

    # --- the rooms ---

    def _read_digest_keys(self) -> dict[kept_keys.Purpose, bytes]:
        """Give the keys of the digests that doors and hall make; the store may have kept them."""
        purposes: tuple[kept_keys.Purpose, ...] = ("answer", "form", "join", "request")
        self._database.migrate()
        return self._database.now(
            lambda session: {
                one: kept_keys.digest_key(session, self._master, one) for one in purposes
            }
        )

    def _phones(self) -> Approvals:
        limit = self._in_force.settings.push.pending_limit
        asked = Approvals(self._kept, self._reactor, limit, self._web_push.opened)
        self._notices.on("approval-ended", asked.ended)
        self._notices.on("inbox-changed", self._inbox.changed)
        self._notices.on("device-retired", self._inbox.changed)
        self._notices.on("device-retired", self._web_push.retired)
        return asked

    def _country_of(self, caller: str | None) -> str | None:
        countries = self._in_force.countries
        return None if countries is None else countries.of(caller)

    def _defence(self) -> Defence:
        return self._in_force.defence

    def _hall(self) -> Runner:
        store, reactor = self._store, self._reactor
        logins = StoredLogins(store, reactor)
        helpers = Helpers(
            first_factor=self._shielding.before(
                self._in_force.directories, self._in_force.settings
            ),
            accounts=StoredAccounts(store, reactor, self._bypasses.holds),
            approvals=self._approvals,
            passcodes=self._shielding.before_codes(self._passcodes),
            parked=logins,
            transcript=logins,
            remembered=StoredRemembered(
                store, reactor, self._master.derive("remember"), self._password_mark
            ),
        )
        return Runner(
            helpers,
            self._in_force.policies,
            self._going_on,
            reactor,
            answer_key=self._digest_keys["answer"],
            limit=_login_limit(self._in_force.settings),
            realms=self._in_force.realms,
        )

    def _web_site(self, url: str) -> WebSite:
        found = Found(
            url=url,
            store=self._store,
            master=self._master,
            reactor=self._reactor,
            digest_keys=self._digest_keys,
            in_force=lambda: self._in_force,
            count=self._count,
            stirred=self._notices.look,
            inbox=self._inbox,
            passcodes=self._passcodes,
            sender=self._sender,
            logins=self._runner,
        )
        return build_site(device_parts(found), self._reactor, Portal(portal_parts(found)))

    def _password_mark(self, person: Person) -> Awaitable[bytes]:
        return self._in_force.directories.password_mark(person)

    def _mail_address(self, directory: str, user_name: str) -> Awaitable[str | None]:
        return self._in_force.directories.address(directory, user_name)

    # --- their life ---

    def start(self) -> list[str]:
        """
        Open the store, the directories and every listener; give the addresses that are bound.

        Raises:
            ConfigurationFaults: an address cannot be had.
            StoreUnavailable: the store cannot be opened.
        """
        self._database.now(lambda session: self._signer.key(session, self._reactor.seconds()))
        self._database.now(approvals.count_none)
        self._store.start()
        self._notices.start()
        self._web_push.start()
        self._housekeeping.start()
        self._bypasses.start()
        self._shielding.start()
        self._postman.start()
        self._herald.start()
        self._telling.start(COUNTS_EVERY, now=False)
        self._open(self._in_force)
        return self.bound()

    def bound(self) -> list[str]:
        """Say where it listens."""
        told = [f"radius {_shown(*address)}" for address in self._listeners.bound]
        return told if self._web is None else [*told, f"https {_shown(*self._web.address)}"]

    def stop(self) -> Deferred[None]:
        """Begin no login, let held ones end within the grace, then close everything."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._exchange.stop()
        await self._runner.stop(self._in_force.settings.shutdown_grace)
        self._listeners.stop()
        if self._web is not None:
            await self._web.stop()
        self._telling.stop()
        self._postman.stop()
        self._herald.stop()
        self._shielding.stop()
        self._bypasses.stop()
        self._housekeeping.stop()
        self._notices.stop()
        self._web_push.stop()
        await self._sender.stop()
        await self._past.end()
        await self._in_force.directories.stop()
        await self._store.stop()
        self._tell_counts()

    # --- the configuration is read again ---

    @property
    def settings(self) -> Settings:
        """What is in force."""
        return self._in_force.settings

    def make(self, loaded: Loaded) -> InForce:
        """Make everything of a configuration, on any thread. Raises ConfigurationFaults."""
        return self._making.make(loaded, self._in_force)

    def take(self, new: InForce) -> str:
        """
        Put another reading in force; logins that are going on keep what they began with.

        Gives one line about what changed.

        Raises:
            ConfigurationFaults: an address cannot be had; then nothing has changed.
        """
        findings = self._making.wants_restart(new.loaded, self._master_keys())
        old = self._in_force
        gone = self._open(new)
        self._past.add(old.terms, _closing(old.directories, new.directories, gone))
        for finding in findings:
            self._log.warn("{finding}", finding=str(finding))
        changed = ", ".join(changed_keys(old.settings, new.settings)) or "no key"
        return f"{changed} changed; listening on {', '.join(self.bound())}"

    def _master_keys(self) -> set[str]:
        """Give the marks of the master keys that the store is sealed under."""
        try:
            rows = self._store.read(sealed.by_state)
        except StoreUnavailable:
            rows = {}
        return {row["mark"] for row in rows.values()} or {self._master.mark}

    def _open(self, new: InForce) -> list[UdpListener]:
        """Listen and go by these settings from now on; give listeners that are still needed."""
        wanted = [(one.host, one.port) for one in new.settings.radius.listen]
        try:
            listeners = self._listeners.open(wanted)
        except CannotListen as error:
            raise _not_to_be_had(new, ("radius", "listen", error.position), error) from None
        try:
            web = self._web_door(new)
        except OSError as error:
            self._listeners.drop(listeners)
            raise _not_to_be_had(new, ("web", "listen"), error) from None
        self._configure(new)
        if web is not None:
            self._exchange_web(web)
        gone = self._listeners.take(listeners)
        new.directories.start()
        return gone

    def _configure(self, new: InForce) -> None:
        settings = new.settings
        self._in_force = new
        self._exchange.terms = new.terms
        self._shielding.configure(settings)
        self._runner.configure(
            new.policies,
            self._shielding.before(new.directories, settings),
            _login_limit(settings),
            new.realms,
        )
        self._going_on.reject_delay = settings.radius.reject_delay
        self._duplicates.window = settings.radius.duplicate_window
        self._approvals.pending_limit = settings.push.pending_limit
        self._kept.lifetime = settings.push.lifetime
        self._kept.late = settings.push.late_approval
        self._sender.configure(new.push_services)
        self._web_push.contact = _contact(settings)
        self._kept.synced_passkeys = settings.passkey.synced
        self._passcodes.window_steps = settings.totp.window_steps
        self._certificates.context = new.certificate

    def _web_door(self, new: InForce) -> WebDoor | None:
        """Give a door that listens where the settings say; None: the one that is there does."""
        listen, old = new.settings.web.listen, self._web
        asked = (listen.host, listen.port)
        if old is not None and asked in (old.asked, old.address):
            return None
        return WebDoor(self._site, *asked, self._certificates, self._reactor, instead_of=old)

    def _exchange_web(self, door: WebDoor) -> None:
        """Take no more connections at the older door; polls that wait there go on."""
        if self._web is not None:
            self._web.stop()
        self._web = door

    # --- what is counted ---

    def _count(self, word: str) -> None:
        self.counts[word] += 1

    def _tell_counts(self) -> None:
        counted = dict(self.counts)
        if counted != self._told:
            self._log.info("counted since the start: {counts}", counts=counted)
            self._told = counted


def _contact(settings: Settings) -> str:
    return settings.push.contact or settings.web.url


def _login_limit(settings: Settings) -> int:
    return settings.push.pending_limit + MORE_THAN_PENDING


def _not_to_be_had(new: InForce, place: Place, error: Exception) -> ConfigurationFaults:
    """Tell that an address of the configuration cannot be listened on."""
    listen = new.settings.web.listen
    if place[0] == "radius":
        listen = new.settings.radius.listen[int(place[-1])]
    why = error.strerror if isinstance(error, OSError) else str(error)
    message = f"cannot listen on {listen.host} port {listen.port}: {why}"
    return ConfigurationFaults([new.loaded.document.fault(place, message)])


def _closing(old: Directories, new: Directories, listeners: list[UdpListener]) -> Close:
    """Give what closes all that the settings before had, and those after them have not."""

    def close() -> Deferred[None]:
        for listener in listeners:
            listener.stop()
        return old.leave_to(new)

    return close


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def build(loaded: Loaded, master: MasterKey, reactor: Any) -> Daemon:  # noqa: ANN401 - a reactor
    """Make the daemon of a configuration; of it, only the store was looked into."""
    return Daemon(loaded, master, reactor)
