"""`countersign key`: the master key, and the keys that sign approval requests."""

from pathlib import Path
from typing import assert_never

import click

from proxy.cli.invocation import Invocation, Misuse, Refusal
from proxy.cli.key_rotate import rotate
from proxy.cli.output import as_json, moment, show_json
from proxy.settings.master_key import KeyExists, create_master_key
from proxy.store import master_key_exchange, server_keys
from proxy.store.master_key_exchange import Exchange
from proxy.store.server_keys import ServerKey
from proxy.store.session import Session


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


key.add_command(rotate)


@key.command("list")
@as_json
@click.pass_obj
def list_keys(invocation: Invocation, as_json: bool) -> None:
    """Show which keys there are: a mark of the master key, the ids of the signing keys."""
    master, now = invocation.master(), invocation.now()

    def look(session: Session) -> tuple[Exchange | None, list[ServerKey]]:
        return master_key_exchange.under_way(session, master), server_keys.list_keys(session, now)

    exchange, keys = invocation.database().now(look)
    following = None if exchange is None else exchange.new.mark
    if as_json:
        show_json(
            {
                "master": master.mark,
                "next_master": following,
                "requests": [one.kid for one in keys if one.state != "ended"],
                "request_keys": [_members(one) for one in keys],
            }
        )
        return
    click.echo(f"master    {master.mark}")
    if following is not None:
        click.echo(f"master    {following}  its exchange is not finished: `key rotate master`")
    for one in keys:
        click.echo(f"requests  {one.kid}  {_said(one)}")


def _members(one: ServerKey) -> dict[str, str | None]:
    return {
        "kid": one.kid,
        "state": one.state,
        "created_at": moment(one.created_at),
        "signs_from": moment(one.signs_from),
        "ends_at": moment(one.ended_at),
    }


def _said(one: ServerKey) -> str:
    match one.state:
        case "waits":
            return f"published, signs from {moment(one.signs_from)}"
        case "signs" if one.ended_at is None:
            return "signs"
        case "signs":
            return f"signs, published until {moment(one.ended_at)}"
        case "published":
            return f"published until {moment(one.ended_at)}"
        case "ended":
            return f"ended {moment(one.ended_at)}"
        case _:
            assert_never(one.state)
