"""`countersign account`: what a person has enrolled, and what blocks them."""

import math
from typing import Any

import click

from proxy.accounts.lockout import waits_until
from proxy.cli.bypass import bypass_facts
from proxy.cli.invocation import Invocation, Refusal
from proxy.cli.output import as_json, moment, show_json, show_table
from proxy.cli.passkeys import passkey_facts, passkey_shown
from proxy.cli.people import known_account
from proxy.cli.pushes import push_facts, push_lines
from proxy.cli.remembered import forget, remembered_facts, remembered_lines
from proxy.cli.wrong_passwords import shield_facts, shield_line
from proxy.settings import plain
from proxy.settings.schema import Settings
from proxy.store import accounts, bypasses, devices, fatigue, shield, wrong_codes
from proxy.store.accounts import ListedAccount
from proxy.store.session import Session


@click.group()
def account() -> None:
    """Accounts: show, list, unlock, forget, block, unblock, decide."""


account.add_command(forget)


@account.command()
@click.argument("user")
@as_json
@click.pass_obj
def show(invocation: Invocation, user: str, as_json: bool) -> None:
    """Show enrolments, counters, and what blocks a person now."""
    account_id = known_account(invocation, user).id
    now = invocation.now()
    settings = invocation.settings()
    facts = invocation.database().now(lambda session: _facts(session, account_id, settings, now))
    if as_json:
        show_json(facts)
        return
    for name, value in _lines(facts):
        click.echo(f"{name + ':':<17}{value}")


def _facts(session: Session, account_id: int, settings: Settings, now: float) -> dict[str, Any]:
    found = accounts.by_id(session, account_id)
    if found is None:
        raise Refusal("the account was set aside just now")
    device = devices.active(session, account_id)
    failures = wrong_codes.of_account(session, account_id)
    until = waits_until(failures.count, failures.last_failed_at)
    waiting = until is not None and until > now
    return {
        **_listed(found),
        "stable_id": found.stable_id,
        "stranger_id": found.stranger_id,
        "device": device
        and {
            "id": device.id,
            "name": device.name,
            "enrolled_at": moment(device.enrolled_at),
            "passkey": passkey_facts(device),
        },
        "failures": failures.count,
        "last_failed_at": moment(failures.last_failed_at) if failures.count else None,
        "codes_wait_until": _until(until) if waiting else None,
        "shield": shield_facts(session, found.account, settings.shield, now),
        "bypasses": [
            bypass_facts(one, now) for one in bypasses.of_account(session, account_id, now)
        ],
        "pushes": push_facts(session, account_id, plain.defence(settings), now),
        "remembered": remembered_facts(session, account_id, now),
    }


def _until(until: float | None) -> str | None:
    return "unlock" if until == math.inf else moment(until)


def _listed(found: ListedAccount) -> dict[str, Any]:
    return {
        "directory": found.account.directory,
        "user": found.account.user_name,
        "blocked": found.account.blocked,
        "push": found.enrolments.has("push"),
        "totp": found.enrolments.has("totp"),
        "recovery_codes": found.enrolments.recovery_codes,
    }


_BLOCKED = {
    None: "nothing",
    "blocked": "an admin blocked it (`account unblock`)",
    "another-person": "another person has this name now (`account decide`)",
}


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    device = facts["device"]
    phone = f"{device['name']} ({device['id']}) since {device['enrolled_at']}" if device else "none"
    wait = facts["codes_wait_until"]
    failures = str(facts["failures"])
    if wait == "unlock":
        failures += ", no code is looked at until `account unlock`"
    elif wait:
        failures += f", no code is looked at until {wait}"
    return [
        ("account", f"{facts['directory']}/{facts['user']}"),
        ("stable id", facts["stable_id"] or "none"),
        ("blocked by", _BLOCKED[facts["blocked"]]),
        ("phone", phone),
        ("passkey", passkey_shown(device and device["passkey"])),
        ("TOTP", "enrolled" if facts["totp"] else "none"),
        ("recovery codes", str(facts["recovery_codes"])),
        ("wrong codes", failures),
        shield_line(facts["shield"]),
        *_bypass_lines(facts["bypasses"]),
        *push_lines(facts["pushes"]),
        *remembered_lines(facts["remembered"]),
    ]


def _bypass_lines(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (
            "bypass",
            f"the first factor suffices for {one['subject']} until {one['until']}: {one['reason']}",
        )
        for one in found
    ]


@account.command("list")
@as_json
@click.pass_obj
def list_accounts(invocation: Invocation, as_json: bool) -> None:
    """List the accounts that the store knows."""
    found = [_listed(one) for one in invocation.database().now(accounts.list_accounts)]
    if as_json:
        show_json(found)
        return
    rows = [
        (f"{one['directory']}/{one['user']}", "yes" if one["push"] else "no",
         "yes" if one["totp"] else "no", str(one["recovery_codes"]), one["blocked"] or "")
        for one in found
    ]  # fmt: skip
    show_table(("ACCOUNT", "PUSH", "TOTP", "RECOVERY", "BLOCKED"), rows)


@account.command()
@click.argument("user")
@click.pass_obj
def unlock(invocation: Invocation, user: str) -> None:
    """Forget wrong codes and passwords and failed pushes: the next is looked at, or sent."""
    found, now = known_account(invocation, user), invocation.now()

    def job(session: Session) -> bool:
        codes = wrong_codes.forget(session, found.id)
        person = (found.directory, found.user_name)
        passwords = shield.clear(session, found.id, person, now)
        return fatigue.forget(session, found.id) or codes or passwords

    if not invocation.database().now(job):
        raise Refusal(f"{found.user_name} has no wrong codes or passwords and no failed pushes")


@account.command()
@click.argument("user")
@click.pass_obj
def block(invocation: Invocation, user: str) -> None:
    """Let nobody pass under this account, waiting logins included."""
    found, now = known_account(invocation, user), invocation.now()
    if not invocation.database().now(lambda session: accounts.block(session, found.id, now)):
        raise Refusal(f"{found.user_name} is blocked already")


@account.command()
@click.argument("user")
@click.pass_obj
def unblock(invocation: Invocation, user: str) -> None:
    """Take `block` back."""
    found = known_account(invocation, user)
    if not invocation.database().now(lambda session: accounts.unblock(session, found.id)):
        raise Refusal(f"{found.user_name} is not blocked")


@account.command()
@click.argument("user")
@click.option("--same-person/--new-person", "same_person", default=None, help="Who it is.")
@click.pass_obj
def decide(invocation: Invocation, user: str, same_person: bool | None) -> None:
    """
    Say whose a name is that came back with another stable id.

    The same person keeps what is enrolled; for a new person it is set aside.
    """
    if same_person is None:
        raise click.UsageError("wanted --same-person or --new-person")
    found, now = known_account(invocation, user), invocation.now()
    if found.blocked != "another-person":
        raise Refusal(f"{found.user_name} is the person who enrolled, nothing is to decide")
    invocation.database().now(
        lambda session: accounts.decide_stranger(
            session, found.id, same_person=same_person, now=now
        )
    )
