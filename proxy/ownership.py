"""Whose a file is that root makes: the service's, where it lies in the service's folder."""

import os
from pathlib import Path


def give_to_owner(made: int, folder: Path) -> None:
    """
    Give a file that was just made to whoever owns its folder, if we are root.

    Else a command of an administrator would leave a store or a key that the service cannot open.

    Args:
        made: its descriptor.

    Raises:
        OSError: it cannot be given away.
    """
    if os.geteuid() == 0:
        found = folder.stat()
        os.fchown(made, found.st_uid, found.st_gid)
