"""
The list of approvals that a phone waits for: long polls and the event stream.

Both give the same JSON. A poll answers at once where there is anything that its caller has not seen
(its ETag says), else at the next change or when its time is over. Nothing is held while it waits
but one Deferred, which the router cancels when the phone goes away.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from twisted.internet.defer import TimeoutError  # noqa: A004

from proxy.accounts.device import Device
from proxy.errors import Unavailable
from proxy.factors.approval import shown_text
from proxy.frontends.web.device_calls import must_be_enrolled
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem

LONGEST_WAIT: Final = 60.0
"""Seconds (CONTRACT, GET /approvals)."""
POLLS_A_DEVICE: Final = 16
"""Open at once, streams among them (CONTRACT, device API)."""
STREAM_SECONDS: Final = 600.0
"""After which a stream is ended; its phone opens another (CONTRACT, GET /events)."""
KEEP_ALIVE: Final = 15.0
"""Seconds of silence after which a stream sends a comment, so that nothing between gives up."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """What a phone can answer now."""

    body: bytes
    """As JSON."""
    tag: bytes
    """Its ETag."""
    anything: bool
    changes_at: float
    """When the first request in it expires; infinite where there is none."""

    def is_news(self, seen: bytes | None) -> bool:
        """Say whether whoever has *seen* a list (its tag; None: none) need not wait for this."""
        return self.anything if seen is None else self.tag != seen


class Polls:
    """Everything that waits for a phone's list."""

    def __init__(self, parts: Parts, reactor: Any) -> None:  # noqa: ANN401 - a reactor
        self._parts = parts
        self._reactor = reactor
        self._open: Counter[str] = Counter()

    async def poll(self, request: Any, device: Device, wait: float) -> bytes:  # noqa: ANN401
        """Answer a long poll. Raises Problem where the phone is retired or has too many open."""
        seen = request.getHeader(b"If-None-Match")
        ends_at = self._reactor.seconds() + min(wait, LONGEST_WAIT)
        with self._one_more(device.id):
            listing = self._list(device.id)
            while not listing.is_news(seen) and (left := ends_at - self._reactor.seconds()) > 0:
                await self._change(device.id, left, listing)
                listing = self._list(device.id)
        request.setHeader(b"ETag", listing.tag)
        if listing.tag == seen:
            request.setResponseCode(304)
            return b""
        request.setHeader(b"Content-Type", b"application/json")
        return listing.body

    async def stream(self, request: Any, device: Device) -> None:  # noqa: ANN401 - Twisted's
        """Send the list now and at each change, until the time is over or the phone retired."""
        ends_at = self._reactor.seconds() + STREAM_SECONDS
        with self._one_more(device.id):
            listing = self._list(device.id)
            request.setHeader(b"Content-Type", b"text/event-stream")
            request.write(_event(listing))
            while (left := ends_at - self._reactor.seconds()) > 0:
                noticed = await self._change(device.id, min(left, KEEP_ALIVE), listing)
                try:
                    fresh = self._list(device.id)
                except (Problem, Unavailable):
                    return
                if fresh.tag != listing.tag:
                    request.write(_event(fresh))
                elif not noticed:
                    request.write(b": still here\n\n")
                listing = fresh

    def _list(self, device_id: str) -> _Listing:
        """Give what a phone can answer. Raises Problem where it can answer nothing any more."""
        device = must_be_enrolled(self._parts.devices.find(device_id))
        if not device.account_good:
            raise Problem(403, "account-blocked")
        found = self._parts.devices.open_approvals(device_id)
        others = dict.fromkeys(shown_text(origin) for one in found for origin in one.others)
        body = json.dumps({"approvals": [one.request for one in found], "others": [*others]})
        octets = body.encode()
        tag = f'"{sha256(octets).hexdigest()[:32]}"'.encode()
        changes_at = min((one.expires_at for one in found), default=math.inf)
        return _Listing(octets, tag, bool(found), changes_at)

    async def _change(self, device_id: str, seconds: float, listing: _Listing) -> bool:
        """Wait until the list may differ, or for *seconds*. False: nobody told of a change."""
        waiting = self._parts.inbox.wait(device_id)
        until_expiry = listing.changes_at - self._reactor.seconds()
        waiting.addTimeout(max(0.0, min(seconds, until_expiry)), self._reactor)
        try:
            await waiting
        except TimeoutError:
            return False
        return True

    @contextmanager
    def _one_more(self, device_id: str) -> Iterator[None]:
        """Count one more open poll of a phone, as long as it lasts."""
        if self._open[device_id] >= POLLS_A_DEVICE:
            raise Problem(429, "too-many-polls", {"Retry-After": "5"})
        self._open[device_id] += 1
        try:
            yield
        finally:
            self._open[device_id] -= 1
            if not self._open[device_id]:
                del self._open[device_id]


def _event(listing: _Listing) -> bytes:
    return b"event: approvals\ndata: " + listing.body + b"\n\n"
