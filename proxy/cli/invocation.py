"""
What every command has at hand, and the ways in which it can end.

Settings and store are imported when a command asks for them: the help and the phone need neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from proxy.ports import Found
    from proxy.sealing import MasterKey
    from proxy.settings.load import Loaded
    from proxy.settings.schema import Settings
    from proxy.store.database import Database

DEFAULT_CONFIG = Path("/etc/countersign/countersign.yaml")

Wanted = tuple[str, tuple[str, ...]]
"""A name, and the directories to search for it."""
Search = Callable[["Settings", Sequence[Wanted]], Sequence[Mapping[str, "Found"]]]
"""Searches directories for names and gives, for each name, what each directory said."""


class Refusal(click.ClickException):
    """The answer is no."""

    exit_code = 1

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        click.echo(f"countersign: {self.message}", err=True)


class Misuse(Refusal):
    """Wrong use or wrong configuration."""

    exit_code = 2


class NoAnswer(Refusal):
    """A directory or the store did not answer in time."""

    exit_code = 3


def search_directories(
    settings: Settings, wanted: Sequence[Wanted]
) -> Sequence[Mapping[str, Found]]:
    """Ask the real directories."""
    from proxy.cli.searching import search  # noqa: PLC0415 - only who searches pays for Twisted

    return search(settings, wanted)


@dataclass
class Invocation:
    """One call of a command."""

    config: Path = DEFAULT_CONFIG
    search: Search = search_directories
    now: Callable[[], float] = time.time
    _loaded: Loaded | None = field(default=None, repr=False)

    def loaded(self) -> Loaded:
        """Read the configuration; with faults, tell them all and end with 2."""
        if self._loaded is None:
            from proxy.settings.finding import ConfigurationFaults  # noqa: PLC0415 - as said above
            from proxy.settings.load import load  # noqa: PLC0415

            try:
                self._loaded = load(self.config)
            except ConfigurationFaults as error:
                for fault in error.faults:
                    click.echo(str(fault), err=True)
                raise click.exceptions.Exit(2) from None
        return self._loaded

    def settings(self) -> Settings:
        """Give the configuration."""
        return self.loaded().settings

    def database(self) -> Database:
        """Open the store, brought up to date."""
        from proxy.store.database import (  # noqa: PLC0415 - as said above
            BadStoreUrl,
            Database,
            DatabaseIsNewer,
        )

        loaded = self.loaded()
        try:
            database = Database(loaded.settings.store)
            database.migrate()
        except BadStoreUrl as error:
            raise Misuse(str(loaded.document.fault(("store",), str(error)))) from None
        except DatabaseIsNewer as error:
            raise Misuse(str(error)) from None
        return database

    def master(self) -> MasterKey:
        """Give the master key."""
        source = self.settings().master_key
        if source.key is None:
            raise Misuse(f"found no master key {source.file}: `countersign key create` makes it")
        return source.key
