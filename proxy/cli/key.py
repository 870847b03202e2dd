"""`countersign key`: the master key, and the keys that sign approval requests."""

from pathlib import Path

import click

from proxy.cli.invocation import Invocation, Misuse, Refusal
from proxy.cli.output import as_json, show_json
from proxy.settings.master_key import KeyExists, create_master_key
from proxy.store import server_keys


@click.group()
def key() -> None:
    """Keys of the server."""


@key.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.pass_obj
def create(invocation: Invocation, file: Path | None) -> None:
    """Make the master key in FILE, or where the configuration says; never over one."""
    target = file or invocation.settings().master_key.file
    if target is None:
        raise Misuse("master_key is no !file in the configuration, wanted FILE")
    try:
        create_master_key(target)
    except KeyExists as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        raise Misuse(f"cannot write {target}: {error.strerror}") from None
    click.echo(str(target))


@key.command("list")
@as_json
@click.pass_obj
def list_keys(invocation: Invocation, as_json: bool) -> None:
    """Show which keys there are: a mark of the master key, the ids of the signing keys."""
    mark = invocation.master().derive("mark").hex()[:16]
    public = invocation.database().now(
        lambda session: server_keys.public_keys(session, invocation.now())
    )
    if as_json:
        show_json({"master": mark, "requests": [one.thumbprint for one in public]})
        return
    click.echo(f"master    {mark}")
    for one in public:
        click.echo(f"requests  {one.thumbprint}")
