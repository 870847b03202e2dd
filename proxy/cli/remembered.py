"""What `countersign account` shows of remembered logins, and how they are forgotten."""

from typing import Any

import click

from proxy.cli.invocation import Invocation, Refusal
from proxy.cli.output import moment
from proxy.cli.people import known_account
from proxy.store import remembered
from proxy.store.session import Session


def remembered_facts(session: Session, account_id: int, now: float) -> list[dict[str, Any]]:
    """Give what is remembered of a person, the newest first."""
    return [
        {
            "id": one.id,
            "client": one.client,
            "caller": one.caller,
            "factor": one.factor,
            "passed_at": moment(one.passed_at),
            "until": moment(one.until),
            "used_at": moment(one.used_at),
        }
        for one in remembered.listed(session, account_id, now)
    ]


def remembered_lines(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Word each for people."""
    return [("remembered", _worded(one)) for one in found]


def _worded(one: dict[str, Any]) -> str:
    where = f"{one['caller']} at {one['client']}"
    return f"{one['id']}: {one['factor']} of {one['passed_at']}, {where}, until {one['until']}"


@click.command()
@click.argument("user")
@click.option("--id", "remembered_id", type=int, help="This one alone, by `account show`.")
@click.pass_obj
def forget(invocation: Invocation, user: str, remembered_id: int | None) -> None:
    """Forget remembered logins: the next one wants a second factor."""
    found = known_account(invocation, user)
    database = invocation.database()
    count = database.now(lambda session: remembered.forget(session, found.id, remembered_id))
    if not count:
        what = "such login" if remembered_id is not None else "login"
        raise Refusal(f"no {what} of {found.user_name} is remembered")
