"""
One letter to one server: SMTP over TLS, from the first octet (RFC 8314) or after STARTTLS.

There is no way without TLS: the server's certificate is verified, and its name, before anything is
said. What the server refuses for good is told apart from what may do later.
"""

from email.utils import parseaddr
from io import BytesIO
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import connectionDone
from twisted.mail.smtp import ESMTPSender, ESMTPSenderFactory, SMTPClientError, SMTPDeliveryError
from twisted.python.failure import Failure

from proxy.mail.options import NotSent, SmtpOptions, Undeliverable

SECONDS: Final = 60.0
"""For a whole letter; RFC 5321 section 4.5.3.2 allows more, but nobody waits for this one."""


class _Sender(ESMTPSender):
    """Says one letter."""

    factory: "_Letter"

    def esmtpState_starttls(self, code: int, resp: bytes) -> None:  # noqa: N802 - Twisted's name
        """Begin TLS, unless the server said more in the clear (it would be believed after TLS)."""
        if self.clearLineBuffer():
            self.esmtpTLSFailed(451)
            return
        super().esmtpState_starttls(code, resp)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's
        """End, told or not."""
        super().connectionLost(reason)
        self.factory.lost(reason)


class _Letter(ESMTPSenderFactory):
    protocol = _Sender
    noisy = False

    def lost(self, reason: Failure) -> None:
        """Tell that the connection is gone before the server took the letter."""
        if not self.sendFinished:
            self.sendFinished = True
            self.result.errback(Failure(NotSent(_words(reason.value))))


async def send(
    options: SmtpOptions,
    to: str,
    letter: bytes,
    reactor: Any,  # noqa: ANN401 - a reactor
) -> None:
    """
    Send a letter.

    Args:
        to: an address of ASCII characters.
        letter: as `write_letter` gives it.

    Raises:
        NotSent: it may do later.
        Undeliverable: it will not.
    """
    sent: Deferred[Any] = Deferred()
    password = None if options.password is None else options.password.reveal()
    user = None if options.user is None else options.user.encode()
    factory = _Letter(
        user,
        password,
        parseaddr(options.sender)[1],
        [to],
        BytesIO(letter),
        sent,
        retries=0,
        timeout=SECONDS,
        contextFactory=options.tls,
        requireAuthentication=user is not None,
        requireTransportSecurity=True,
    )
    factory.domain = options.own_name.encode()
    endpoint: Any = HostnameEndpoint(reactor, options.host.encode(), options.port, timeout=SECONDS)
    if not options.starttls:
        endpoint = wrapClientTLS(options.tls, endpoint)
    try:
        connection = await endpoint.connect(factory)
    except Exception as error:  # noqa: BLE001 - names, sockets and TLS fail in many ways
        raise NotSent(_words(error)) from None
    try:
        await sent.addTimeout(SECONDS, reactor)
    except SMTPClientError as error:
        raise _fault(error) from None
    except NotSent:
        raise
    except Exception as error:  # noqa: BLE001 - names, sockets and TLS fail in many ways
        raise NotSent(_words(error)) from None
    finally:
        factory.sendFinished = True
        if connection.transport is not None:
            connection.transport.abortConnection()


def _fault(error: SMTPClientError) -> NotSent | Undeliverable:
    """Word a refusal: its code and the server's words, never what was said to it."""
    code, words = error.code, error.resp
    addresses: Any = error.addresses if isinstance(error, SMTPDeliveryError) else None
    if addresses:
        _, code, words = addresses[0]  # what was said of the one that there is
    lines = words.decode("utf-8", "replace").splitlines()
    told = f"{code} {lines[0] if lines else ''}".strip()[:200]
    return Undeliverable(told) if 550 <= code <= 554 else NotSent(told)


def _words(error: BaseException | None) -> str:
    return str(error)[:200] or type(error).__name__
