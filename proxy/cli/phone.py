"""`countersign phone`: a complete phone in a terminal."""

import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NoReturn

import click
from rich.console import Console

from proxy.factors.approval import Decision
from proxy.factors.jwk import BadKey, SigningKey
from proxy.factors.key_list import parse_jwks
from proxy.phone import screen
from proxy.phone.client import Client, Refused, Unreachable
from proxy.phone.home import BadHome, Enrolled, Home, default_home
from proxy.phone.inbox import Inbox, Shown

POLL: Final = 50
"""Seconds of one long poll."""
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
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
    found = _URL.fullmatch(url.strip())
    if found is None:
        _fail(2, "wanted the whole link: https://HOST/enroll#CODE")
    place, key = Home(home), SigningKey.create()
    server, code = found.groups()
    trusted = None if ca is None else ca.read_text()

    def call() -> Enrolled:
        place.must_be_new()
        told = _client(server, key, trusted).enroll(code, name)
        keys = parse_jwks(told.get("server_keys"))
        kept = {kid: server_key.to_jwk() for kid, server_key in keys.items()}
        if told.get("issuer") != server or told.get("device_id") != key.public.thumbprint:
            raise Unreachable("the server enrolled something else")
        return Enrolled(server, server, key.public.thumbprint, str(told["account"]), kept, trusted)

    enrolled = _guarded(call)
    place.keep(key, enrolled)
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
    _, inbox, client = _guarded(lambda: _open(home))
    console = Console(highlight=False, soft_wrap=True)
    ends_at = None if timeout is None else time.monotonic() + timeout
    done: set[str] = set()
    pause, found = FIRST_PAUSE, None
    console.print("waiting for logins; Ctrl-C ends")
    while True:
        try:
            left = POLL if ends_at is None else min(POLL, max(0.0, ends_at - time.monotonic()))
            found = inbox.open() if found is None else inbox.changed(left)
            pause = FIRST_PAUSE
        except Unreachable as error:
            console.print(f"no answer from the server: {error}", markup=False)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            continue
        except Refused as error:
            _fail(1, _told(error))
        for shown in found or []:
            if shown.request.id in done:
                continue
            done.add(shown.request.id)
            screen.show(console, shown, client.now())
            if _answer(console, inbox, shown, answer, number) and once:
                return
        found = found or []
        if ends_at is not None and time.monotonic() >= ends_at:
            sys.exit(3)


def _answer(
    console: Console, inbox: Inbox, shown: Shown, answer: Decision | None, number: str | None
) -> bool:
    """Answer one request; False: it was not."""
    request, said = shown.request, (answer, number)
    if answer is None:
        if not sys.stdin.isatty():
            console.print(f"answer it with: countersign phone approve {request.id}")
            return False
        asked = screen.ask(console, request)
        if asked is None:
            return False
        said = asked
    elif answer == "approve" and request.number_digits and number is None:
        console.print(f"a number is asked: countersign phone approve {request.id} --number N")
        return False
    try:
        decision, typed = said
        assert decision is not None
        inbox.answer(shown, decision, typed if decision == "approve" else None)
    except Refused as error:
        console.print(_told(error), markup=False)
        return False
    except Unreachable as error:
        console.print(f"no answer from the server: {error}", markup=False)
        return False
    console.print(f"{screen.TOLD[decision]}: {request.id}")
    return True


@phone.command("list")
@_home
@_json
def list_(home: Path, as_json: bool) -> None:
    """Show the open requests."""
    _, inbox, client = _guarded(lambda: _open(home))
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
def unenroll(home: Path) -> None:
    """End this phone; refused where it is the account's last factor."""
    _, _, client = _guarded(lambda: _open(home))
    _guarded(client.unenroll)
    Home(home).forget()
    click.echo("this phone is no longer enrolled")


def _answer_one(home: Path, approval_id: str, decision: Decision, number: str | None) -> None:
    _, inbox, _ = _guarded(lambda: _open(home))
    found = [one for one in _guarded(inbox.open) if one.request.id.startswith(approval_id)]
    if len(found) != 1:
        _fail(1, "no such open request" if not found else "several requests begin so")
    if decision == "approve" and found[0].request.number_digits and number is None:
        _fail(1, "a number is asked: give it with --number")
    _guarded(lambda: inbox.answer(found[0], decision, number))
    click.echo(f"{screen.TOLD[decision]}: {found[0].request.id}")


def _open(home: Path) -> tuple[Enrolled, Inbox, Client]:
    place = Home(home)
    key, enrolled = place.load()
    client = _client(enrolled.url, key, enrolled.ca)
    return enrolled, Inbox(client, place, enrolled), client


def _client(url: str, key: SigningKey, ca: str | None) -> Client:
    return Client(url, key, ca)


def _guarded(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the call gives
    """Make a call; end with one clear line and the right status where it fails."""
    try:
        return call()
    except BadHome as error:
        _fail(2, str(error))
    except Refused as error:
        _fail(1, _told(error))
    except BadKey as error:
        _fail(1, f"the server's answer cannot be used: {error}")
    except Unreachable as error:
        _fail(3, f"no answer from the server: {error}")
    except OSError as error:
        _fail(2, f"{error.filename or 'file'}: {error.strerror}")


def _told(error: Refused) -> str:
    return f"refused ({error.kind}): {''.join(c for c in str(error) if c.isprintable())}"


def _fail(status: int, text: str) -> NoReturn:
    click.echo(f"countersign phone: {text}", err=True)
    sys.exit(status)
