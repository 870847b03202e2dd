"""What can be wrong with what devices say inside a tunnel, and with MS-CHAPv2 without one."""

from collections.abc import Iterator

from proxy.settings.clients import ClientSettings
from proxy.settings.directories import DirectorySettings, RadiusDirectorySettings
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.schema import Settings

TUNNELS = frozenset({"ttls", "peap"})


def mschapv2_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults of every client."""
    for name, client in settings.clients.items():
        for key, message in (*_inner(name, client, settings), *_bare(name, client, settings)):
            yield document.fault(("clients", name, key), message)


def _inner(name: str, client: ClientSettings, settings: Settings) -> Iterator[tuple[str, str]]:
    inner = client.eap_inner
    tunnels = TUNNELS.intersection(client.eap)
    if len(set(inner)) < len(inner):
        yield "eap_inner", "found one twice, wanted each once"
    if "eap_inner" in client.model_fields_set and not tunnels:
        yield "eap_inner", "found without ttls or peap in `eap`, inside which it would be said"
    if "peap" in tunnels and set(inner) == {"pap"}:
        yield "eap_inner", "found pap alone, wanted gtc or mschapv2 for peap"
    if tunnels and "mschapv2" in inner:
        for message in unchecked(name, settings):
            yield "eap_inner", f"found mschapv2, {message}"


def _bare(name: str, client: ClientSettings, settings: Settings) -> Iterator[tuple[str, str]]:
    if "mschapv2" in client.eap:
        for message in unchecked(name, settings):
            yield "eap", f"found mschapv2, {message}"
    if client.mschapv2 and not _hashes(name, settings):
        yield (
            "mschapv2",
            f"found true, wanted a policy for {name} whose directory has `nt_hash`",
        )


def mute(client: ClientSettings) -> bool:
    """Say whether its devices speak MSCHAPv2 inside their tunnels and nothing else."""
    return bool(client.eap) and TUNNELS.issuperset(client.eap) and client.eap_inner == ("mschapv2",)


def unchecked(client: str, settings: Settings) -> Iterator[str]:
    """Say that no directory of a client's policies can check MS-CHAPv2, where that is so."""
    if not (_hashes(client, settings) or _upstreams(client, settings)):
        yield (
            f"but no policy for {client} has a directory that can check it: wanted one with "
            "`nt_hash`, or of type radius"
        )


def _hashes(client: str, settings: Settings) -> bool:
    return any(
        not isinstance(one, RadiusDirectorySettings) and one.nt_hash is not None
        for one in _directories(client, settings)
    )


def _upstreams(client: str, settings: Settings) -> bool:
    return any(isinstance(one, RadiusDirectorySettings) for one in _directories(client, settings))


def _directories(client: str, settings: Settings) -> Iterator[DirectorySettings]:
    for policy in settings.policies:
        if client in policy.clients and policy.directory in settings.directories:
            yield settings.directories[policy.directory]
