"""
Takes the alerts that are due, says each in the log once, and posts it to the operator's endpoint.

What was not taken is tried again, later each time, for a day. Without an endpoint the log has it.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.accounts.announcement import Announcement
from proxy.errors import Unavailable
from proxy.webhook.message import saying, write_message
from proxy.webhook.options import NotTaken, Post, Webhook

ROUND: Final = 2.0
"""Seconds between two looks."""
ALERTS_A_ROUND: Final = 10
FIRST_WAIT: Final = 10.0
LONGEST_WAIT: Final = 3600.0


class Alerts(Protocol):
    """What waits in the store."""

    def any_due(self) -> bool: ...
    def take(self, most: int) -> Awaitable[Sequence[Announcement]]: ...
    def done(self, one: Announcement) -> Awaitable[None]: ...
    def later(self, one: Announcement, seconds: float) -> Awaitable[None]: ...


class Herald:
    """
    Tells alerts as long as it runs.

    Args:
        webhook: gives what is configured now; None: the log alone.
    """

    _log = Logger()

    def __init__(
        self,
        waiting: Alerts,
        webhook: Callable[[], Webhook | None],
        post: Post,
        reactor: Any,  # noqa: ANN401 - a reactor
    ) -> None:
        self._waiting = waiting
        self._webhook = webhook
        self._post = post
        self._reactor = reactor
        self._rounds = LoopingCall(lambda: Deferred.fromCoroutine(self._round()))
        self._rounds.clock = reactor

    def start(self) -> None:
        """Begin."""
        self._rounds.start(ROUND, now=False)

    def stop(self) -> None:
        """Begin no more."""
        if self._rounds.running:
            self._rounds.stop()

    async def _round(self) -> None:
        try:
            if not self._waiting.any_due():
                return
            for one in await self._waiting.take(ALERTS_A_ROUND):
                await self._tell(one)
        except Unavailable as error:
            self._log.error("alerts cannot be read: {error}", error=error)
        except Exception:  # noqa: BLE001 - our bug: told once; what was taken is due again later
            self._log.failure("alerts failed")

    async def _tell(self, one: Announcement) -> None:
        if one.tries == 0:
            self._say(one)
        webhook = self._webhook()
        if webhook is not None:
            message = write_message(one, webhook.key, self._reactor.seconds())
            try:
                await self._post(webhook, message.headers, message.body, self._reactor)
            except NotTaken as error:
                self._log.error("an alert is not taken: {error}", error=error)
                wait = min(FIRST_WAIT * 2.0 ** min(one.tries, 16), LONGEST_WAIT)
                await self._waiting.later(one, wait)
                return
        await self._waiting.done(one)

    def _say(self, one: Announcement) -> None:
        where = json.loads(one.detail)
        self._log.warn(
            "{username} {what} ({client}, {origin})",
            alert=one.kind,
            username=one.user_name,
            directory=one.directory,
            what=saying(one),
            client=where["client"],
            origin=where["origin"],
        )
