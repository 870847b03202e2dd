"""A program that asks a person: what it shows is read until some words come, lines are typed."""

import os
import re
import select
import subprocess
import time

from tests.peers.namespace import end

_PATIENCE = 60.0
_FAREWELL = 2.0
"""Seconds in which it may end by itself; charon-cmd does not always."""


class Dialogue:
    """
    One program; a context manager that ends it.

    Args:
        environment: beside our own; None: that alone.
        connected, refused: what it shows when a login has passed, or has not.
    """

    def __init__(self, command, environment=None, *, connected="", refused=""):
        self._connected, self._refused = connected, refused
        self._shown = ""
        self.told = ""
        """All that was shown and given before."""
        self._process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,  # without a terminal of ours, which some would ask instead
            env={**os.environ, **(environment or {})},
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()  # what waits for a line would not hear of a signal
        end(self._process, _FAREWELL)
        self._process.stdout.close()

    def type(self, line):
        """Type a line."""
        self._process.stdin.write(f"{line}\n".encode())

    def read(self, seconds=0.0):
        """Wait so long for more; give all that was shown and that `until` did not give."""
        if select.select([self._process.stdout], [], [], seconds)[0]:
            octets = os.read(self._process.stdout.fileno(), 65536)
            assert octets, self._shown
            self._shown += octets.decode(errors="replace")
        return self._shown

    def outcome(self):
        """Wait until the login is `connected` or `refused`; say which."""
        told = self.until(f"{self._connected}|{self._refused}")
        return "connected" if re.search(self._connected, told) else "refused"

    def until(self, pattern):
        """Read until a regular expression matches; give all that was shown since the last time."""
        ends_at = time.monotonic() + _PATIENCE
        while not re.search(pattern, self._shown):
            assert time.monotonic() < ends_at, self._shown
            self.read(ends_at - time.monotonic())
        shown, self._shown = self._shown, ""
        self.told += shown
        return shown
