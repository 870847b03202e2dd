"""
`countersign totp import`: the seeds of a file, all or none, in one transaction.

Each fault is told by file and line. A person's seed is not replaced unless that is asked for; one
that a person has already is no fault, so that the same file may be imported again.
"""

import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import click

from proxy.accounts.account import Person
from proxy.cli.invocation import Invocation, Misuse, Refusal
from proxy.cli.output import as_json, show_json
from proxy.cli.people import must_be_the_same, persons_of
from proxy.factors.seed_files.entry import BadFile, Entry, Fault, SeedFile
from proxy.factors.seed_files.pskc_encryption import Unlock
from proxy.factors.seed_files.reading import FILE_LIMIT, read_seeds
from proxy.ldap.names import BadName, parse_dn
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.settings.sources import read_source
from proxy.store import accounts
from proxy.store import totp as seeds
from proxy.store.session import Session

_file: Final = click.Path(path_type=Path, dir_okay=False)

Outcome = Literal["enrolled", "replaced", "unchanged"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one seed."""

    line: int
    person: Person
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Terms:
    """How an import is meant."""

    replace: bool
    partial: bool
    dry_run: bool


class _NotKept(Exception):  # noqa: N818 - it undoes a transaction and says what it would have done
    """Nothing was kept."""

    def __init__(self, imported: list[Imported], faults: list[Fault]) -> None:
        super().__init__()
        self.imported = imported
        self.faults = faults


@click.command("import")
@click.argument("file", type=_file)
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
@click.option("--replace", is_flag=True, help="Take the place of seeds that are enrolled.")
@click.option("--partial", is_flag=True, help="Import what is good although other lines are not.")
@click.option("--key-file", type=_file, help="PSKC: the shared key, in hexadecimal.")
@click.option("--passphrase-file", type=_file, help="PSKC: the passphrase of the key.")
@as_json
@click.pass_obj
def import_seeds(
    invocation: Invocation,
    file: Path,
    dry_run: bool,
    replace: bool,
    partial: bool,
    key_file: Path | None,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """
    Enrol the seeds of FILE, so that people keep the apps and tokens they have.

    FILE has `username,base32seed` lines, or is a PSKC container (RFC 6030). Nothing is enrolled
    unless every line is good.
    """
    terms = Terms(replace, partial, dry_run)
    unlock = Unlock(_key(key_file), _secret(passphrase_file))
    try:
        found = read_seeds(_octets(file), unlock, invocation.now())
    except BadFile as error:
        raise Misuse(_worded(file, error.fault)) from None
    if found.is_signed:
        click.echo(f"countersign: {file}: its signature was not verified", err=True)
    imported, refused = _imported(invocation, found, terms)
    faults = sorted([*found.faults, *refused])
    for fault in faults:
        click.echo(_worded(file, fault), err=True)
    kept = imported if partial or not faults else []
    _show(kept, faults, terms, as_json=as_json)
    if faults:
        raise click.exceptions.Exit(2 if found.faults else 1)


def _octets(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(FILE_LIMIT + 1)
    except OSError as error:
        raise Misuse(f"cannot read {file}: {error.strerror}") from None


def _secret(file: Path | None) -> Secret | None:
    if file is None:
        return None
    source = read_source("!file", str(file), Path())
    if source.secret is None:
        raise Misuse(source.fault or f"found an empty file {file}")
    return source.secret


def _key(file: Path | None) -> Secret | None:
    secret = _secret(file)
    if secret is None:
        return None
    try:
        return Secret(binascii.unhexlify(b"".join(secret.reveal().split())))
    except binascii.Error:
        raise Misuse(f"found no hexadecimal in {file}, wanted a key of 32 digits or more") from None


def _imported(
    invocation: Invocation, found: SeedFile, terms: Terms
) -> tuple[list[Imported], list[Fault]]:
    """Give what became of each seed, and why others were refused."""
    entries, faults = _with_persons(invocation, found)
    master = invocation.master()
    undo = terms.dry_run or (bool(found.faults) and not terms.partial)

    def keep(session: Session) -> tuple[list[Imported], list[Fault]]:
        imported: list[Imported] = []
        refused = list(faults)
        for entry, person in entries:
            outcome = _keep(session, master, entry, person, invocation.now(), terms)
            if isinstance(outcome, Fault):
                refused.append(outcome)
            else:
                imported.append(Imported(entry.line, person, outcome))
        if undo or (refused and not terms.partial):
            raise _NotKept(imported, refused)
        return imported, refused

    try:
        return invocation.database().now(keep)
    except _NotKept as not_kept:
        return not_kept.imported, not_kept.faults


def _with_persons(
    invocation: Invocation, file: SeedFile
) -> tuple[list[tuple[Entry, Person]], list[Fault]]:
    """Find whose each seed is; nobody may stand twice."""
    if not file.entries:
        return [], []
    owners = [entry.owner for entry in file.entries]
    persons = persons_of(invocation, [*map(_user_name, owners)] if file.names_entries else owners)
    found: list[tuple[Entry, Person]] = []
    faults: list[Fault] = []
    lines: dict[tuple[str, str], int] = {}
    for entry, person in zip(file.entries, persons, strict=True):
        if isinstance(person, str):
            faults.append(Fault(entry.line, person))
            continue
        first = lines.setdefault((person.directory, person.user_name), entry.line)
        if first != entry.line:
            message = f"found {person.user_name} again, with a seed in line {first} already"
            faults.append(Fault(entry.line, message))
            continue
        found.append((entry, person))
    return found, faults


def _user_name(owner: str) -> str:
    """Give the user name of an owner; of a distinguished name (RFC 6030) the first value."""
    if "=" not in owner:
        return owner
    try:
        return parse_dn(owner)[0][0][1]
    except BadName:
        return owner


def _keep(
    session: Session, master: MasterKey, entry: Entry, person: Person, now: float, terms: Terms
) -> Outcome | Fault:
    account = accounts.ensure(session, person, now)
    try:
        must_be_the_same(account)
    except Refusal as refusal:
        return Fault(entry.line, refusal.message)
    if seeds.has_this(session, master, account.id, entry.seed):
        return "unchanged"
    had = accounts.enrolments(session, account.id).has("totp")
    if had and not terms.replace:
        message = f"{account.user_name} has TOTP already; --replace makes the old app useless"
        return Fault(entry.line, message)
    seeds.enroll(session, master, account.id, entry.seed, now)
    return "replaced" if had else "enrolled"


def _worded(file: Path, fault: Fault) -> str:
    return f"{file}:{fault.line}: {fault.message}"


def _show(
    imported: Sequence[Imported], faults: Sequence[Fault], terms: Terms, *, as_json: bool
) -> None:
    if as_json:
        show_json(
            {
                "dry_run": terms.dry_run,
                "imported": [
                    {
                        "line": one.line,
                        "directory": one.person.directory,
                        "user": one.person.user_name,
                        "outcome": one.outcome,
                    }
                    for one in imported
                ],
                "faults": [{"line": one.line, "message": one.message} for one in faults],
            }
        )
        return
    for one in imported:
        click.echo(f"{one.person.user_name}  {one.outcome}")
    if terms.dry_run:
        click.echo("countersign: nothing was kept, as asked", err=True)
    elif faults and not terms.partial:
        click.echo("countersign: nothing was imported", err=True)
