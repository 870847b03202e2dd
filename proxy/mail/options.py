"""How mail is sent, and what came of a letter."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from proxy.errors import Unavailable
from proxy.secret import Secret


@dataclass(frozen=True, slots=True)
class SmtpOptions:
    """A server, and how it is talked to."""

    host: str
    """A name or an IP address, without brackets; its certificate must hold just that."""
    port: int
    starttls: bool
    """False: TLS from the first octet."""
    user: str | None
    """None: no authentication."""
    password: Secret | None
    sender: str
    """What stands in From: an address, with or without a name."""
    tls: Any
    """What makes the client's side of TLS for this host."""
    own_name: str
    """What EHLO says."""


class NotSent(Unavailable):
    """The server could not be reached, or asks to come again."""

    reason = "mail-not-sent"


class Undeliverable(Exception):  # noqa: N818 - it names what was found
    """The server refuses this letter for good; the message has its words."""


Send = Callable[[SmtpOptions, str, bytes, Any], Awaitable[None]]
"""Sends a letter to an address; `proxy.mail.smtp.send`."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """What sends mail."""

    options: SmtpOptions
    send: Send
    alerts_to: str | None = None
    """The address of an admin, who is told of what may be an attack; None: nobody is."""
