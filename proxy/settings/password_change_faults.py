"""What `password_change` of a policy needs, and where it has no effect."""

from collections.abc import Iterator

from proxy.settings.directories import LdapDirectorySettings
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.policies import PolicySettings
from proxy.settings.schema import Settings


def password_change_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults: no second factor before it, no LDAP directory, or one without TLS."""
    for index, policy in enumerate(settings.policies):
        if policy.password_change:
            for message in _faults(settings, policy):
                place = ("policies", index, "password_change")
                yield document.fault(place, message)


def _faults(settings: Settings, policy: PolicySettings) -> Iterator[str]:
    if not policy.factors:
        yield (
            "found true without `factors`, wanted a second factor: an old password alone must not "
            "lead to a new one"
        )
    directory = settings.directories.get(policy.directory)
    if directory is None:
        return
    if not isinstance(directory, LdapDirectorySettings):
        yield f"found true, but directory {policy.directory} is not of type ldap"
    elif not directory.start_tls and not all(server.tls for server in directory.servers):
        yield f"found true, but directory {policy.directory} is not reached by TLS alone"


def password_change_warnings(settings: Settings, document: Document) -> Iterator[Finding]:
    """Warn where no client of a policy can show a challenge."""
    for index, policy in enumerate(settings.policies):
        if not policy.password_change:
            continue
        challenges = policy.challenge
        if challenges is None:
            challenges = any(settings.clients[name].challenge for name in policy.clients)
        if not challenges:
            message = "no client of this policy shows a challenge, so no new password is asked for"
            yield document.warning(("policies", index, "password_change"), message)
