"""The daemon's life between `ready` and its end: what signals ask of it, and who is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from proxy.in_force import InForce
from proxy.reloading import Reloads
from proxy.serve import Daemon
from proxy.service_manager import ServiceManager
from proxy.settings.load import load

CLOSING: Final = 5.0
"""Seconds beyond the grace until everything is closed."""


class Life:
    """
    What runs a daemon.

    Args:
        config: read again at each SIGHUP.
        set_level: changes the least that is logged.
    """

    _log = Logger()

    def __init__(
        self,
        daemon: Daemon,
        config: Path,
        manager: ServiceManager,
        set_level: Callable[[str], None],
        reactor: Any,  # noqa: ANN401 - a reactor
    ) -> None:
        self._daemon = daemon
        self._manager = manager
        self._set_level = set_level
        self._reactor = reactor
        self._stopping = False
        self._reloads = Reloads(lambda: daemon.make(load(config)), self._take, manager, reactor)

    def begin(self) -> None:
        """Tell the service manager that it serves."""
        self._manager.ready(f"listening on {', '.join(self._daemon.bound())}")

    def read_again(self) -> None:
        """Read the configuration again; may be called by a signal's handler."""
        self._reactor.callFromThread(self._reloads.ask)

    def stop(self) -> None:
        """Begin the end, once; may be called by a signal's handler."""
        if not self._stopping:
            self._stopping = True
            self._reactor.callFromThread(self._reactor.stop)

    def end(self) -> Deferred[None]:
        """End in order, and say so."""
        return Deferred.fromCoroutine(self._end())

    async def _end(self) -> None:
        self._reloads.stop()
        grace = self._daemon.settings.shutdown_grace
        self._manager.stopping(grace + CLOSING, "no login begins any more, held ones may end")
        self._log.info("ending: no login begins any more, held ones may end")
        await self._daemon.stop()
        self._manager.stop()

    def _take(self, new: InForce) -> str:
        told = self._daemon.take(new)
        self._set_level(new.settings.log.level)
        return told
