"""
`countersign key rotate`: another key in the place of the one there is, while the daemon runs.

A rotation of the master key that was cut short, at whatever step, is gone on with by the next call.
"""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import click

from proxy.cli.invocation import Invocation, Misuse, Refusal
from proxy.cli.output import as_json, moment, show_json
from proxy.sealing import BadMasterKey, MasterKey
from proxy.settings.master_key import KeyExists, exchange_master_key, write_master_key
from proxy.store import devices, master_key_exchange, server_keys
from proxy.store import totp as seeds
from proxy.store.database import Database
from proxy.store.master_key_exchange import Exchange, Position


@click.command()
@click.argument("which", type=click.Choice(["master", "requests"]))
@click.option("--compromised", is_flag=True, help="Somebody may have the old key: it ends at once.")
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write the new master key if the configuration reads it from no !file.",
)
@as_json
@click.pass_obj
def rotate(
    invocation: Invocation,
    which: Literal["master", "requests"],
    compromised: bool,
    to: Path | None,
    as_json: bool,
) -> None:
    """
    Exchange the master key, or the key that signs approval requests.

    `master` seals everything anew under a new key, while the daemon runs; cut short, the next call
    goes on. `requests` publishes a new key, which signs in 30 days: until then every phone learns
    it.
    """
    if which == "master":
        _rotate_master(invocation, to, compromised=compromised, as_json=as_json)
        return
    if to is not None:
        raise Misuse("--to is for the master key alone")
    _rotate_requests(invocation, compromised=compromised, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the new master key is written."""

    file: Path
    exchanged: bool
    """The configuration reads its key from there: the new one takes the place of the old one."""


def _rotate_master(
    invocation: Invocation, to: Path | None, *, compromised: bool, as_json: bool
) -> None:
    master, database = invocation.master(), invocation.database()
    place = _place(invocation, to)
    exchange = database.now(
        lambda session: master_key_exchange.begin(session, master, invocation.now())
    )
    _reseal(database, master, exchange.new)
    old = _mark(exchange)
    kept = None
    if master.mark != exchange.new.mark:
        assert exchange.old is not None
        if not place.exchanged:
            _write_out(place.file, exchange.new)
            _tell_what_is_left(exchange, place.file, as_json=as_json)
            return
        try:
            kept = exchange_master_key(place.file, exchange.old, exchange.new)
        except OSError as error:
            raise Misuse(f"cannot write {place.file}: {error.strerror}") from None
    database.now(
        lambda session: master_key_exchange.finish(
            session, exchange.new, invocation.now(), compromised=compromised
        )
    )
    if compromised:
        _forget_joins(database, invocation.now())
    database.settle()
    told = {"state": "done", "master": exchange.new.mark, "old": old, "old_file": _text(kept)}
    if as_json:
        show_json(told)
    else:
        click.echo(f"master    {exchange.new.mark}")
    _advise(database, kept, compromised=compromised)


def _place(invocation: Invocation, to: Path | None) -> Place:
    """Find out where the new key goes, before anything is begun."""
    file = invocation.settings().master_key.file
    if file is None:
        if to is None:
            raise Misuse(
                "master_key is no !file in the configuration, wanted --to FILE for the new key"
            )
        return Place(to, exchanged=False)
    if to is not None:
        raise Misuse(f"master_key is !file {file}, which gets the new key; wanted no --to")
    if not os.access(file.resolve().parent, os.W_OK):
        raise Misuse(f"cannot write in {file.resolve().parent}, wanted a folder for the new key")
    return Place(file, exchanged=True)


def _reseal(database: Database, master: MasterKey, new: MasterKey) -> None:
    at: Position | None = Position()
    while at is not None:
        at = database.now(partial(master_key_exchange.reseal, master=master, new=new, at=at))


def _forget_joins(database: Database, now: float) -> None:
    after: str | None = ""
    while after is not None:
        after = database.now(partial(master_key_exchange.forget_joins, now=now, after=after))


def _write_out(file: Path, new: MasterKey) -> None:
    """Write the new key where it is asked for; a call before this one may have done so."""
    try:
        write_master_key(file, new.text())
    except KeyExists as error:
        if not _holds(file, new):
            raise Refusal(f"{error}: wanted a new file") from None
    except OSError as error:
        raise Misuse(f"cannot write {file}: {error.strerror}") from None


def _holds(file: Path, key: MasterKey) -> bool:
    try:
        return MasterKey.parse(file.read_bytes()).mark == key.mark
    except (OSError, BadMasterKey):
        return False


def _mark(exchange: Exchange) -> str | None:
    return None if exchange.old is None else exchange.old.mark


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _tell_what_is_left(exchange: Exchange, file: Path, *, as_json: bool) -> None:
    if as_json:
        told = {"state": "waiting", "master": _mark(exchange), "next": exchange.new.mark}
        show_json({**told, "file": str(file)})
    else:
        click.echo(str(file))
    _say(
        f"everything is sealed under the new key, which is in {file}; put it where the "
        "configuration reads the master key, restart the daemon, and run this again: that ends "
        "the old key"
    )


def _advise(database: Database, kept: Path | None, *, compromised: bool) -> None:
    if kept is not None:
        _say(f"the old key is in {kept}, for older backups of the store; delete it with them")
    if not compromised:
        return
    people = database.now(seeds.count)
    _say("restart the daemon: it takes new keys for the digests of passwords when it starts")
    _say("`countersign key rotate requests --compromised` makes a new key for approval requests")
    _say(f"seeds that the old key has sealed: {people}; `countersign totp enroll USER --replace`")


def _rotate_requests(invocation: Invocation, *, compromised: bool, as_json: bool) -> None:
    master, database = invocation.master(), invocation.database()
    now = invocation.now()
    make = server_keys.replace_compromised if compromised else server_keys.add_key
    try:
        kid = database.now(lambda session: make(session, master, now).kid)
    except server_keys.NextKeyWaits as error:
        raise Refusal(
            f"key {error.kid} is published already and signs from {moment(error.signs_from)}; "
            "--compromised ends it too"
        ) from None
    signs_from = now if compromised else now + server_keys.PUBLISHED_BEFORE
    if as_json:
        show_json({"kid": kid, "signs_from": moment(signs_from)})
    else:
        click.echo(f"requests  {kid}  signs from {moment(signs_from)}")
    if compromised:
        phones = database.now(devices.count)
        _say(f"phones that learn the new key when they next look for requests: {phones}")


def _say(text: str) -> None:
    click.echo(f"countersign: {text}", err=True)
