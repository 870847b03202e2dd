"""What does not fit a client whose EAP another RADIUS server speaks (`eap_relay`)."""

from collections.abc import Iterator

from proxy.settings.clients import ClientSettings
from proxy.settings.directories import RadiusDirectorySettings
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.policies import PolicySettings
from proxy.settings.schema import Settings


def eap_relay_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults: no such server, EAP that is spoken here too, people of another server."""
    for name, client in settings.clients.items():
        if client.eap_relay is None:
            continue
        place = ("clients", name, "eap_relay")
        if not isinstance(settings.directories.get(client.eap_relay), RadiusDirectorySettings):
            message = f"found {client.eap_relay!r}, wanted the name of a directory of type: radius"
            yield document.fault(place, message)
        if client.eap:
            yield document.fault(place, "found beside eap, wanted one: EAP is spoken here or there")
    for index, policy in enumerate(settings.policies):
        directory = settings.directories.get(policy.directory)
        if not isinstance(directory, RadiusDirectorySettings):
            continue  # people are looked up there, whoever vouches for them
        for name, client in _relaying(settings, policy):
            if client.eap_relay != policy.directory:
                message = (
                    f"found {policy.directory}, but EAP of client {name} is relayed to "
                    f"{client.eap_relay}, which vouches for nobody else's people; wanted that "
                    "directory, one of type: ldap, or methods without eap"
                )
                yield document.fault(("policies", index, "directory"), message)


def eap_relay_warnings(settings: Settings, policy: PolicySettings) -> Iterator[tuple[str, str]]:
    """Say where no login by relayed EAP can pass, by the key of the policy that says so."""
    for name, _ in _relaying(settings, policy):
        nothing = f"nothing can be asked in EAP that client {name} relays"
        if not policy.allow or not policy.factors:
            continue
        if "push" not in policy.factors:
            yield "factors", f"{nothing}: without push, EAP is refused"
        elif policy.number_matching == "required":
            yield "number_matching", f"{nothing}: no number is shown, and EAP is refused"


def _relaying(settings: Settings, policy: PolicySettings) -> Iterator[tuple[str, ClientSettings]]:
    """Give the clients whose EAP is relayed and may come under a policy."""
    if policy.methods is not None and "eap" not in policy.methods:
        return
    for name in policy.clients:
        client = settings.clients.get(name)
        if client is not None and client.eap_relay is not None:
            yield name, client
