"""What `order: second-first` of a policy cannot do without, and what it cannot have."""

from collections.abc import Iterator

from proxy.settings.directories import LdapDirectorySettings
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.policies import PolicySettings
from proxy.settings.schema import Settings


def order_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults of policies that check a code before the password."""
    for index, policy in enumerate(settings.policies):
        if policy.order == "second-first" and policy.allow:
            for key, message in _faults(settings, policy):
                yield document.fault(("policies", index, key), message)


def _faults(settings: Settings, policy: PolicySettings) -> Iterator[tuple[str, str]]:
    with_order = "with order: second-first"
    if "push" in policy.factors:
        yield "factors", f"found push {with_order}, which sends none; wanted totp, recovery or both"
    if not policy.factors:
        yield "factors", f"found none {with_order}, wanted totp, recovery or both"
    for name in policy.clients:
        client = settings.clients.get(name)
        appended = policy.append_code
        if appended is None:
            appended = client is None or client.append_code
        if not appended:
            message = f"found {with_order}, but codes are not appended at client {name}"
            yield "order", f"{message}; wanted append_code: true"
    directory = settings.directories.get(policy.directory)
    if directory is not None and not isinstance(directory, LdapDirectorySettings):
        yield "order", f"found {with_order}, but directory {policy.directory} is not of type ldap"
    for key in ("remember", "password_change"):
        if getattr(policy, key):
            yield key, f"found {with_order}, where every login has its code and nothing is asked"
