"""Errors by whose fault they are: theirs, the world's. Anything else is our own bug and rises."""


class PeerError(Exception):
    """
    Something a peer sent that is not acceptable; counted, dropped or refused, never a traceback.

    The message says what was found and what was wanted, and never holds a secret.
    """

    reason = "peer-error"
    """A short, stable word under which it is counted."""


class Unavailable(Exception):  # noqa: N818 - it names a state of the world
    """Something in the world that we need did not answer; the caller refuses or tries another."""

    reason = "unavailable"
    """A short, stable word under which it is counted."""
