"""`countersign bypass`: break-glass; for a while the first factor suffices."""

import os
import pwd
from typing import Any, Final

import click

from proxy.accounts.bypass import LONGEST, REASON_LENGTH, reason_of
from proxy.cli.invocation import Invocation, Misuse, Refusal
from proxy.cli.output import as_json, moment, show_json, show_table
from proxy.cli.people import known_account
from proxy.login.request import PORTAL
from proxy.settings.values import parse_duration
from proxy.store import bypasses
from proxy.store.bypasses import ListedBypass

SHORTEST: Final = 60.0
"""Seconds; less is over before a person has typed a password."""


class _WithMake(click.Group):
    """A group whose first command needs no name: `bypass alice --for 30m --reason TEXT`."""

    default = "make"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command's name before what is none."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


class _Length(click.ParamType[float]):
    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = parse_duration(value) if isinstance(value, str) else None
        if seconds is None or not SHORTEST <= seconds <= LONGEST:
            self.fail(f"found {value!r}, wanted a duration such as 30m, from 1m to 4h", param, ctx)
        return seconds


class _Reason(click.ParamType[str]):
    name = "text"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        reason = reason_of(value) if isinstance(value, str) else None
        if reason is None:
            self.fail(f"wanted a reason of 1 to {REASON_LENGTH} printable characters", param, ctx)
        return reason


_user = click.argument("user", required=False)
_client = click.option("--client", metavar="NAME", help="Everyone at this client.")


@click.group(cls=_WithMake)
def bypass() -> None:
    """
    Let the password suffice for a while: USER or --client, --for, --reason.

    A person who is called as one of the commands below is written DIRECTORY/USER.
    """


@bypass.command()
@_user
@_client
@click.option("--for", "seconds", type=_Length(), required=True, metavar="DURATION", help="1m-4h.")
@click.option("--reason", type=_Reason(), required=True, metavar="TEXT", help="Kept and logged.")
@click.pass_obj
def make(
    invocation: Invocation, user: str | None, client: str | None, seconds: float, reason: str
) -> None:
    """
    Let the password suffice, of a person or of everyone at a client; the name may be left out.

    It ends by itself, or by `bypass end`; a newer one ends an older one.
    """
    account_id, name = _subject(invocation, user, client)
    now = invocation.now()
    made = invocation.database().now(
        lambda session: bypasses.make(
            session,
            account_id=account_id,
            client=client,
            reason=reason,
            made_by=_maker(),
            now=now,
            ends_at=now + seconds,
        )
    )
    click.echo(f"bypass {made}: the first factor suffices for {name} until {moment(now + seconds)}")


@bypass.command()
@_user
@_client
@click.pass_obj
def end(invocation: Invocation, user: str | None, client: str | None) -> None:
    """End a bypass now."""
    account_id, name = _subject(invocation, user, client)
    now = invocation.now()
    if not invocation.database().now(
        lambda session: bypasses.end(session, account_id=account_id, client=client, now=now)
    ):
        raise Refusal(f"no bypass holds for {name}")


@bypass.command("list")
@click.option("--all", "past", is_flag=True, help="Those that are over too.")
@as_json
@click.pass_obj
def list_bypasses(invocation: Invocation, past: bool, as_json: bool) -> None:
    """List the bypasses that hold."""
    now = invocation.now()
    found = invocation.database().now(bypasses.list_all)
    facts = [bypass_facts(one, now) for one in found if past or one.holds(now)]
    if as_json:
        show_json(facts)
        return
    rows = [
        (str(one["id"]), one["subject"], one["holds"], one["until"], one["made_by"], one["reason"])
        for one in [{**fact, "holds": "yes" if fact["holds"] else "no"} for fact in facts]
    ]
    show_table(("ID", "FOR", "HOLDS", "UNTIL", "BY", "REASON"), rows)


def bypass_facts(one: ListedBypass, now: float) -> dict[str, Any]:
    """Give what is shown of a bypass."""
    until = one.bypass.ends_at if one.ended_at is None else min(one.ended_at, one.bypass.ends_at)
    return {
        "id": one.bypass.id,
        "subject": one.subject,
        "reason": one.bypass.reason,
        "made_by": one.made_by,
        "made_at": moment(one.made_at),
        "until": moment(until),
        "holds": one.holds(now),
    }


def _subject(
    invocation: Invocation, user: str | None, client: str | None
) -> tuple[int | None, str]:
    """Give the account, or None for a client; and how either is called."""
    if (user is None) == (client is None):
        raise click.UsageError("wanted USER or --client NAME")
    if client is not None:
        if client == PORTAL or client not in invocation.settings().clients:
            known = ", ".join(invocation.settings().clients) or "none is configured"
            raise Misuse(f"found client {client!r}, wanted the name of a client: {known}")
        return None, f"client {client}"
    assert user is not None
    account = known_account(invocation, user)
    return account.id, f"{account.directory}/{account.user_name}"


def _maker() -> str:
    """Name the user of the operating system; who used sudo is named as themselves."""
    uid = int(os.environ["SUDO_UID"]) if os.environ.get("SUDO_UID", "").isdigit() else os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name[:64]
    except KeyError:
        return f"uid {uid}"
