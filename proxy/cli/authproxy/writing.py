"""The file and the secrets beside it: all of them, or none; never over one that exists."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import yaml

from proxy.cli.authproxy.directories import SecretFile
from proxy.cli.authproxy.remarks import Remark
from proxy.cli.authproxy.translation import Translated

MODE: Final = 0o600


class _Writer(yaml.SafeDumper):
    """Writes a secret as `!file NAME`, and nothing by reference."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - yaml's signature
        return True


def _file(writer: yaml.SafeDumper, file: SecretFile) -> yaml.ScalarNode:
    return writer.represent_scalar("!file", file.name)


_Writer.add_representer(SecretFile, _file)


def written(translated: Translated, source: Path) -> str:
    """Write the configuration as YAML, what is to be known of it at its head."""
    head = [
        f"# Made from {source.name} by `countersign import`; what to know, with its line there:"
    ]
    head += [f"# {_told(remark)}" for remark in translated.remarks]
    head += ["# Every key is explained in docs/configuration.md and docs/reference.md.", "", ""]
    body = yaml.dump(
        translated.keys, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100
    )
    return "\n".join(head) + body


def _told(remark: Remark) -> str:
    return f"{remark.line}: {remark.kind}: {remark.message}"


@contextmanager
def new_files(files: Sequence[tuple[Path, bytes]]) -> Iterator[None]:
    """
    Write files of mode 0600; take all of them away again where the block raises.

    Raises:
        FileExistsError: one is there already; nothing is left of the others.
        OSError: one cannot be written.
    """
    made: list[Path] = []
    try:
        for path, octets in files:
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, MODE)
            made.append(path)
            with os.fdopen(opened, "wb") as file:
                file.write(octets)
        yield
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise
