"""`countersign phone`: a complete phone in a terminal."""

import json
import re
import ssl
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import click
from rich.console import Console

from proxy.factors.approval import Decision, shown_text
from proxy.factors.jwk import BadKey, SigningKey
from proxy.factors.key_list import parse_jwks
from proxy.phone import screen
from proxy.phone.client import Client, Refused, Unreachable
from proxy.phone.home import BadHome, Enrolled, Home, default_home
from proxy.phone.inbox import Inbox
from proxy.phone.watch import NO_PASSKEY, Said, Watch

_URL: Final = re.compile(r"(https://[^\s#?]+)/enroll#([0-9A-Za-z -]+)")

_home = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=default_home,
    show_default="~/.config/countersign-phone",
    help="Folder of this phone.",
)
_number = click.option("--number", help="The number that the login shows.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def phone() -> None:
    """A phone in a terminal: enrol it, watch for logins, approve or deny them."""


@phone.command()
@click.argument("url")
@click.option("--name", default="terminal", show_default=True, help="How the phone is listed.")
@_home
@click.option(
    "--ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="PEM file of the CA to trust, instead of the system's.",
)
def enroll(url: str, name: str, home: Path, ca: Path | None) -> None:
    """Make a key and enrol it by the link that `device invite` printed."""
    server, code = _parts(url)
    place, key = Home(home), SigningKey.create()
    trusted = None if ca is None else _certificates(ca)

    def call() -> Enrolled:
        place.must_be_new()
        place.keep_key(key)
        told = Client(server, key, trusted).enroll(code, name)
        keys = parse_jwks(told.get("server_keys"))
        kept = {kid: server_key.to_jwk() for kid, server_key in keys.items()}
        if told.get("issuer") != server or told.get("device_id") != key.kid:
            raise Unreachable("the server enrolled something else")
        account = shown_text(str(told.get("account", "")))
        return Enrolled(server, server, key.kid, account, kept, trusted)

    enrolled = _guarded(call)
    _guarded(lambda: place.keep_enrolled(enrolled))
    click.echo(f"enrolled {enrolled.account} at {enrolled.url}: {enrolled.device_id}")


@phone.command()
@_home
@click.option("--answer", type=click.Choice(["approve", "deny", "report"]), help="Do not ask.")
@_number
@click.option("--once", is_flag=True, help="End after the first request that was answered.")
@click.option("--timeout", type=float, help="End with status 3 after so many seconds.")
def watch(
    home: Path, answer: Decision | None, number: str | None, once: bool, timeout: float | None
) -> None:
    """Wait for approval requests; show them and ask, or answer them."""
    inbox, client = _guarded(lambda: _open(home))
    console = Console(highlight=False, soft_wrap=True)
    said = None if answer is None else Said(answer, number)
    person = screen.Terminal(console, client.now, said, asks=sys.stdin.isatty())
    person.tell("waiting for logins; Ctrl-C ends")
    watching = Watch(inbox, person, time.monotonic, time.sleep)
    sys.exit(_guarded(lambda: watching.run(once=once, timeout=timeout)))


@phone.command("list")
@_home
@_json
def list_(home: Path, as_json: bool) -> None:
    """Show the open requests."""
    inbox, client = _guarded(lambda: _open(home))
    found = _guarded(inbox.open)
    if as_json:
        click.echo(json.dumps([{**asdict(one.request), "others": one.others} for one in found]))
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in found:
        screen.show(console, one, client.now())
    if not found:
        click.echo("no open requests")


@phone.command()
@click.argument("approval_id", metavar="ID")
@_number
@_home
def approve(approval_id: str, number: str | None, home: Path) -> None:
    """Approve a request."""
    _answer_one(home, approval_id, "approve", number)


@phone.command()
@click.argument("approval_id", metavar="ID")
@_home
def deny(approval_id: str, home: Path) -> None:
    """Deny a request."""
    _answer_one(home, approval_id, "deny", None)


@phone.command()
@click.argument("approval_id", metavar="ID")
@_home
def report(approval_id: str, home: Path) -> None:
    """Deny a request and report that this was not you."""
    _answer_one(home, approval_id, "report", None)


@phone.command()
@_home
def confirm(home: Path) -> None:
    """Have this phone asked again, after too many requests were denied, reported or unanswered."""
    _, client = _guarded(lambda: _open(home))
    blocked = _guarded(client.me).get("push_blocked")
    if blocked is None:
        _fail(1, "nothing blocks the requests to this phone")
    _guarded(client.confirm)
    click.echo("this phone is asked again")


@phone.command()
@_home
def unenroll(home: Path) -> None:
    """End this phone; refused where it is the account's last factor."""
    _, client = _guarded(lambda: _open(home))
    _guarded(client.unenroll)
    Home(home).forget()
    click.echo("this phone is no longer enrolled")


def _answer_one(home: Path, approval_id: str, decision: Decision, number: str | None) -> None:
    inbox, _ = _guarded(lambda: _open(home))
    found = [one for one in _guarded(inbox.open) if one.request.id.startswith(approval_id)]
    if len(found) != 1:
        _fail(1, "no such open request" if not found else "several requests begin so")
    if decision == "approve" and found[0].request.verify_user:
        _fail(1, f"not answered: {NO_PASSKEY}")
    if decision == "approve" and found[0].request.number_digits and number is None:
        _fail(1, "a number is asked: give it with --number")
    _guarded(lambda: inbox.answer(found[0], decision, number))
    click.echo(f"{screen.TOLD[decision]}: {found[0].request.id}")


def _parts(url: str) -> tuple[str, str]:
    """Give server and code of an enrolment link."""
    found = _URL.fullmatch(url.strip())
    if found is None or not _is_server(found[1]):
        _fail(2, "wanted the whole link: https://HOST/enroll#CODE")
    return found[1], found[2]


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, brackets without an address
        return False


def _certificates(path: Path) -> str:
    """Read certificates to trust."""
    try:
        text = path.read_text()
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (OSError, ValueError):  # no text or nothing in it, not PEM
        _fail(2, f"{path}: wanted certificates in PEM")
    return text


def _open(home: Path) -> tuple[Inbox, Client]:
    place = Home(home)
    key, enrolled = place.load()
    client = Client(enrolled.url, key, enrolled.ca)
    return Inbox(client, place, enrolled), client


def _guarded(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the call gives
    """Make a call; end with one clear line and the right status where it fails."""
    try:
        return call()
    except BadHome as error:
        _fail(2, str(error))
    except Refused as error:
        _fail(3 if error.may_pass else 1, error.told)
    except BadKey as error:
        _fail(1, f"the server's answer cannot be used: {error}")
    except Unreachable as error:
        _fail(3, f"no answer from the server: {error}")
    except OSError as error:
        _fail(2, f"{error.filename or 'file'}: {error.strerror}")


def _fail(status: int, text: str) -> NoReturn:
    click.echo(f"countersign phone: {text}", err=True)
    sys.exit(status)
