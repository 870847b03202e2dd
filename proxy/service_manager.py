"""
What the service manager hears of us: datagrams as sd_notify(3) has them, sent without waiting.

Where nobody started us with NOTIFY_SOCKET, nothing is sent. What cannot leave now leaves a little
later, in order; the heartbeat of the watchdog is not kept, the next one comes soon. It beats on
the event loop: a loop that is stuck is noticed by its silence.
"""

import os
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

STATUS_LENGTH: Final = 400
"""Characters of a status; it is one line of `systemctl status`."""
KEPT: Final = 32
"""Messages that wait at most; a reload has two."""
AGAIN: Final = 0.1
"""Seconds until what could not leave is tried again."""
BEATS: Final = 3
"""Heartbeats in the time after which the manager would act (sd_watchdog_enabled(3) asks for 2)."""


class ServiceManager:
    """
    The manager that started us, or nobody.

    Args:
        environment: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are looked at.
        reactor: its clock and `callLater`.
        monotonic_ns: CLOCK_MONOTONIC, in nanoseconds.
    """

    _log = Logger()

    def __init__(
        self,
        environment: Mapping[str, str],
        reactor: Any,  # noqa: ANN401 - a reactor
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._reactor = reactor
        self._monotonic_ns = monotonic_ns
        self._address = self._addressed(environment.get("NOTIFY_SOCKET", ""))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._waiting: deque[bytes] = deque(maxlen=KEPT)
        self._interval = self._watchdog(environment)
        self._beating = LoopingCall(self._beat)
        self._beating.clock = reactor

    def ready(self, status: str) -> None:
        """Say that we serve, after the start or a reload; begin the heartbeat."""
        self._tell("READY=1", f"STATUS={_line(status)}")
        if self._interval is not None and not self._beating.running:
            self._beating.start(self._interval)

    def reloading(self) -> None:
        """Say that the configuration is being read again; `ready` is to follow."""
        # One message, so that a manager that waits for a reload knows which one this is.
        self._tell("RELOADING=1", f"MONOTONIC_USEC={self._monotonic_ns() // 1000}")

    def stopping(self, seconds: float, status: str) -> None:
        """Say that we end, within *seconds*; the heartbeat goes on."""
        self._tell(
            "STOPPING=1",
            f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}",
            f"STATUS={_line(status)}",
        )

    def stop(self) -> None:
        """Say no more."""
        if self._beating.running:
            self._beating.stop()
        self._socket.close()

    # --- inside ---

    def _addressed(self, given: str) -> str | bytes | None:
        if not given:
            return None
        if given.startswith("@"):  # in the abstract namespace, which begins with NUL
            return b"\0" + os.fsencode(given[1:])
        if given.startswith("/"):
            return given
        self._log.warn("NOTIFY_SOCKET is {given}, wanted a path or @NAME", given=given)
        return None

    def _watchdog(self, environment: Mapping[str, str]) -> float | None:
        """Give the seconds between two heartbeats; None: nobody listens for them."""
        limit, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
        if self._address is None or not limit or pid not in ("", str(os.getpid())):
            return None
        if not limit.isascii() or not limit.isdigit() or int(limit) == 0:
            self._log.warn("WATCHDOG_USEC is {limit}, wanted microseconds", limit=limit)
            return None
        return int(limit) / 1_000_000 / BEATS

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        self._waiting.append("\n".join(lines).encode())
        if len(self._waiting) == 1:
            self._flush()

    def _flush(self) -> None:
        while self._waiting:
            try:
                left = self._send(self._waiting[0])
            except OSError as error:
                self._log.warn("the service manager cannot be told: {error}", error=error)
                left = True
            if not left:
                self._reactor.callLater(AGAIN, self._flush)
                return
            self._waiting.popleft()

    def _beat(self) -> None:
        try:
            self._send(b"WATCHDOG=1")
        except OSError as error:
            self._log.warn("the service manager cannot be told: {error}", error=error)

    def _send(self, message: bytes) -> bool:
        """Send now; False: its queue is full. Raises OSError."""
        assert self._address is not None
        if self._socket.fileno() < 0:
            return True
        try:
            self._socket.sendto(message, self._address)
        except BlockingIOError:
            return False
        return True


def _line(text: str) -> str:
    """Write a text as one line: a line of its own would be a message of its own."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain[:STATUS_LENGTH]
