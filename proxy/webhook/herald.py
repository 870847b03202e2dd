"""
Takes the alerts that are due, says each in the log once, and posts it to the operator's endpoint.

What was not taken is tried again, later each time, for a day. Without an endpoint the log has it.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from twisted.logger import Logger

from proxy.accounts.announcement import Announcement
from proxy.outbox import Outbox, Waiting
from proxy.webhook.message import saying, write_message
from proxy.webhook.options import NotTaken, Post, Webhook

FIRST_WAIT: Final = 10.0
"""Seconds before an alert that was not taken is posted again."""


class Herald:
    """
    Tells alerts as long as it runs.

    Args:
        webhook: gives what is configured now; None: the log alone.
    """

    _log = Logger()

    def __init__(
        self,
        waiting: Waiting,
        webhook: Callable[[], Webhook | None],
        post: Post,
        reactor: Any,  # noqa: ANN401 - a reactor
    ) -> None:
        self._outbox = Outbox("alerts", waiting, self._tell, reactor, first_wait=FIRST_WAIT)
        self._webhook = webhook
        self._post = post
        self._reactor = reactor

    def start(self) -> None:
        """Begin."""
        self._outbox.start()

    def stop(self) -> None:
        """Begin no more."""
        self._outbox.stop()

    async def _tell(self, one: Announcement) -> bool:
        if one.tries == 0:
            self._say(one)
        webhook = self._webhook()
        if webhook is None:
            return True
        message = write_message(one, webhook.key, self._reactor.seconds())
        try:
            await self._post(webhook, message.headers, message.body, self._reactor)
        except NotTaken as error:
            self._log.error("an alert is not taken: {error}", error=error)
            return False
        return True

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
