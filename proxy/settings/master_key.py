"""
The master key's file: made once, for its owner alone, never over another; exchanged as a whole.

While keys are exchanged the old key stays beside the file, under its mark: older backups of the
store want it.
"""

import os
import tempfile
from functools import partial
from pathlib import Path

from proxy.ownership import give_to_owner
from proxy.sealing import BadMasterKey, MasterKey
from proxy.settings.sources import read_source


class KeyExists(Exception):  # noqa: N818 - it names what was found
    """A file is there already."""


def create_master_key(file: Path) -> None:
    """
    Write a new master key, durably; the file appears whole or not at all.

    Raises:
        KeyExists: something stands at *file*; it was not touched.
        OSError: the folder is missing or not writable.
    """
    write_master_key(file, MasterKey.create())


def write_master_key(file: Path, text: str) -> None:
    """Write the text of a key as `create_master_key` does; raises what it raises."""
    name = _written(file, text)
    try:
        os.link(name, file)  # never over an existing one
    except FileExistsError:
        raise KeyExists(f"found {file}, which stays as it is") from None
    finally:
        name.unlink()
    _settle(file.parent)


def read_master_key(file: Path) -> MasterKey | None:
    """Read what a file holds now, by which the key reads itself again; None: no master key."""
    source = read_source("!file", file.name, file.parent)
    try:
        if source.secret is not None:
            return MasterKey.parse(source.secret.reveal(), partial(read_master_key, file))
    except BadMasterKey:
        pass
    return None


def exchange_master_key(file: Path, old: MasterKey, new: MasterKey) -> Path:
    """
    Put a new key in the place of the old one, durably; owner and mode stay.

    Give the path beside it where the old key is now. What stands there already is the old key, of
    an exchange that was cut short.

    Raises:
        OSError: the folder is not writable, or the owner cannot be kept.
    """
    file = file.resolve()  # a link stays a link
    kept = file.with_name(f"{file.name}.{old.mark}")
    if not kept.exists():
        _replace(kept, old.text(), like=file)
    _replace(file, new.text(), like=file)
    return kept


def _replace(file: Path, text: str, like: Path) -> None:
    found = like.stat()
    name = _written(file, text)
    try:
        os.chown(name, found.st_uid, found.st_gid)
        name.chmod(found.st_mode & 0o777)
        name.replace(file)
    except OSError:
        name.unlink()
        raise
    _settle(file.parent)


def _written(file: Path, text: str) -> Path:
    """Write a text beside a file, for its owner alone; give where."""
    opened, name = tempfile.mkstemp(prefix=".master-key-", dir=file.parent)  # mode 0600
    try:
        with os.fdopen(opened, "wb") as stream:
            give_to_owner(opened, file.parent)
            stream.write(text.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)


def _settle(folder: Path) -> None:
    """Make names durable."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
