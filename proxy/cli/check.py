"""`countersign check`: every finding of the configuration, and what it names tried."""

from dataclasses import asdict

import click

from proxy.cli.invocation import Invocation
from proxy.cli.output import as_json, show_json
from proxy.settings.check import check as find
from proxy.settings.finding import ConfigurationFaults, Finding
from proxy.settings.load import Loaded, load


@click.command()
@click.option("--connect", is_flag=True, help="Try directories, store, certificates and ports too.")
@as_json
@click.pass_obj
def check(invocation: Invocation, connect: bool, as_json: bool) -> None:
    """Check the configuration: every finding as FILE:LINE: message."""
    try:
        loaded = load(invocation.config)
        findings = find(loaded)
    except ConfigurationFaults as error:
        findings = error.faults
    faulty = any(finding.severity == "fault" for finding in findings)
    failed = _connect(loaded) if connect and not faulty else []
    if as_json:
        show_json([_shown(finding) for finding in [*findings, *failed]])
    else:
        for finding in [*findings, *failed]:
            click.echo(str(finding))
        if all(finding.severity == "note" for finding in [*findings, *failed]):
            click.echo(f"{invocation.config}: nothing to find fault with", err=True)
    if faulty:
        raise click.exceptions.Exit(2)
    if any(finding.severity == "fault" for finding in failed):
        raise click.exceptions.Exit(1)


def _connect(loaded: Loaded) -> list[Finding]:
    from proxy.cli.connecting import connect  # noqa: PLC0415 - only who connects pays for Twisted

    return connect(loaded)


def _shown(finding: Finding) -> dict[str, object]:
    return {**asdict(finding), "file": str(finding.file)}
