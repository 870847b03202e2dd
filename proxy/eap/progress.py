"""How far a conversation has come: what it costs to keep it, and to lose it."""

from enum import IntEnum


class Progress(IntEnum):
    """Where a conversation stands until it has told who somebody is."""

    BEGUN = 0
    """A method was begun, and nothing is kept but a few octets."""
    HANDSHAKE = 1
    """There is a TLS connection, and whoever is at its other end proved nothing."""
    INSIDE = 2
    """The handshake is over, or the method has none: a person may be typing."""
