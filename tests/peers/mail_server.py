"""A real SMTP server that keeps what it is given: over TLS, with or without STARTTLS and a password."""

import ssl
import time
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.peers.daemon import free_port


class Box:
    """What came, and what is refused."""

    def __init__(self):
        self.letters = []
        self.tried = []
        self.refuse = {}
        """Answers to RCPT, by address; taken once where they say 4xx."""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - its name
        self.tried.append(address)
        answer = self.refuse.get(address)
        if answer is not None:
            if answer.startswith("4"):
                del self.refuse[address]
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - its name
        letter = message_from_bytes(envelope.content, policy=default)
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, letter))
        return "250 taken"


class MailServer:
    """
    One server on a free port, from its making until it is stopped.

    Args:
        files: certificate and key.
        starttls: TLS is begun by STARTTLS, and nothing goes before it.
        login: a user and password that are wanted; None: none.
    """

    def __init__(self, files, *, starttls=False, login=None, port=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        self.box = Box()
        self._login = login
        more = {"auth_required": login is not None, "authenticator": self._check}
        if starttls:
            more |= {"tls_context": context, "require_starttls": True}
        else:
            more |= {"auth_require_tls": False}  # its own word for STARTTLS
        self._controller = Controller(
            self.box,
            "127.0.0.1",
            port or free_port(),
            ssl_context=None if starttls else context,
            server_hostname="127.0.0.1",
            **more,
        )

    def _check(self, server, session, envelope, mechanism, data):
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login)

    def __enter__(self):
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(self, *_):
        self._controller.stop()

    def letter(self, number=0, seconds=20):
        """Wait for a letter; give its sender, receivers and message."""
        ends_at = time.monotonic() + seconds
        while len(self.box.letters) <= number:
            assert time.monotonic() < ends_at, self.box.tried
            time.sleep(0.05)
        return self.box.letters[number]
