"""
`countersign import`: the configuration of the Duo Authentication Proxy, written as ours.

What was written is read again as `check` reads it: a file that has faults is not left behind.
"""

from dataclasses import asdict
from pathlib import Path

import click

from proxy.cli.authproxy.cfg import FILE_LIMIT, BadCfg, parse_cfg
from proxy.cli.authproxy.translation import Translated, translate
from proxy.cli.authproxy.writing import new_files, written
from proxy.cli.invocation import Misuse, Refusal
from proxy.cli.output import as_json, show_json
from proxy.settings.check import file_faults
from proxy.settings.finding import ConfigurationFaults
from proxy.settings.load import load

_path = click.Path(path_type=Path, dir_okay=False)


@click.command("import")
@click.argument("file", type=_path)
@click.option(
    "--output",
    type=_path,
    default=Path("countersign.yaml"),
    show_default=True,
    help="What to write; secrets get files beside it. Never over a file that exists.",
)
@click.option("--url", metavar="URL", help="web.url: how phones will reach this server.")
@as_json
def import_(file: Path, output: Path, url: str | None, as_json: bool) -> None:
    """
    Write the configuration of a Duo Authentication Proxy as one of Countersign.

    FILE is its authproxy.cfg. What has no counterpart here, or means something else, is told with
    its line.
    """
    try:
        translated = translate(parse_cfg(_octets(file)), file.absolute().parent, url)
    except BadCfg as error:
        for fault in error.faults:
            click.echo(f"{file}:{fault.line}: {fault.message}", err=True)
        raise click.exceptions.Exit(2) from None
    if translated is None:
        message = f"{file} has no [radius_server_auto] or its like that could be translated"
        raise Refusal(message)
    files = _write(translated, file, output)
    _show(translated, file, files, as_json=as_json)


def _octets(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(FILE_LIMIT + 1)
    except OSError as error:
        raise Misuse(f"cannot read {file}: {error.strerror}") from None


def _write(translated: Translated, source: Path, output: Path) -> list[Path]:
    folder = output.parent
    files = [
        (folder / one.name, one.secret.reveal() + b"\n")
        for one in translated.secrets
        if one.secret is not None
    ]
    files.append((output, written(translated, source).encode()))
    try:
        with new_files(files):
            _must_be_good(output)
    except FileExistsError as error:
        raise Misuse(f"found {error.filename}, which is not written over") from None
    except OSError as error:
        raise Misuse(f"cannot write {error.filename}: {error.strerror}") from None
    except ConfigurationFaults as error:
        for fault in error.faults:
            click.echo(str(fault), err=True)
        raise Misuse("nothing was written, since it would have had these faults") from None
    return [path for path, _ in files]


def _must_be_good(written_file: Path) -> None:
    """Read what was written as `check` does. Raises ConfigurationFaults."""
    faults = file_faults(load(written_file))
    if faults:
        raise ConfigurationFaults(faults)


def _show(translated: Translated, source: Path, files: list[Path], *, as_json: bool) -> None:
    if as_json:
        remarks = [{"file": str(source), **asdict(one)} for one in translated.remarks]
        show_json({"output": str(files[-1]), "files": [*map(str, files)], "remarks": remarks})
        return
    for remark in translated.remarks:
        click.echo(f"{source}:{remark.line}: {remark.kind}: {remark.message}")
    click.echo(f"countersign: wrote {files[-1]} and {len(files) - 1} secrets beside it", err=True)
