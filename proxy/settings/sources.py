"""
Where a secret comes from: written out, or `!file PATH`, `!env NAME`, `!credential NAME`.

A source that cannot be read is a value too: the key that wants it says so with its line, and the
master key's file may be missing until `countersign key create` or the first `serve` makes it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from proxy.secret import Secret

TAGS = ("!file", "!env", "!credential")
SECRET_LIMIT = 65_536  # octets; far above any key or password, so that a wrong path is no disaster


@dataclass(frozen=True, slots=True)
class Source:
    """A secret as the configuration names it."""

    secret: Secret | None
    """None: it could not be read, or is empty."""
    fault: str | None = None
    """Why it could not be read."""
    file: Path | None = None
    """Of a `!file` or `!credential`."""
    missing: bool = False
    """The file does not exist."""
    tag: str | None = None
    """None: written out."""


def read_source(tag: str, argument: str, folder: Path) -> Source:
    """Read a tagged secret; relative paths start at *folder*."""
    match tag:
        case "!env":
            text = os.environ.get(argument)
            if not text:
                return Source(None, f"found no environment variable {argument}", tag=tag)
            return Source(Secret(text.encode()), tag=tag)
        case "!credential":
            return _credential(argument)
        case _ if "\0" in argument:
            return Source(None, "found NUL in a file's name", tag=tag)
        case _:
            return _read(tag, folder / argument)


def _credential(name: str) -> Source:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        fault = "found !credential without CREDENTIALS_DIRECTORY, which systemd sets for a service"
        return Source(None, fault, tag="!credential")
    if "/" in name or "\0" in name or name in {"", ".", ".."}:
        return Source(None, f"found credential name {name!r}, wanted one without /")
    return _read("!credential", Path(folder) / name)


def _read(tag: str, file: Path) -> Source:
    try:
        with file.open("rb") as opened:
            octets = opened.read(SECRET_LIMIT + 1)
    except FileNotFoundError:
        return Source(None, f"found no file {file}", file, missing=True, tag=tag)
    except OSError as error:
        return Source(None, f"cannot read {file}: {error.strerror}", file, tag=tag)
    if len(octets) > SECRET_LIMIT:
        return Source(None, f"found more than {SECRET_LIMIT} octets in {file}", file, tag=tag)
    octets = octets.removesuffix(b"\n").removesuffix(b"\r")
    if not octets:
        return Source(None, f"found an empty file {file}", file, tag=tag)
    return Source(Secret(octets), None, file, tag=tag)
