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

from collections.abc import Awaitable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from proxy.accounts.account import Person
from proxy.counting import Counting
from proxy.doors import Doors
from proxy.firstfactor.directories import Directories
from proxy.frontends.radius.exchange import Exchange
from proxy.frontends.radius.listeners import Listeners
from proxy.frontends.radius.udp import UdpListener
from proxy.frontends.web.portal.door import Portal
from proxy.frontends.web.service import build_site
from proxy.frontends.web.site import WebSite
from proxy.frontends.web.tls import Certificates
from proxy.going_on import GoingOn
from proxy.helpers import Helpers
from proxy.in_force import InForce, Making, changed_keys
from proxy.login.fatigue import Defence
from proxy.mail.postman import Postman
from proxy.past import Close, Past
from proxy.pushing import Pushing
from proxy.radius.duplicates import Duplicates
from proxy.runner import Runner
from proxy.sealing import MasterKey
from proxy.settings.load import Loaded
from proxy.settings.schema import Settings
from proxy.shielding import Shielding
from proxy.store import bypasses, kept_keys, sealed
from proxy.store.accounts import StoredAccounts
from proxy.store.announcements import StoredAnnouncements
from proxy.store.bypass_watch import BypassWatch
from proxy.store.database import Database
from proxy.store.engine import Store, StoreUnavailable
from proxy.store.housekeeping import Housekeeping
from proxy.store.logins import StoredLogins
from proxy.store.notices import NoticeBoard
from proxy.store.passcodes import StoredPasscodes
from proxy.store.remembered import StoredRemembered
from proxy.web_rooms import Found, device_parts, portal_parts
from proxy.webhook.herald import Herald
from proxy.webhook.post import post

MORE_THAN_PENDING: Final = 10_000
"""Logins that may go on beside those that wait for a phone: they wait for a directory."""


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
        self._counting = Counting(reactor)

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
            self._counting.count,
        )
        self._pushing = Pushing(
            self._store,
            master,
            self._notices,
            lambda: self._in_force,
            self._country_of,
            reactor,
            self._counting.count,
        )
        self._passcodes = StoredPasscodes(
            self._store, master, reactor, settings.totp.window_steps, self._country_of
        )
        self._going_on = GoingOn(reactor, settings.radius.reject_delay)
        self._runner = self._hall()
        self._duplicates = Duplicates(settings.radius.duplicate_window)
        self._exchange = Exchange(
            self._in_force.terms, self._runner, self._duplicates, reactor, self._counting.count
        )
        self._certificates = Certificates(self._in_force.certificate)
        self._doors = Doors(
            Listeners(reactor, self._exchange.receive, self._counting.count),
            self._web_site(settings.web.url),
            self._certificates,
            reactor,
        )
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
            approvals=self._pushing.approvals,
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
            count=self._counting.count,
            stirred=self._notices.look,
            inbox=self._pushing.inbox,
            passcodes=self._passcodes,
            sender=self._pushing.sender,
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
        self._pushing.prepare(self._database)
        self._store.start()
        self._notices.start()
        self._pushing.start()
        self._housekeeping.start()
        self._bypasses.start()
        self._shielding.start()
        self._postman.start()
        self._herald.start()
        self._counting.start()
        self._open(self._in_force)
        return self.bound()

    def bound(self) -> list[str]:
        """Say where it listens."""
        return self._doors.bound()

    def stop(self) -> Deferred[None]:
        """Begin no login, let held ones end within the grace, then close everything."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._exchange.stop()
        await self._runner.stop(self._in_force.settings.shutdown_grace)
        await self._doors.stop()
        self._counting.stop()
        self._postman.stop()
        self._herald.stop()
        self._shielding.stop()
        self._bypasses.stop()
        self._housekeeping.stop()
        self._notices.stop()
        await self._pushing.stop()
        await self._past.end()
        await self._in_force.directories.stop()
        await self._store.stop()
        self._counting.tell()

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
        gone = self._doors.open(new, lambda: self._configure(new))
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
        self._pushing.configure(new)
        self._passcodes.window_steps = settings.totp.window_steps
        self._certificates.context = new.certificate


def _login_limit(settings: Settings) -> int:
    return settings.push.pending_limit + MORE_THAN_PENDING


def _closing(old: Directories, new: Directories, listeners: list[UdpListener]) -> Close:
    """Give what closes all that the settings before had, and those after them have not."""

    def close() -> Deferred[None]:
        for listener in listeners:
            listener.stop()
        return old.leave_to(new)

    return close


def build(loaded: Loaded, master: MasterKey, reactor: Any) -> Daemon:  # noqa: ANN401 - a reactor
    """Make the daemon of a configuration; of it, only the store was looked into."""
    return Daemon(loaded, master, reactor)
