r"""
Where a typed name is looked up, and as what: `DOMAIN\user`, `user@realm`, or a name alone.

A realm that a directory lists leads to that directory and to no other, whatever comes of it. A name
without one is looked up where the client or `default_directory` says, else where the policies say.
A name with a realm that nobody lists is never taken for the name before it. None of this says who
somebody is: an account is what the directory returns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from proxy.accounts.account import fold_username


def fold_realm(realm: str) -> str:
    """Give the form in which realms are compared: that of names."""
    return fold_username(realm)


@dataclass(frozen=True, slots=True)
class Realms:
    """What of the configuration decides where a name is looked up."""

    domains: Mapping[str, str] = field(default_factory=dict)
    """Folded realms, each with its directory, which is asked for the name without the realm."""
    upn_suffixes: Mapping[str, str] = field(default_factory=dict)
    """Folded realms behind an `@`, each with its directory, which is asked for the whole name."""
    default: tuple[str, ...] | None = None
    """Where names without a realm are looked up; None: wherever the policies say."""
    by_client: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same for a client's logins; it wins."""

    def place(
        self, typed: str, client: str | None, directories: Sequence[str]
    ) -> tuple[tuple[str, ...], str]:
        """
        Give the directories to ask for a name, in order, and what to ask them for.

        Args:
            client: the name of the client; None: a command asks.
            directories: those that may be asked, in order.

        No directory: nobody has this name.
        """
        if self.domains or self.upn_suffixes:
            domain, backslash, rest = typed.partition("\\")
            if backslash:
                return _only(self.domains.get(fold_realm(domain)), rest, directories), rest
            rest, at, realm = typed.rpartition("@")
            if at:
                return self._behind_an_at(typed, rest, fold_realm(realm), client, directories)
        return self._without(client, directories), typed

    def key(self, typed: str, client: str, directories: Sequence[str]) -> str:
        """Give what two names have in common that are looked up alike, before any answer."""
        places, name = self.place(typed, client, directories)
        return f"{' '.join(places)}\n{fold_username(name)}"

    def _behind_an_at(
        self, typed: str, rest: str, realm: str, client: str | None, directories: Sequence[str]
    ) -> tuple[tuple[str, ...], str]:
        if realm in self.upn_suffixes:
            return _only(self.upn_suffixes[realm], rest, directories), typed
        if realm in self.domains:
            return _only(self.domains[realm], rest, directories), rest
        # Some directories' names are mail addresses; one that lists its realms has said them all.
        listed = {*self.domains.values(), *self.upn_suffixes.values()}
        others = self._without(client, directories)
        return tuple(one for one in others if one not in listed), typed

    def _without(self, client: str | None, directories: Sequence[str]) -> tuple[str, ...]:
        usual = self.default
        if client is not None:
            usual = self.by_client.get(client, usual)
        if usual is None:
            return tuple(directories)
        return tuple(one for one in usual if one in directories)


def _only(directory: str | None, name: str, directories: Sequence[str]) -> tuple[str, ...]:
    if directory is None or directory not in directories or not name.strip():
        return ()
    return (directory,)
