"""
Who sends: the token that a push service asks for before it takes a message (RFC 8292).

A token is for one service's origin and serves for hours, so it is signed once and kept. The browser
bound its subscription to the public half of the key, so nobody else's messages are taken.
"""

from typing import Final

from proxy.factors import jws
from proxy.factors.jwk import SigningKey

LIFETIME: Final = 12 * 3600.0
"""Seconds; RFC 8292 section 2 allows 24 hours, which two clocks should not have to agree on."""
RENEWED: Final = 3600.0
"""Seconds before its end that a token is replaced."""
KEPT: Final = 64
"""Origins whose token is kept; there are four services of weight."""


class Tokens:
    """
    The Authorization header for each service.

    Args:
        contact: `mailto:` or `https:` URL of whoever runs this server.
    """

    def __init__(self, key: SigningKey, contact: str) -> None:
        self._key = key
        self._contact = contact
        self._tokens: dict[str, tuple[str, float]] = {}

    def authorization(self, origin: str, now: float) -> str:
        """Give the value of the header for one origin. RFC 8292 section 3."""
        token, ends_at = self._tokens.get(origin, ("", 0.0))
        if ends_at - RENEWED <= now:
            ends_at = now + LIFETIME
            claims = {"aud": origin, "exp": int(ends_at), "sub": self._contact}
            token = jws.sign(claims, "JWT", self._key)
            while len(self._tokens) >= KEPT:
                del self._tokens[next(iter(self._tokens))]
            self._tokens[origin] = (token, ends_at)
        return f"vapid t={token}, k={self._key.public.to_point()}"
