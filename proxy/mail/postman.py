"""Finds each person's address and sends the letter; what cannot be sent now is tried again."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from twisted.logger import Logger

from proxy.accounts.announcement import Announcement
from proxy.errors import Unavailable
from proxy.mail.letter import write_letter
from proxy.mail.options import Mailing, NotSent, Undeliverable
from proxy.outbox import Outbox, Waiting

FIRST_WAIT: Final = 60.0
"""Seconds before a letter that could not be sent is tried again."""
ADDRESS: Final = re.compile(r"[!-~]{1,64}@[A-Za-z0-9.-]{1,190}")
"""What SMTP takes without extensions (RFC 5321 section 4.5.3.1), nothing that ends a command."""
_UNSAFE: Final = frozenset('<>()[]\\,;:"')


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
        waiting: Waiting,
        addresses: Addresses,
        mailing: Callable[[], Mailing | None],
        url: str,
        reactor: Any,  # noqa: ANN401 - a reactor
    ) -> None:
        self._outbox = Outbox(
            "letters",
            waiting,
            self._tell,
            reactor,
            ready=lambda: mailing() is not None,
            first_wait=FIRST_WAIT,
        )
        self._addresses = addresses
        self._mailing = mailing
        self._url = url
        self._reactor = reactor

    def start(self) -> None:
        """Begin."""
        self._outbox.start()

    def stop(self) -> None:
        """Begin no more letters."""
        self._outbox.stop()

    async def _tell(self, one: Announcement) -> bool:
        mailing = self._mailing()
        if mailing is None:  # since the round began
            return False
        try:
            to = await self._address(one, mailing)
            if to is not None:
                letter = write_letter(one, mailing.options.sender, to, self._url)
                await mailing.send(mailing.options, to, letter, self._reactor)
        except Undeliverable as error:
            self._log.error("no mail to {username}: {error}", username=one.user_name, error=error)
        except (NotSent, Unavailable) as error:
            self._log.error(
                "no mail to {username} now: {error}", username=one.user_name, error=error
            )
            return False
        return True

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
