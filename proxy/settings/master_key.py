"""Making the master key's file: once, for its owner alone, never over another."""

import os
import tempfile
from pathlib import Path

from proxy.sealing import MasterKey


class KeyExists(Exception):  # noqa: N818 - it names what was found
    """A file is there already."""


def create_master_key(file: Path) -> None:
    """
    Write a new master key, durably; the file appears whole or not at all.

    Raises:
        KeyExists: something stands at *file*; it was not touched.
        OSError: the folder is missing or not writable.
    """
    opened, name = tempfile.mkstemp(prefix=".master-key-", dir=file.parent)  # mode 0600
    try:
        with os.fdopen(opened, "wb") as stream:
            stream.write(MasterKey.create().encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(name, file)  # never over an existing one
    except FileExistsError:
        raise KeyExists(f"found {file}, which stays as it is") from None
    finally:
        Path(name).unlink()
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
