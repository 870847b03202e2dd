"""authproxy.cfg as a whole: which section becomes what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from proxy.cli.authproxy.cfg import BadCfg, Section
from proxy.cli.authproxy.directories import Directory, SecretFile, directory_of, placeholder
from proxy.cli.authproxy.eap import eap_of
from proxy.cli.authproxy.networks import Network
from proxy.cli.authproxy.remarks import Notes, Remark
from proxy.cli.authproxy.servers import Way, way_of
from proxy.cli.authproxy.upstreams import upstream_of

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - what the other proxy listens on by default
_WAYS: Final = {
    "radius_server_auto",
    "radius_server_concat",
    "radius_server_challenge",
    "radius_server_duo_only",
    "radius_server_iframe",
    "radius_server_eap",
}
_CLIENTS: Final = {"ad_client", "radius_client", "duo_only_client"}
_ALONE: Final = {
    "ldap_server_auto": "LDAP applications are not served, only RADIUS",
    "http_proxy": "nothing leaves for a service outside but what wakes phones",
    "cloud": "people come from the directory when they log in; nothing is synchronised",
    "sso": "there is no single sign-on",
}
_LOGS: Final = "logs are JSON lines on stderr; systemd's journal keeps them"
_MAIN: Final = {
    "log_dir": _LOGS,
    "log_file": _LOGS,
    "log_max_files": _LOGS,
    "log_max_size": _LOGS,
    "log_stdout": _LOGS,
    "log_syslog": _LOGS,
    "syslog_facility": _LOGS,
    "log_auth_events": "each login is recorded in the store and is a line of the log",
    "log_sso_events": "there is no single sign-on",
    "http_proxy_host": "nothing leaves for a service outside but what wakes phones",
    "http_proxy_port": "nothing leaves for a service outside but what wakes phones",
    "http_ca_certs_file": "nothing leaves for a service outside but what wakes phones",
    "fips_mode": "the cryptography is that of this system's OpenSSL",
    "test_connectivity_on_startup": "`countersign check --connect` does it when you ask",
}


@dataclass(frozen=True, slots=True)
class Translated:
    """A configuration of ours, and what is to be known of it."""

    keys: dict[str, object]
    secrets: tuple[SecretFile, ...] = field(repr=False)
    remarks: tuple[Remark, ...]


def translate(sections: Sequence[Section], folder: Path, url: str | None) -> Translated | None:
    """
    Translate a file; None: it has no way in that could be.

    Args:
        folder: where relative paths of the source start.
        url: `web.url`; None: one to be replaced.

    Raises:
        BadCfg: a section lacks what it needs, or holds what is none.
    """
    notes = Notes()
    by_name = {section.name: section for section in sections}
    main = by_name.get("main")
    keys = _main(main, url, notes)
    directories: dict[str, Directory] = {}
    owners: dict[Network, str] = {}
    ways: list[Way] = []
    for section in sections:
        if section.kind not in _WAYS:
            _alone(section, notes)
            continue
        directory = _directory(section, by_name, directories, folder, notes)
        if directory is None:
            continue
        if section.kind == "radius_server_eap":
            keys.setdefault("eap", eap_of(section, folder, notes))
        interface = EVERYWHERE if main is None else main.text("interface", EVERYWHERE)
        way = way_of(section, directory, interface, owners, notes, eap=bool(keys.get("eap")))
        if way is not None:
            ways.append(way)
    if notes.faults:
        raise BadCfg(notes.faults)
    if not ways:
        return None
    _general(ways, notes)
    if not keys.get("eap"):
        keys.pop("eap", None)
    keys.update(_ways(ways, directories))
    secrets = [file for way in ways for file in way.secrets]
    secrets += [file for directory in directories.values() for file in directory.secrets]
    return Translated(keys, tuple(secrets), tuple(sorted(notes.remarks)))


def _main(main: Section | None, url: str | None, notes: Notes) -> dict[str, object]:
    keys: dict[str, object] = {
        "store": "sqlite:////var/lib/countersign/countersign.db",
        "master_key": SecretFile("/var/lib/countersign/master.key", None),
        "web": {"url": url or "https://mfa.example.org"},
    }
    if url is None:
        message = "web.url: nothing in the file tells it; put there how phones will reach this "
        notes.say(1, "to do", message + "server, before anybody enrols")
    if main is not None:
        notes.take(main, "debug", "interface")
        if main.text("debug").lower() in {"true", "1", "yes", "on"}:
            keys["log"] = {"level": "debug"}
        notes.leave(main, _MAIN)
    return keys


def _alone(section: Section, notes: Notes) -> None:
    """Tell of a section that becomes nothing by itself."""
    if section.kind in _CLIENTS or section.kind == "main":
        return
    reason = _ALONE.get(section.kind, "a section that is not known here")
    notes.say(section.line, "no counterpart", f"[{section.name}]: {reason}")


def _directory(
    section: Section,
    by_name: dict[str, Section],
    directories: dict[str, Directory],
    folder: Path,
    notes: Notes,
) -> Directory | None:
    """Give the directory that a server section names; None: a fault, told once."""
    name = section.text("client").lower()
    client = by_name.get(name)
    if client is None or client.kind not in _CLIENTS:
        message = f"found no client in [{section.name}] that is a section of this file"
        notes.fault(section.line_of("client"), message)
        return None
    _odd_way(section, client, notes)
    known = directories.get(name)
    if known is None:
        known = _read(client, folder, notes)
        if known is not None:
            directories[name] = known
    return known


def _read(client: Section, folder: Path, notes: Notes) -> Directory | None:
    if client.kind == "ad_client":
        return directory_of(client, folder, notes)
    if client.kind == "duo_only_client":
        why = "no push is ever sent before the password was right, so it is checked here too"
        return placeholder(client, why, notes)
    return upstream_of(client, notes)


def _odd_way(section: Section, client: Section, notes: Notes) -> None:
    if section.kind == "radius_server_iframe":
        message = f"[{section.name}]: no page inside the NAS's own; the request is held until the "
        notes.say(section.line, "differs", message + "phone answers. Take the script off the NAS")
    if section.kind == "radius_server_duo_only" or client.kind == "duo_only_client":
        message = f"[{section.name}]: the NAS must send the password here, not check it by itself"
        notes.say(section.line, "to do", message)


def _general(ways: Sequence[Way], notes: Notes) -> None:
    names = ", ".join(name for way in ways for name in way.clients)
    message = f"clients {names}: phones show these names; and set `wait` to how long each NAS waits"
    notes.say(1, "to do", message)


def _ways(ways: Sequence[Way], directories: dict[str, Directory]) -> dict[str, object]:
    return {
        "radius": {"listen": list(dict.fromkeys(way.listen for way in ways))},
        "directories": {one.name: one.keys for one in directories.values()},
        "policies": [way.policy for way in ways],
        "clients": {name: keys for way in ways for name, keys in way.clients.items()},
    }
