"""
How long a login may take, against how long the NAS waits for it by its profile.

What is known of a NAS is compared with what the client, its policies and their directories are set
to; each finding says what to set on which side. What nobody documents is compared with nothing.

The longest that the person is not to blame for: every server of the directory but the last is
silent and is waited for (`timeout` each), the last one answers the search and then the bind, each
at the end of its `timeout`; a search for groups comes on top. Directories that were searched before
it in vain are taken to have said so at once. A held push is answered a margin before `wait` is
over, an Access-Reject not before `radius.reject_delay`.
"""

from collections.abc import Iterator
from typing import Final

from proxy.going_on import JITTER
from proxy.login.joining import margin
from proxy.settings.clients import ClientSettings
from proxy.settings.directories import LdapDirectorySettings, RadiusDirectorySettings
from proxy.settings.document import Document
from proxy.settings.finding import Finding, Place
from proxy.settings.policies import PolicySettings
from proxy.settings.profile import Profile, read_profile
from proxy.settings.schema import Settings
from proxy.settings.values import written

SHORT_WAIT: Final = 10.0
"""Seconds; a person needs 10 to 40 to approve."""


def raising(client: ClientSettings) -> str:
    """Say what to set so that a client's NAS waits for a person; empty: its profile is not told."""
    profile = _profile(client)
    if profile is None or profile.raise_wait is None or profile.raised_wait is None:
        return ""
    there = f"{profile.title}: {profile.raise_wait}"
    return f": {there} on the NAS, and `wait: {written(profile.raised_wait)}` here"


def patience_findings(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give what does not fit the profiles of the clients."""
    for name, client in settings.clients.items():
        profile = _profile(client)
        if profile is not None:
            place = ("clients", name)
            found = [
                *_protocol(place, client, profile, document),
                *_own_wait(place, client, profile, document),
                *_policies(name, client, profile, settings, document),
            ]
            yield from dict.fromkeys(found)


def _profile(client: ClientSettings) -> Profile | None:
    return None if client.profile is None else read_profile(client.profile)


def _protocol(
    place: Place, client: ClientSettings, profile: Profile, document: Document
) -> Iterator[Finding]:
    facts = profile.facts
    if facts.methods.value == ("EAP",) and not client.eap and client.eap_relay is None:
        message = f"{profile.title} speaks EAP alone: wanted eap, such as [ttls, peap]"
        yield document.warning((*place, "profile"), message)
    key = (*place, "require_message_authenticator")
    if facts.message_authenticator.value is False and client.require_message_authenticator:
        remedy = profile.send_authenticator or "found no way to make it do so"
        message = (
            f"{profile.title} sends none unless told otherwise, and what lacks it is discarded"
        )
        yield document.note(key, f"{message}: {remedy}; else `false` here")
    if facts.message_authenticator.value and not client.require_message_authenticator:
        yield document.warning(key, f"{profile.title} sends it, so `false` is not needed")


def _own_wait(
    place: Place, client: ClientSettings, profile: Profile, document: Document
) -> Iterator[Finding]:
    """Compare `wait` with what the NAS does unless told otherwise, and with what it can be told."""
    key = (*place, "wait")
    longest, patience = profile.facts.longest.value, profile.patience
    if key not in document.lines:
        if patience is None:
            message = f"how long {profile.title} waits is not known: set it to what is set there"
            yield document.note(key, message)
        return
    if longest is not None and client.wait > longest:
        message = f"{profile.title} can be told to wait {written(longest)} at most"
        yield document.warning(key, message)
    elif patience is not None and client.wait > patience:
        message = f"{profile.title} waits {written(patience)} unless told otherwise"
        remedy = profile.raise_wait or "what to set there is not known"
        yield document.note(key, f"{message}: {remedy}")


def _policies(
    name: str, client: ClientSettings, profile: Profile, settings: Settings, document: Document
) -> Iterator[Finding]:
    for index, policy in enumerate(settings.policies):
        if name in policy.clients:
            place: Place = ("policies", index)
            wait = client.wait if policy.wait is None else policy.wait
            challenge = client.challenge if policy.challenge is None else policy.challenge
            if wait > client.wait:
                message = f"client {name} waits {written(client.wait)} and is gone before"
                yield document.warning((*place, "wait"), message)
                wait = client.wait
            if challenge and profile.facts.challenge.value is False:
                where = place if policy.challenge else ("clients", name)
                message = f"{profile.title} takes a challenge for a refusal"
                yield document.warning((*where, "challenge"), message)
            key = ("clients", name, "wait")
            for told in _time(policy, wait, challenge=challenge, settings=settings):
                yield document.warning(key, f"{told}{raising(client)}")
            if "push" in policy.factors and profile.facts.held_blocks.value:
                yield from _blocking(key, policy, wait, profile, document, challenge=challenge)


def _time(
    policy: PolicySettings, wait: float, *, challenge: bool, settings: Settings
) -> Iterator[str]:
    """Compare a wait with the longest that the directory and a delayed refusal may take."""
    directory = settings.directories.get(policy.directory)
    asked = 0.0 if directory is None else longest_question(directory)
    refused = settings.radius.reject_delay * (1 + JITTER)
    left = wait - margin(wait) - asked
    servers = f"with servers of {policy.directory} that fail, an answer can take {written(asked)}"
    lower = f"a shorter directories.{policy.directory}.timeout, or wait longer"
    if left <= 0:
        yield f"{servers}, and {written(wait)} are waited; {lower}"
    elif "push" in policy.factors and not challenge and SHORT_WAIT <= wait < asked + SHORT_WAIT:
        yield f"{servers}, which leaves {written(left)} for the phone; {lower}"
    if refused > wait:
        after = f"radius.reject_delay answers after {written(refused)}"
        yield f"{after}, and {written(wait)} are waited"


def longest_question(directory: LdapDirectorySettings | RadiusDirectorySettings) -> float:
    """Give the longest that a directory's answer to a login may take, in seconds."""
    if isinstance(directory, RadiusDirectorySettings):
        return directory.timeout * len(directory.servers)
    groups = directory.groups
    searched = groups is not None and groups.attribute is None
    return directory.timeout * (len(directory.servers) + 1 + searched)


def _blocking(
    key: Place,
    policy: PolicySettings,
    wait: float,
    profile: Profile,
    document: Document,
    *,
    challenge: bool,
) -> Iterator[Finding]:
    """Tell of logins that wait for those of others; a challenge with a number is answered soon."""
    if challenge and policy.number_matching != "off" and wait <= SHORT_WAIT:
        return
    held = (
        f"{profile.title} keeps its other logins waiting while one is held, up to {written(wait)}"
    )
    remedy = f"a wait of {written(SHORT_WAIT)} or less; a challenge is then shown again"
    if not challenge:
        remedy = "codes instead of push, or a NAS that asks while it waits"
    yield document.warning(key, f"{held}: {remedy}")
