"""
Takes what is due, finds each person's address, sends; what cannot be sent now is tried again later.

One letter at a time, a few a round: mail is never in a hurry, and logins are.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from proxy.accounts.announcement import Announcement
from proxy.errors import Unavailable
from proxy.mail.letter import write_letter
from proxy.mail.options import Mailing, NotSent, Undeliverable

ROUND: Final = 2.0
"""Seconds between two looks."""
LETTERS_A_ROUND: Final = 10
FIRST_WAIT: Final = 60.0
LONGEST_WAIT: Final = 3600.0
ADDRESS: Final = re.compile(r"[!-~]{1,64}@[A-Za-z0-9.-]{1,190}")
"""What SMTP takes without extensions (RFC 5321 section 4.5.3.1), nothing that ends a command."""
_UNSAFE: Final = frozenset('<>()[]\\,;:"')


class Announcements(Protocol):
    """What waits in the store."""

    def any_due(self) -> bool: ...
    def take(self, most: int) -> Awaitable[Sequence[Announcement]]: ...
    def done(self, one: Announcement) -> Awaitable[None]: ...
    def later(self, one: Announcement, seconds: float) -> Awaitable[None]: ...


Addresses = Callable[[str, str], Awaitable[str | None]]
"""Gives the address of a directory's person; None: there is none. Raises Unavailable."""


class Postman:
    """
    Sends letters as long as it runs.

    Args:
        mailing: gives what is configured now; None: no mail.
        url: `web.url`.
    """

    _log = Logger()

    def __init__(
        self,
        waiting: Announcements,
        addresses: Addresses,
        mailing: Callable[[], Mailing | None],
        url: str,
        reactor: Any,  # noqa: ANN401 - a reactor
    ) -> None:
        self._waiting = waiting
        self._addresses = addresses
        self._mailing = mailing
        self._url = url
        self._reactor = reactor
        self._rounds = LoopingCall(lambda: Deferred.fromCoroutine(self._round()))
        self._rounds.clock = reactor

    def start(self) -> None:
        """Begin."""
        self._rounds.start(ROUND, now=False)

    def stop(self) -> None:
        """Begin no more letters."""
        if self._rounds.running:
            self._rounds.stop()

    async def _round(self) -> None:
        mailing = self._mailing()
        try:
            if mailing is None or not self._waiting.any_due():
                return
            for one in await self._waiting.take(LETTERS_A_ROUND):
                await self._tell(one, mailing)
        except Unavailable as error:
            self._log.error("what is to be told by mail cannot be read: {error}", error=error)
        except Exception:  # noqa: BLE001 - our bug: told once; what was taken is due again later
            self._log.failure("mail failed")

    async def _tell(self, one: Announcement, mailing: Mailing) -> None:
        try:
            to = await self._address(one, mailing)
            if to is None:
                await self._waiting.done(one)
                return
            letter = write_letter(one, mailing.options.sender, to, self._url)
            await mailing.send(mailing.options, to, letter, self._reactor)
        except Undeliverable as error:
            self._log.error("no mail to {username}: {error}", username=one.user_name, error=error)
        except (NotSent, Unavailable) as error:
            wait = min(FIRST_WAIT * 2.0 ** min(one.tries, 16), LONGEST_WAIT)
            self._log.error(
                "no mail to {username} now: {error}", username=one.user_name, error=error
            )
            await self._waiting.later(one, wait)
            return
        await self._waiting.done(one)

    async def _address(self, one: Announcement, mailing: Mailing) -> str | None:
        if one.audience == "admin":
            return mailing.alerts_to
        to = await self._addresses(one.directory, one.user_name)
        if to is not None and is_address(to):
            return to
        self._log.warn("{username} has no mail address", username=one.user_name)
        return None


def is_address(text: str) -> bool:
    """Say whether a directory's value is an address that a letter can go to."""
    return ADDRESS.fullmatch(text) is not None and _UNSAFE.isdisjoint(text)
