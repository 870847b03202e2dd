"""`countersign recovery`: codes on paper, each good once."""

import click

from proxy.cli.invocation import Invocation
from proxy.cli.output import as_json, show_json
from proxy.cli.people import account_to_enrol
from proxy.store import announcements
from proxy.store import recovery as codes_store
from proxy.store.session import Session


@click.group()
def recovery() -> None:
    """Recovery codes."""


@recovery.command()
@click.argument("user")
@as_json
@click.pass_obj
def issue(invocation: Invocation, user: str, as_json: bool) -> None:
    """Print a new set of codes, this once; the old set ends."""
    master = invocation.master()
    account = account_to_enrol(invocation, user)

    def make(session: Session) -> list[str]:
        announcements.add(session, account.id, "recovery-issued", "", invocation.now())
        return codes_store.issue(session, master, account.id, invocation.now())

    codes = invocation.database().now(make)
    if as_json:
        show_json({"directory": account.directory, "user": account.user_name, "codes": codes})
        return
    for code in codes:
        click.echo(code)
