"""
From where a person passed lately, and with which password: what tells them from a stranger.

Kept are short keyed digests, in memory alone: eight octets of a password's and of each source's.
Nothing can be read from them, and a stranger is taken for the person once in 2**64 times. One text
of octets holds all of a person, because many people log in; who passed longest ago goes first.
"""

from collections.abc import Hashable
from struct import Struct
from typing import Final

DIGEST: Final = 8
"""Octets that are kept of a digest."""
SOURCES: Final = 16
"""Of one person; the one that was seen longest ago is forgotten first."""
PEOPLE: Final = 200_000

_SOURCE: Final = Struct("8sI")
_NOTHING: Final = bytes(DIGEST)
_HEAD: Final = 2 * DIGEST
"""The mark of what passed last, and the digest of its password; then come the sources."""


class Familiar:
    """
    What is remembered of people who passed.

    Args:
        lately: seconds for which a source stays the person's own.
        people: of so many.
    """

    def __init__(self, lately: float, people: int = PEOPLE) -> None:
        self.lately = lately
        """May be changed at any time."""
        self._limit = people
        self._kept: dict[Hashable, bytes] = {}

    def seen(self, person: Hashable, mark: bytes) -> bool:
        """Say whether this is what was remembered last, so that there is nothing to remember."""
        return self._kept.get(person, b"").startswith(mark)

    def password_known(self, person: Hashable) -> bool:
        """Say whether a password is known that passed."""
        return self._password(person) != _NOTHING

    def is_password(self, person: Hashable, password: bytes) -> bool:
        """Say whether this password passed last."""
        return password == self._password(person) and password != _NOTHING

    def is_source(self, person: Hashable, source: bytes, now: float) -> bool:
        """Say whether the person passed from there lately."""
        return any(source == one for one, _ in self._sources(person, now))

    def has_sources(self, person: Hashable, now: float) -> bool:
        """Say whether the person passed from anywhere lately."""
        return any(self._sources(person, now))

    def passed(
        self,
        person: Hashable,
        source: bytes,
        now: float,
        password: bytes | None = None,
        mark: bytes = _NOTHING,
    ) -> None:
        """
        Remember that the person passed.

        Args:
            password: None: the one that is known stays.
            mark: for `seen`: the same for the same source and password, for a while.
        """
        kept = self._kept.pop(person, _NOTHING + _NOTHING)
        others = [
            _SOURCE.pack(*one) for one in _SOURCE.iter_unpack(kept[_HEAD:]) if one[0] != source
        ]
        self._kept[person] = b"".join(
            (
                mark,
                kept[DIGEST:_HEAD] if password is None else password,
                _SOURCE.pack(source, int(max(now, 0.0))),
                *others[: SOURCES - 1],
            )
        )
        if len(self._kept) > self._limit:
            del self._kept[next(iter(self._kept))]

    def forget_password(self, person: Hashable) -> None:
        """The password that passed last does no longer."""
        kept = self._kept.get(person)
        if kept is not None:
            self._kept[person] = _NOTHING + _NOTHING + kept[_HEAD:]

    def _password(self, person: Hashable) -> bytes:
        return self._kept.get(person, _NOTHING + _NOTHING)[DIGEST:_HEAD]

    def _sources(self, person: Hashable, now: float) -> list[tuple[bytes, int]]:
        kept = self._kept.get(person)
        if kept is None:
            return []
        since = now - self.lately
        return [one for one in _SOURCE.iter_unpack(kept[_HEAD:]) if one[1] > since]
