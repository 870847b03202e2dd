"""Asking the directories who somebody is, from a command."""

from collections.abc import Mapping

from proxy.errors import Unavailable
from proxy.login.events import DirectoryFailed, PersonFound, PersonNotFound
from proxy.settings.schema import Settings


def search(
    settings: Settings,  # noqa: ARG001
    username: str,  # noqa: ARG001
    directories: tuple[str, ...],  # noqa: ARG001
) -> Mapping[str, PersonFound | PersonNotFound | DirectoryFailed]:
    """Search each directory for a name."""
    raise Unavailable("directories are not connected")
