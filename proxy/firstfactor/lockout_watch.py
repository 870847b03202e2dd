"""Learns in the daemon when each directory locks accounts, so that the shield stays below."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.accounts.throttle import DirectoryLockout
from proxy.deadlines import Deadlines
from proxy.errors import Unavailable
from proxy.firstfactor.directories import openings
from proxy.firstfactor.failures import ServerFailure
from proxy.firstfactor.kinds import ROOT_ATTRIBUTES, recognise
from proxy.firstfactor.lockouts import Lockouts, read_lockouts
from proxy.firstfactor.options import DirectoryOptions
from proxy.firstfactor.probe import Asked
from proxy.firstfactor.trust import BadCertificates
from proxy.ldap.ber import MalformedMessage

READ_EVERY: Final = 3600.0
"""Seconds between two looks at what an admin seldom changes."""


async def lockouts_of(options: DirectoryOptions, reactor: Any) -> Lockouts | None:  # noqa: ANN401
    """
    Ask the first server that answers; None: none does.

    Raises:
        BadCertificates: the CA certificates cannot be read.
    """
    for opening in openings(options, reactor, Deadlines(reactor)):
        try:
            connection = await opening.searching()
        except ServerFailure:
            continue
        asked = Asked(connection, options.timeout, reactor)
        try:
            root = await asked.values(b"", ROOT_ATTRIBUTES)
            told = await read_lockouts(asked, recognise(root, options.search_base))
        except (ServerFailure, MalformedMessage):
            connection.abort()
            await connection.gone
            continue
        connection.close()
        await connection.gone
        return told
    return None


class Keeping(Protocol):
    """Where what was learnt outlives the process."""

    async def learn(self, directory: str, lockout: DirectoryLockout | None) -> None: ...


class LockoutWatch:
    """
    Learns when each directory locks, again and again; who asks looks into `known`.

    Args:
        known: by directory, what is known already; it is changed in place.
    """

    _log = Logger()

    def __init__(
        self,
        known: dict[str, DirectoryLockout],
        keeping: Keeping,
        directories: Callable[[], Iterable[DirectoryOptions]],
        reactor: Any,  # noqa: ANN401 - a reactor
    ) -> None:
        self._known = known
        self._keeping = keeping
        self._directories = directories
        self._reactor = reactor
        self._reading = LoopingCall(self.read)
        self._reading.clock = reactor

    def start(self) -> None:
        """Begin, at once."""
        self._reading.start(READ_EVERY)

    def stop(self) -> None:
        """Begin no more."""
        if self._reading.running:
            self._reading.stop()

    def read(self) -> Deferred[None]:
        """Ask all directories now, one after the other."""
        return Deferred.fromCoroutine(self._read())

    async def _read(self) -> None:
        for options in list(self._directories()):
            try:
                told = await lockouts_of(options, self._reactor)
                if told is not None and told.told:
                    await self._learn(options.name, told.everyone)
            except (BadCertificates, Unavailable) as error:
                self._log.warn(
                    "when {directory} locks accounts cannot be read: {error}",
                    directory=options.name,
                    error=error,
                )

    async def _learn(self, directory: str, lockout: DirectoryLockout | None) -> None:
        if self._known.get(directory) == lockout:
            return
        if lockout is None:
            self._known.pop(directory, None)
        else:
            self._known[directory] = lockout
        await self._keeping.learn(directory, lockout)
        self._log.info(
            "{directory} {locks}",
            directory=directory,
            locks="locks no accounts" if lockout is None else f"locks accounts: {lockout}",
        )
