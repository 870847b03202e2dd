"""
The shield, put together: what it counts, where that is kept, and what it learns of directories.

    directories ── shield ── runner
                     │
                   guard ── store (failed binds; from where people passed: the records of logins)
                     └───── lock-outs of the directories, read again and again
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.accounts.familiar import PEOPLE
from proxy.accounts.spraying import SprayLimits
from proxy.accounts.throttle import LONGEST_WINDOW
from proxy.firstfactor.code_shield import CodeGuard, CodeShield
from proxy.firstfactor.directories import Directories
from proxy.firstfactor.lockout_watch import LockoutWatch
from proxy.firstfactor.options import DirectoryOptions
from proxy.firstfactor.shield import Guard, Shield, ShieldTerms
from proxy.ports import FirstFactor, Passcodes
from proxy.sealing import MasterKey
from proxy.settings.schema import Settings
from proxy.settings.shield import ShieldSettings, code_limits, shield_limits
from proxy.store import shield
from proxy.store.engine import Store, StoreUnavailable
from proxy.store.notices import NoticeBoard

TIDY_EVERY: Final = 60.0
"""Seconds between two looks at what no longer counts."""


def shield_terms(settings: ShieldSettings) -> ShieldTerms:
    """Give what the shield goes by."""
    spraying = SprayLimits(
        settings.spray_people,
        min(settings.spray_people_per_source, settings.spray_people),
        settings.spray_window,
    )
    return ShieldTerms(shield_limits(settings), settings.source_attempts, spraying, settings.lately)


class Shielding:
    """
    The daemon's one shield.

    Args:
        directories: gives those of the configuration, whose lock-outs are read.
        count: called with the word of each refusal.
    """

    _log = Logger()

    def __init__(
        self,
        master: MasterKey,
        store: Store,
        notices: NoticeBoard,
        settings: Settings,
        directories: Callable[[], Iterable[DirectoryOptions]],
        reactor: Any,  # noqa: ANN401 - a reactor
        count: Callable[[str], object],
    ) -> None:
        self._store = store
        self._reactor = reactor
        self._stored = shield.StoredShield(store, reactor)
        self.guard = Guard(
            self._stored,
            reactor,
            master.derive("shield"),
            shield_terms(settings.shield),
            count=count,
            look=notices.look,
        )
        self.codes = CodeGuard(
            self._stored,
            reactor,
            master.derive("shield"),
            code_limits(settings.shield),
            settings.shield.source_attempts,
            settings.shield.lately,
            look=notices.look,
        )
        self._count = count
        notices.on(shield.CLEARED, self._cleared)
        self._watch = LockoutWatch(self.guard.lockouts, self._stored, directories, reactor)
        self._tidying = LoopingCall(self._tidy)
        self._tidying.clock = reactor

    def before(self, directories: Directories, settings: Settings) -> FirstFactor:
        """Stand before directories, if the configuration does not say otherwise."""
        if not settings.shield.enabled:
            return directories
        directories.missed = self.guard.missed
        return Shield(directories, self.guard)

    def before_codes(self, passcodes: Passcodes) -> Passcodes:
        """Stand before the codes, too: where no password is proved, nothing else does."""
        return CodeShield(passcodes, self.codes, self._count)

    def configure(self, settings: Settings) -> None:
        """Go by other settings from now on."""
        self.guard.configure(shield_terms(settings.shield))
        self.codes.limits = code_limits(settings.shield)
        self.codes.source_attempts = settings.shield.source_attempts
        self.codes.throttle.familiar.lately = settings.shield.lately
        if self._tidying.running:
            self._watch.read()

    def start(self) -> None:
        """Take what the process before counted. Raises StoreUnavailable."""
        now, guard = self._reactor.seconds(), self.guard
        guard.lockouts.update(self._store.read(shield.lockouts))
        failures = self._store.read(lambda session: shield.since(session, now - LONGEST_WINDOW))
        for person, some in failures.items():
            guard.load(person, some)
        codes = self._store.read(lambda session: shield.codes_since(session, now - LONGEST_WINDOW))
        for account_id, some in codes.items():
            self.codes.throttle.load(account_id, some)
        since = now - guard.terms.lately
        passed = self._store.read(lambda session: list(shield.passed_from(session, since)))
        for one in islice(passed, PEOPLE):
            guard.load_source(one.person, one.client, one.origin, one.at)
            self.codes.load_source(one.account_id, one.client, one.origin, one.at)
        self._tidying.start(TIDY_EVERY)
        self._watch.start()

    def stop(self) -> None:
        """Read no more."""
        self._watch.stop()
        if self._tidying.running:
            self._tidying.stop()

    def _tidy(self) -> None:
        self.guard.tidy()
        self.codes.tidy()

    def _cleared(self, subject: str) -> None:
        try:
            person = self._stored.forgiven(subject)
        except StoreUnavailable as error:
            self._log.error("whom an admin forgave cannot be read: {error}", error=error)
            return
        self.codes.throttle.clear(int(subject))
        if person is not None:
            self.guard.clear(person)
