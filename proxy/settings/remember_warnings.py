"""What of `remember` is unwise, or without effect."""

from collections.abc import Iterator

from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.policies import PolicySettings
from proxy.settings.schema import Settings


def remember_warnings(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the warnings about remembered logins."""
    for index, policy in enumerate(settings.policies):
        for key, message in _of_policy(settings, policy):
            yield document.warning(("policies", index, key), message)
    yield from _groups(settings, document)


def _of_policy(settings: Settings, policy: PolicySettings) -> Iterator[tuple[str, str]]:
    if policy.remember is None:
        if policy.remember_addresses:
            yield "remember_addresses", "nothing needs it without `remember`"
        return
    if not policy.factors:
        yield "remember", "there is no second factor to remember"
        return
    addresses = [name for name in policy.clients if settings.clients[name].caller_is == "address"]
    if addresses and policy.remember_addresses:
        message = f"with client {', '.join(addresses)}: whoever comes from the same address and "
        yield "remember_addresses", message + "knows the password needs no second factor"
    elif addresses:
        message = f"nothing is remembered with client {', '.join(addresses)}, whose `caller_is` is "
        yield "remember", message + "address, not device"
    elif policy.remember_addresses:
        yield "remember_addresses", "nothing needs it, the callers of each client are devices"


def _groups(settings: Settings, document: Document) -> Iterator[Finding]:
    remembering = {
        name
        for policy in settings.policies
        if policy.remember is not None
        for name in policy.clients
    }
    for name, client in settings.clients.items():
        if client.remember_group is not None and name not in remembering:
            place = ("clients", name, "remember_group")
            yield document.warning(place, "no policy for this client has `remember`")
