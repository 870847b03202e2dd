"""What is legal in a policy and yet unwise, or without effect."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from proxy.login.request import Method
from proxy.settings.clients import ClientSettings
from proxy.settings.document import Document
from proxy.settings.eap_relay_faults import eap_relay_warnings
from proxy.settings.finding import Finding
from proxy.settings.mschapv2_faults import mute
from proxy.settings.patience import SHORT_WAIT, raising
from proxy.settings.policies import PolicySettings
from proxy.settings.schema import Settings
from proxy.settings.shadows import shadows
from proxy.settings.values import written

GOOD_DIGITS = 6  # NIST SP 800-63B-4
BROUGHT = frozenset[Method]({"pap", "mschapv2"})
"""The methods of logins that clients' doors bring; the portal has rules of its own."""


def policy_warnings(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the warnings about policies, one by one and among each other."""
    if not settings.policies:
        yield document.warning((), "policies: none, so every login is refused")
    for index, policy in enumerate(settings.policies):
        place = ("policies", index)
        for key, message in (*_alone(settings, policy), *_in_place(settings, policy)):
            yield document.warning((*place, key), message)
        for name in policy.clients:
            if policy.factors and "push" not in policy.factors and mute(settings.clients[name]):
                message = f"with client {name}: inside mschapv2 no code can be asked or appended"
                yield document.warning((*place, "factors"), message)
        for message in shadows(settings.policies[:index], policy):
            yield document.warning(place, message)
        if policy.allow and "push" in policy.factors:
            for name in policy.clients:
                for message in _patience(settings, policy, settings.clients[name]):
                    yield document.warning(place, f"with client {name}: {message}")


def _alone(settings: Settings, policy: PolicySettings) -> Iterator[tuple[str, str]]:
    yield from _never(settings, policy)
    yield from eap_relay_warnings(settings, policy)
    if not policy.allow:
        return
    if not policy.factors:
        yield "factors", "[] lets the password alone pass"
    if policy.number_digits < GOOD_DIGITS and "push" in policy.factors:
        yield "number_digits", f"fewer than {GOOD_DIGITS} can be guessed (NIST SP 800-63B-4)"
    if policy.picking:
        yield "picking", "true: a blind guess is right once in ten times"
    if policy.factors == ("recovery",):
        yield "factors", "recovery codes alone run out"


def _never(settings: Settings, policy: PolicySettings) -> Iterator[tuple[str, str]]:
    """Say what no login of this version, or of these clients, can come with."""
    brought = BROUGHT
    clients = [settings.clients[name] for name in policy.clients]
    if any(client.eap or client.eap_relay is not None for client in clients):
        brought |= {"eap"}
    missing = [one for one in policy.methods or () if one not in brought]
    if missing:
        yield "methods", f"no client's login comes by {' or '.join(missing)}"


def _in_place(settings: Settings, policy: PolicySettings) -> Iterator[tuple[str, str]]:
    """Give the warnings about what goes beyond one policy."""
    for message in _verification(policy, settings.web.url):
        yield "verify_user", message
    for message in _app_codes(settings.policies, policy):
        yield "app_codes", message


def _verification(policy: PolicySettings, url: str) -> Iterator[str]:
    if not policy.verify_user:
        return
    if "push" not in policy.factors:
        yield "without push in `factors` no phone is asked"
    elif _is_address(urlsplit(url).hostname or ""):
        yield "no browser makes a passkey for an address: web.url must have a name"


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _app_codes(policies: tuple[PolicySettings, ...], policy: PolicySettings) -> Iterator[str]:
    """Say which other policies a `false` takes effect for."""
    if policy.app_codes:
        return
    others = [
        repr(other.name)
        for other in policies
        if other.directory == policy.directory and other.app_codes and "totp" in other.factors
    ]
    if others:
        yield f"false holds for everyone in {policy.directory}, so for policy {', '.join(others)}"


def _patience(settings: Settings, policy: PolicySettings, client: ClientSettings) -> Iterator[str]:
    wait = client.wait if policy.wait is None else policy.wait
    challenge = client.challenge if policy.challenge is None else policy.challenge
    if policy.number_matching == "required" and not challenge:
        yield "number_matching: required, but this client shows no challenge, so no push is sent"
        return
    if wait < SHORT_WAIT and not challenge:
        yield f"wait of {written(wait)} is too short to approve a push{raising(client)}"
    if settings.push.lifetime < wait:
        lifetime = written(settings.push.lifetime)
        yield f"push.lifetime of {lifetime} ends before the wait of {written(wait)}"
