"""
`countersign login`: plays the NAS for one login, to try a server or to watch it in a script.

Each reply is shown as it comes: its word on a line of its own, then Reply-Message and attributes.
A challenge is answered by --code, once, or by what is typed, a line each; where nothing more comes
from a script's input, the challenge is the outcome.
"""

import json
import sys

import click

from proxy.cli.nas import BadRequest, Nas, Reply, Udp

DEFAULT_PORT = 1812
EXIT_STATUS = {"accept": 0, "reject": 1, "challenge": 1, "timeout": 3}


class Server(click.ParamType[tuple[str, int]]):
    """HOST:PORT, an IPv6 address in brackets; the port may be left out."""

    name = "HOST:PORT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Split what was typed."""
        text = str(value)
        if text.count(":") > 1 and not text.startswith("["):
            self.fail(f"found {text}, wanted an IPv6 address in brackets: [{text}]", param, ctx)
        host, _, port = text.rpartition(":") if _has_port(text) else (text, "", str(DEFAULT_PORT))
        host = host.removeprefix("[").removesuffix("]")
        if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
            self.fail(f"found {text}, wanted HOST:PORT", param, ctx)
        return host, int(port)


def _has_port(text: str) -> bool:
    return ":" in text.rpartition("]")[2]


class NameAndValue(click.ParamType[tuple[str, str]]):
    """NAME=VALUE, as the dictionary has them."""

    name = "NAME=VALUE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split what was typed."""
        name, equals, rest = str(value).partition("=")
        if not name or not equals:
            self.fail(f"found {value}, wanted NAME=VALUE", param, ctx)
        return name, rest


@click.command()
@click.argument("user")
@click.option("--server", type=Server(), required=True, help="The server; port 1812 by default.")
@click.option(
    "--secret",
    required=True,
    envvar="COUNTERSIGN_LOGIN_SECRET",
    help="The shared secret; better in the variable COUNTERSIGN_LOGIN_SECRET than where `ps` sees.",
)
@click.option("--password", help="Asked for where it is not given.")
@click.option("--code", help="The answer to the first challenge.")
@click.option("--calling-station-id", metavar="X", help="Names the caller.")
@click.option("--nas-identifier", default="countersign-login", show_default=True, metavar="X")
@click.option(
    "--attribute", "attributes", type=NameAndValue(), multiple=True, help="One more; repeatable."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    show_default=True,
    metavar="SEC",
    help="Seconds to wait for each reply, all retries together.",
)
@click.option(
    "--retries",
    type=click.IntRange(min=0, max=100),
    default=3,
    show_default=True,
    metavar="N",
    help="How often a request is sent again in that time.",
)
@click.option("--json", "as_json", is_flag=True, help="Show the outcome as JSON.")
def login(
    user: str,
    server: tuple[str, int],
    secret: str,
    password: str | None,
    code: str | None,
    calling_station_id: str | None,
    nas_identifier: str,
    attributes: tuple[tuple[str, str], ...],
    timeout: float,
    retries: int,
    as_json: bool,
) -> None:
    """
    Log USER in as a NAS would.

    Exit status: 0 accepted, 1 rejected or left at a challenge, 3 no reply in time, 2 wrong use.
    """
    sent = [("NAS-Identifier", nas_identifier), *attributes]
    if calling_station_id is not None:
        sent.append(("Calling-Station-Id", calling_station_id))
    nas = Nas(Udp(server, timeout=timeout, retries=retries), secret.encode(), sent)
    show = _ShowJson() if as_json else _ShowText()
    if password is None:
        password = _typed("Password", hidden=True) or ""
    try:
        outcome = _converse(nas, user, password, code, show)
    except BadRequest as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"{server[0]} port {server[1]}: {error.strerror}") from error
    show.end(outcome)
    sys.exit(EXIT_STATUS[outcome])


def _converse(
    nas: Nas, user: str, password: str, code: str | None, show: "_ShowText | _ShowJson"
) -> str:
    """Send the password, then answer challenges until the login is over; give the outcome."""
    reply = nas.ask(user, password)
    while reply is not None:
        show.reply(reply)
        if reply.outcome != "challenge":
            return reply.outcome
        answer, code = (code, None) if code else (_typed("Answer", hidden=reply.hidden), None)
        if answer is None:
            return reply.outcome
        reply = nas.ask(user, answer, reply.state)
    return "timeout"


def _typed(prompt: str, *, hidden: bool) -> str | None:
    """Ask on a terminal, or take a script's next line; None: there is none."""
    if sys.stdin.isatty():
        answer: str = click.prompt(
            prompt, default="", show_default=False, hide_input=hidden, err=True
        )
        return answer
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None


class _ShowText:
    """Lines for a person, each reply as it comes."""

    def reply(self, reply: Reply) -> None:
        """Show one reply."""
        click.echo(reply.outcome)
        for message in reply.messages:
            click.echo(f"Reply-Message = {_printable(message)}")
        for name, value in reply.attributes:
            click.echo(f"{name} = {_printable(value)}")

    def end(self, outcome: str) -> None:
        """Show an outcome that no reply has shown."""
        if outcome == "timeout":
            click.echo(outcome)


class _ShowJson:
    """One JSON value at the end; until then the challenges' texts on standard error."""

    def __init__(self) -> None:
        self._replies: list[Reply] = []

    def reply(self, reply: Reply) -> None:
        """Keep one reply."""
        self._replies.append(reply)
        if reply.outcome == "challenge":
            for message in reply.messages:
                click.echo(_printable(message), err=True)

    def end(self, outcome: str) -> None:
        """Show the outcome, what came with it, and the challenges before it."""
        last = self._replies[-1] if self._replies and outcome != "timeout" else None
        before = self._replies if last is None else self._replies[:-1]
        shown = {
            "outcome": outcome,
            "reply_messages": last.messages if last else (),
            "attributes": _by_name(last) if last else {},
            "challenges": [
                {"reply_messages": reply.messages, "attributes": _by_name(reply)}
                for reply in before
            ],
        }
        click.echo(json.dumps(shown, ensure_ascii=False))


def _by_name(reply: Reply) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in reply.attributes:
        values.setdefault(name, []).append(value)
    return values


def _printable(text: str) -> str:
    """Keep what a server sends from steering the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
