"""Why a server gave no answer; what may be repeated elsewhere hangs on which it is."""

from proxy.errors import Unavailable


class ServerFailure(Unavailable):
    """A server gave no answer that can be used; the message says why."""

    reason = "directory-unavailable"


class NotSent(ServerFailure):
    """The request never left: it may go to another server, even if it is a bind."""


class Lost(ServerFailure):
    """The connection ended after the request was sent, before its answer came."""


class Silent(ServerFailure):
    """The request was sent at *sent_at*, by the reactor's clock; no answer came in time."""

    def __init__(self, message: str, sent_at: float) -> None:
        super().__init__(message)
        self.sent_at = sent_at


class Broken(ServerFailure):
    """What came in answer is not LDAP, or is too much of it."""


class Refused(ServerFailure):
    """The server said that it is busy or unavailable."""
