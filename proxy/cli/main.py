"""
`countersign`: the tree of commands.

A command's module is imported when the command is called for, so that a phone in a terminal does
not wait for the server's parts. Every command takes --config, before its name or after.
"""

import importlib
from pathlib import Path
from typing import Any

import click

from proxy import __version__
from proxy.cli.invocation import Invocation, Misuse, NoAnswer
from proxy.errors import Unavailable
from proxy.sealing import NotSealed

FAMILIES = (
    "serve",
    "check",
    "profiles",
    "key",
    "totp",
    "device",
    "recovery",
    "account",
    "bypass",
    "explain",
    "login",
    "phone",
    "import",
    "demo",
)
"""Commands, in the order of the help; each is `proxy.cli.NAME:NAME`, or as `_ELSEWHERE` says."""
_ELSEWHERE = {"import": ("importing", "import_")}
"""A word of the language is no name of a module."""


def _use_config(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    invocation = context.find_root().ensure_object(Invocation)
    if value is not None:
        invocation.config = value


def config_option(envvar: str | None = None) -> click.Option:
    """Make the option that every command has."""
    return click.Option(
        ["--config"],
        type=click.Path(path_type=Path),
        metavar="FILE",
        envvar=envvar,
        expose_value=False,
        is_eager=True,
        callback=_use_config,
        help="The configuration; default /etc/countersign/countersign.yaml, or COUNTERSIGN_CONFIG.",
    )


def accept_config(command: click.Command) -> click.Command:
    """Let a command and all below it take --config."""
    if not any(parameter.name == "config" for parameter in command.params):
        command.params.append(config_option())
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            accept_config(inner)
    return command


class Countersign(click.Group):
    """The families of commands, loaded by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the names, in the order of the help."""
        return list(FAMILIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in FAMILIES:
            return None
        file, name = _ELSEWHERE.get(cmd_name, (cmd_name, cmd_name))
        command: click.Command = getattr(importlib.import_module(f"proxy.cli.{file}"), name)
        return accept_config(command)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run a command; word what the world did not give."""
        try:
            return super().invoke(ctx)
        except Unavailable as error:
            raise NoAnswer(str(error)) from error
        except NotSealed as error:
            raise Misuse(str(error)) from error


@click.group(
    cls=Countersign,
    params=[config_option("COUNTERSIGN_CONFIG")],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="countersign")
def cli() -> None:
    """A second factor for RADIUS: signed push approvals and one-time codes."""


def main() -> None:
    """Start here: the console script."""
    cli(prog_name="countersign")
