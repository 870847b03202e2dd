"""`countersign profiles`: what is known of kinds of NAS, as a client's `profile` takes it."""

import click

from proxy.cli.invocation import Refusal
from proxy.cli.output import as_json, show_json, show_table
from proxy.settings.profile import Profile, profile_names, read_profile, shown_value
from proxy.settings.values import written


@click.group()
def profiles() -> None:
    """What is known of VPN servers, firewalls and access points, for a client's `profile`."""


@profiles.command("list")
@as_json
def list_profiles(as_json: bool) -> None:
    """List the profiles: name, what it is for, how long such a NAS waits unless told otherwise."""
    known = [(name, _profile(name)) for name in profile_names()]
    if as_json:
        show_json([_summary(name, profile) for name, profile in known])
        return
    show_table(
        ("NAME", "CHALLENGE", "WAITS", "FOR"),
        [
            (name, shown_value(profile.facts.challenge.value), _waits(profile), profile.title)
            for name, profile in known
        ],
    )


@profiles.command()
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """Show a profile: each fact with its source, and the client's keys that follow from it."""
    profile = _profile(name)
    if as_json:
        show_json({**_summary(name, profile), **profile.model_dump(mode="json")})
        return
    click.echo(f"{name}: {profile.title}\n")
    for fact, known in profile.each():
        source = f" [{known.source}]" if known.source else ""
        click.echo(f"{fact}: {shown_value(known.value)}{source}")
        if known.note:
            click.echo(f"    {known.note}")
    click.echo("\nSources")
    for key, origin in profile.sources.items():
        click.echo(f"  {key}: {origin.title}{f' <{origin.url}>' if origin.url else ''}")
    click.echo("\nDefaults of a client with this profile")
    for key, value in profile.defaults.items():
        click.echo(f"  {key}: {shown_value(value)}")
    if profile.raised_wait is not None:
        click.echo(f"\nTo wait for a phone ({written(profile.raised_wait)}): {profile.raise_wait}")
    if profile.send_authenticator is not None:
        click.echo(f"To send Message-Authenticator: {profile.send_authenticator}")


def _profile(name: str) -> Profile:
    found = read_profile(name)
    if found is None:
        raise Refusal(f"found no profile {name}; `countersign profiles list` names them")
    return found


def _summary(name: str, profile: Profile) -> dict[str, object]:
    return {
        "name": name,
        "title": profile.title,
        "waits": profile.patience,
        "client": dict(profile.defaults),
    }


def _waits(profile: Profile) -> str:
    return shown_value(None if profile.patience is None else written(profile.patience))
