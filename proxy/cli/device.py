"""`countersign device`: phones."""

from typing import Any
from urllib.parse import urlsplit

import click

from proxy.accounts.account import Account
from proxy.accounts.device import Device
from proxy.accounts.enrolment import enrolment_url
from proxy.cli.invocation import Invocation, Refusal
from proxy.cli.output import as_json, moment, show_json, show_qr, show_table, with_qr
from proxy.cli.passkeys import passkey_facts, passkey_shown
from proxy.cli.people import account_to_enrol, known_account
from proxy.factors import pipush
from proxy.factors.rsa_keys import RsaSigningKey
from proxy.sealing import MasterKey
from proxy.settings.values import parse_duration
from proxy.store import devices, privacyidea, subscriptions

LONGEST_TTL = 7 * 86_400.0  # seconds; an invitation is a key, and lies in a mailbox


class _Ttl(click.ParamType[float]):
    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = parse_duration(value) if isinstance(value, str) else None
        if seconds is None or not 1 <= seconds <= LONGEST_TTL:
            self.fail(f"found {value!r}, wanted a duration such as 15m, from 1s to 7d", param, ctx)
        return seconds


@click.group()
def device() -> None:
    """Phones: invite, list, revoke."""


@device.command()
@click.argument("user")
@click.option("--replace", is_flag=True, help="Retire the phone that the person has.")
@click.option("--ttl", type=_Ttl(), default="15m", show_default=True, metavar="DURATION")
@click.option(
    "--app",
    type=click.Choice(["countersign", "privacyidea"]),
    default="countersign",
    show_default=True,
    help="The app on the phone; privacyidea: the privacyIDEA Authenticator.",
)
@with_qr
@as_json
@click.pass_obj
def invite(
    invocation: Invocation, user: str, replace: bool, ttl: float, app: str, qr: bool, as_json: bool
) -> None:
    """
    Print the URL with which a person enrols a phone, once; it ends an older one.

    For the privacyIDEA Authenticator it is an otpauth:// URI, which that app scans (--qr).
    """
    master = invocation.master()
    account = account_to_enrol(invocation, user)
    if account.blocked is not None:
        raise Refusal(f"{account.user_name} is blocked: `countersign account unblock` first")
    now = invocation.now()
    make = _url if app == "countersign" else _uri
    try:
        url = make(invocation, master, account, replace=replace, ttl=ttl, now=now)
    except devices.HasDevice as found:
        raise Refusal(f"{found}; --replace retires it") from None
    if as_json:
        person = {"directory": account.directory, "user": account.user_name}
        show_json({**person, "url": url, "expires_at": moment(now + ttl)})
        return
    click.echo(url)
    if qr:
        show_qr(url)


def _url(
    invocation: Invocation,
    master: MasterKey,
    account: Account,
    *,
    replace: bool,
    ttl: float,
    now: float,
) -> str:
    """Give the link of an invitation for our own app."""
    code = invocation.database().now(
        lambda session: devices.invite(
            session, master, account.id, replace=replace, ttl=ttl, now=now
        )
    )
    return enrolment_url(invocation.settings().web.url, code)


def _uri(
    invocation: Invocation,
    master: MasterKey,
    account: Account,
    *,
    replace: bool,
    ttl: float,
    now: float,
) -> str:
    """Give what the privacyIDEA Authenticator scans; the first time, make the server's key."""
    database, url = invocation.database(), invocation.settings().web.url
    if not database.now(privacyidea.has_key):
        key = RsaSigningKey.create()
        database.now(lambda session: privacyidea.keep_key(session, master, key, now))
    invited = database.now(
        lambda session: privacyidea.invite(
            session, master, account.id, replace=replace, ttl=ttl, now=now
        )
    )
    return pipush.enrolment_uri(
        url=url,
        serial=invited.serial,
        credential=invited.credential,
        label=account.user_name,
        issuer=urlsplit(url).hostname or "Countersign",
        ttl=ttl,
    )


@device.command("list")
@click.argument("user", required=False)
@click.option("--all", "retired_too", is_flag=True, help="Show retired phones too.")
@as_json
@click.pass_obj
def list_devices(
    invocation: Invocation, user: str | None, retired_too: bool, as_json: bool
) -> None:
    """List phones, of one person or of all."""
    account_id = None if user is None else known_account(invocation, user).id
    every, woken = invocation.database().now(
        lambda session: (
            devices.list_devices(session, account_id),
            subscriptions.hosts(session),
        )
    )
    found = [one for one in every if retired_too or one.retired_at is None]
    if as_json:
        show_json([_shown(one, woken.get(one.id)) for one in found])
        return
    rows = [
        (one.id, f"{one.directory}/{one.user_name}", one.name, moment(one.enrolled_at) or "",
         passkey_shown(passkey_facts(one)), one.retired_reason or "enrolled", woken.get(one.id, ""))
        for one in found
    ]  # fmt: skip
    show_table(("ID", "ACCOUNT", "NAME", "SINCE", "PASSKEY", "STATE", "WOKEN BY"), rows)


def _shown(one: Device, push_service: str | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "directory": one.directory,
        "user": one.user_name,
        "name": one.name,
        "app": "countersign" if one.kind == "app" else one.kind,
        "enrolled_at": moment(one.enrolled_at),
        "retired_at": moment(one.retired_at),
        "retired_reason": one.retired_reason,
        "push_service": push_service,
        "passkey": passkey_facts(one),
    }


_ID_MAY_BEGIN_WITH_A_HYPHEN = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
"""base64url has the hyphen; no option of one letter may be looked for in an id."""


@device.command(context_settings=_ID_MAY_BEGIN_WITH_A_HYPHEN)
@click.argument("device_id", metavar="ID")
@click.pass_obj
def revoke(invocation: Invocation, device_id: str) -> None:
    """End a phone for good, with all that waits for it."""
    now = invocation.now()
    if not invocation.database().now(
        lambda session: devices.retire(session, device_id, "revoked", now)
    ):
        raise Refusal(f"found no enrolled phone {device_id}")
