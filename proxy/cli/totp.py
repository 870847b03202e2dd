"""`countersign totp`: codes from an authenticator app."""

from urllib.parse import urlsplit

import click

from proxy.cli.invocation import Invocation, Misuse, Refusal
from proxy.cli.output import as_json, show_json, show_qr, with_qr
from proxy.cli.people import account_to_enrol, known_account
from proxy.cli.totp_import import import_seeds
from proxy.factors.totp import BadSeed, TotpSeed, new_seed, otpauth_uri, read_seed
from proxy.store import accounts, announcements
from proxy.store import totp as seeds
from proxy.store.session import Session


@click.group()
def totp() -> None:
    """Codes from an authenticator app."""


totp.add_command(import_seeds)


@totp.command()
@click.argument("user")
@click.option("--seed", "seed_text", metavar="BASE32", help="A seed that the app has already.")
@click.option("--replace", is_flag=True, help="Take the place of the seed that is enrolled.")
@with_qr
@as_json
@click.pass_obj
def enroll(
    invocation: Invocation,
    user: str,
    seed_text: str | None,
    replace: bool,
    qr: bool,
    as_json: bool,
) -> None:
    """Enrol an authenticator app; print the otpauth:// URI that it reads."""
    seed = _seed(seed_text)
    master = invocation.master()
    account = account_to_enrol(invocation, user)

    def keep(session: Session) -> bool:
        if accounts.enrolments(session, account.id).has("totp") and not replace:
            return False
        seeds.enroll(session, master, account.id, seed, invocation.now())
        announcements.add(session, account.id, "totp-enrolled", "", invocation.now())
        return True

    if not invocation.database().now(keep):
        raise Refusal(f"{account.user_name} has TOTP already; --replace makes the old app useless")
    issuer = urlsplit(invocation.settings().web.url).hostname or "Countersign"
    uri = otpauth_uri(seed, account.user_name, issuer)
    if as_json:
        show_json({"directory": account.directory, "user": account.user_name, "uri": uri})
        return
    click.echo(uri)
    if qr:
        show_qr(uri)


def _seed(text: str | None) -> TotpSeed:
    if text is None:
        return new_seed()
    try:
        return read_seed(text)
    except BadSeed as error:
        raise Misuse(str(error)) from None


@totp.command()
@click.argument("user")
@click.pass_obj
def remove(invocation: Invocation, user: str) -> None:
    """Forget a person's authenticator app."""
    account = known_account(invocation, user)

    def forget(session: Session) -> bool:
        if not seeds.remove(session, account.id):
            return False
        announcements.add(session, account.id, "totp-removed", "", invocation.now())
        return True

    if not invocation.database().now(forget):
        raise Refusal(f"{account.user_name} has no TOTP")
