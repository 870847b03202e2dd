"""
The list of approvals that a phone waits for: long polls and the event stream.

Both give the same JSON. A poll answers at once where there is anything that its caller has not seen
(its ETag says), else at the next change or when its time is over. Nothing is held while it waits
but one Deferred.
"""

import json
from collections import Counter
from hashlib import sha256
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, TimeoutError  # noqa: A004

from proxy.accounts.device import Device
from proxy.frontends.web.device_calls import must_be_enrolled
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem

LONGEST_WAIT: Final = 60.0
"""Seconds (CONTRACT, GET /approvals)."""
POLLS_A_DEVICE: Final = 16
STREAM_SECONDS: Final = 600.0
"""After which a stream is ended; its phone opens another (CONTRACT, GET /events)."""
KEEP_ALIVE: Final = 15.0
"""Seconds of silence after which a stream sends a comment, so that nothing between gives up."""


class Polls:
    """Everything that waits for a phone's list."""

    def __init__(self, parts: Parts, reactor: Any) -> None:  # noqa: ANN401 - a reactor
        self._parts = parts
        self._reactor = reactor
        self._open: Counter[str] = Counter()

    def listed(self, device_id: str) -> tuple[bytes, bytes, bool]:
        """Give the list as JSON, its ETag, and whether there is anything in it."""
        found = self._parts.devices.open_approvals(device_id)
        others = dict.fromkeys(origin for one in found for origin in one.others)
        body = json.dumps({"approvals": [one.request for one in found], "others": [*others]})
        octets = body.encode()
        return octets, b'"' + sha256(octets).hexdigest()[:32].encode() + b'"', bool(found)

    async def poll(self, request: Any, device: Device, wait: float) -> bytes:  # noqa: ANN401
        """Answer a long poll. Raises Problem where the phone is retired or has too many open."""
        seen = request.getHeader(b"If-None-Match")
        ends_at = self._reactor.seconds() + min(wait, LONGEST_WAIT)
        gone = request.notifyFinish()
        gone.addErrback(lambda _: None)
        with self._one_more(device):
            body, tag, anything = self.listed(device.id)
            while not (tag != seen if seen else anything):
                left = ends_at - self._reactor.seconds()
                if left <= 0 or not await self._change(device.id, left, gone):
                    break
                must_be_enrolled(self._parts.devices.find(device.id))
                body, tag, anything = self.listed(device.id)
        must_be_enrolled(self._parts.devices.find(device.id))
        request.setHeader(b"ETag", tag)
        if tag == seen:
            request.setResponseCode(304)
            return b""
        request.setHeader(b"Content-Type", b"application/json")
        return body

    async def stream(self, request: Any, device: Device) -> None:  # noqa: ANN401 - Twisted's
        """Send the list now and at each change, until the time is over or the phone retired."""
        ends_at = self._reactor.seconds() + STREAM_SECONDS
        gone = request.notifyFinish()
        gone.addErrback(lambda _: None)
        request.setHeader(b"Content-Type", b"text/event-stream")
        with self._one_more(device):
            seen = b""
            while not gone.called and self._is_enrolled(device.id):
                body, tag, _ = self.listed(device.id)
                if tag != seen:
                    request.write(b"event: approvals\ndata: " + body + b"\n\n")
                    seen = tag
                left = min(KEEP_ALIVE, ends_at - self._reactor.seconds())
                if left <= 0:
                    break
                if not await self._change(device.id, left, gone) and not gone.called:
                    request.write(b": still here\n\n")
        if not gone.called:
            request.finish()

    async def _change(self, device_id: str, seconds: float, gone: Deferred[Any]) -> bool:
        """Wait for a change of the list; False: none came, or the caller went away."""
        waiting = self._parts.inbox.wait(device_id)
        waiting.addTimeout(seconds, self._reactor)
        gone.addCallback(lambda _: waiting.cancel())
        try:
            await waiting
        except (CancelledError, TimeoutError):
            return False
        return True

    def _is_enrolled(self, device_id: str) -> bool:
        device = self._parts.devices.find(device_id)
        return device is not None and device.retired_at is None

    def _one_more(self, device: Device) -> "_OneMore":
        if self._open[device.id] >= POLLS_A_DEVICE:
            raise Problem(429, "too-many-polls", {"Retry-After": "5"})
        return _OneMore(self._open, device.id)


class _OneMore:
    """Counts one more open poll of a phone, as long as it lasts."""

    def __init__(self, counter: Counter[str], device_id: str) -> None:
        self._counter = counter
        self._device_id = device_id

    def __enter__(self) -> None:
        self._counter[self._device_id] += 1

    def __exit__(self, *_: object) -> None:
        self._counter[self._device_id] -= 1
        if not self._counter[self._device_id]:
            del self._counter[self._device_id]
