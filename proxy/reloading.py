"""
Reading the configuration again while logins go on.

Files are read and everything is made of them on a thread; the event loop then exchanges it in one
turn, or leaves all as it was and tells every fault. One reading at a time; one that is asked for
meanwhile follows, because what it is about may have come too late for the first.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from twisted.internet.defer import Deferred, TimeoutError  # noqa: A004 - Twisted's name
from twisted.logger import Logger

from proxy.long_work import on_a_thread
from proxy.settings.finding import ConfigurationFaults

T = TypeVar("T")

PATIENCE: Final = 60.0
"""Seconds that reading may take; a file on a network that is down takes for ever."""


class Manager(Protocol):
    """What is told to whoever started us."""

    def reloading(self) -> None: ...
    def ready(self, status: str) -> None: ...


class Reloads:
    """
    Every reading after the first.

    Args:
        make: reads the configuration and makes everything of it; called on a thread. Raises
            ConfigurationFaults.
        take: puts in force what was made, all or nothing; gives one line about it. Raises
            ConfigurationFaults.
        away: runs `make` somewhere else and gives what comes of it.
    """

    _log = Logger()

    def __init__(
        self,
        make: Callable[[], T],
        take: Callable[[T], str],
        manager: Manager,
        reactor: Any,  # noqa: ANN401 - a reactor
        away: Callable[[Callable[[], T]], Deferred[T]] | None = None,
    ) -> None:
        self._make: Callable[[], Any] = make
        self._take: Callable[[Any], str] = take
        self._manager = manager
        self._reactor = reactor
        self._away: Callable[[Callable[[], Any]], Deferred[Any]] = away or (
            lambda work: on_a_thread(work, reactor)
        )
        self._asked = False
        self._going_on = False
        self._stopped = False

    def ask(self) -> None:
        """Read the configuration again, now or after the reading that is going on."""
        self._asked = True
        if not self._going_on and not self._stopped:
            self._going_on = True
            Deferred.fromCoroutine(self._read())

    def stop(self) -> None:
        """Read no more; what is being read is not put in force."""
        self._stopped = True

    async def _read(self) -> None:
        try:
            while self._asked and not self._stopped:
                self._asked = False
                self._manager.reloading()
                status = await self._read_once()
                if not self._stopped:
                    self._manager.ready(status)
        finally:
            self._going_on = False

    async def _read_once(self) -> str:
        """Read once; give one line about it."""
        try:
            made = await self._away(self._make).addTimeout(PATIENCE, self._reactor)
            if self._stopped:
                return ""
            status = self._take(made)
        except ConfigurationFaults as error:
            for fault in error.faults:
                self._log.error("{fault}", fault=str(fault), line=fault.line)
            why = str(error.faults[0])
        except TimeoutError:
            why = f"reading it took more than {PATIENCE:.0f} s"
        except Exception:  # noqa: BLE001 - our own bug; the daemon goes on as it was
            self._log.failure("the configuration could not be read again")
            why = "an error of the program, which its log has"
        else:
            self._log.info("the configuration was read again: {status}", status=status)
            return status
        self._log.error("the configuration is refused, the one before stays: {why}", why=why)
        return f"the configuration is refused, the one before stays: {why}"
