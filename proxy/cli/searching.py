"""Asking the directories who somebody is, from a command."""

from collections.abc import Mapping
from typing import Any

from proxy.cli.reactor import run
from proxy.firstfactor.directories import Directories
from proxy.login.actions import FindPerson
from proxy.login.events import DirectoryFailed, PersonFound, PersonNotFound
from proxy.settings.plain import directory_options
from proxy.settings.schema import Settings

Answer = PersonFound | PersonNotFound | DirectoryFailed


def search(settings: Settings, username: str, names: tuple[str, ...]) -> Mapping[str, Answer]:
    """Search each of some directories for a name, as a login does."""

    async def ask(reactor: Any) -> dict[str, Answer]:  # noqa: ANN401 - a reactor
        directories = Directories(directory_options(settings), reactor)
        answers = {name: await directories.find(FindPerson((name,), username)) for name in names}
        await directories.stop()
        return answers

    return run(ask)
