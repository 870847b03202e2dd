"""Asking the directories who people are, from a command."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from twisted.internet.defer import Deferred, gatherResults

from proxy.cli.reactor import run
from proxy.firstfactor.directories import Directories
from proxy.firstfactor.upstream import presume
from proxy.login.actions import FindPerson
from proxy.login.events import DirectoryFailed, PersonNotFound, PersonPresumed
from proxy.ports import Found
from proxy.settings.plain import directory_options
from proxy.settings.schema import Settings
from proxy.settings.upstreams import upstream_options

Answer = Found

AT_ONCE: Final = 16
"""Names that are searched for at the same time."""


def search(
    settings: Settings, wanted: Sequence[tuple[str, tuple[str, ...]]]
) -> list[Mapping[str, Answer]]:
    """Search directories for names, as a login does; *wanted* are names and where to search."""

    async def ask(reactor: Any) -> list[Mapping[str, Answer]]:  # noqa: ANN401 - a reactor
        directories = Directories(directory_options(settings), reactor)
        upstreams = {one.name: one.user_name == "returned" for one in upstream_options(settings)}
        searching = Searching(directories, upstreams)
        found: list[Mapping[str, Answer]] = []
        for start in range(0, len(wanted), AT_ONCE):
            some = [
                Deferred.fromCoroutine(searching.one(username, names))
                for username, names in wanted[start : start + AT_ONCE]
            ]
            found += await gatherResults(some, consumeErrors=True)
        await directories.stop()
        return found

    return run(ask)


class Searching:
    """Searches that ask a directory no more once it has failed: each would wait as long again."""

    def __init__(self, directories: Directories, upstreams: Mapping[str, bool]) -> None:
        """Take the directories, and the names of those that cannot be searched, see `presume`."""
        self._directories = directories
        self._upstreams = upstreams
        self._failed: dict[str, DirectoryFailed] = {}

    async def one(self, username: str, names: tuple[str, ...]) -> Mapping[str, Answer]:
        """Give what each directory says of a name."""
        return {name: await self._ask(name, username) for name in names}

    async def _ask(self, name: str, username: str) -> Answer:
        failed = self._failed.get(name)
        if failed is not None:
            return failed
        if name in self._upstreams:
            person = presume(name, username, returned=self._upstreams[name])
            return PersonNotFound("unknown") if person is None else PersonPresumed(person)
        answer = await self._directories.find(FindPerson((name,), username))
        if isinstance(answer, DirectoryFailed):
            self._failed[name] = answer
        return answer
