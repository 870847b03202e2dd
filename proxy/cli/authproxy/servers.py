"""The ways in: [radius_server_...] becomes clients and a policy."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from proxy.cli.authproxy.cfg import Entry, Section
from proxy.cli.authproxy.directories import Directory, SecretFile, port_of
from proxy.cli.authproxy.networks import Network, parse_networks
from proxy.cli.authproxy.remarks import Notes
from proxy.secret import Secret

PALO_ALTO: Final = "PaloAlto-Client-Source-IP"
_FACTORS: Final[dict[str, tuple[str, ...]]] = {
    "auto": ("push",),
    "push": ("push",),
    "phone": (),
    "passcode": ("totp", "recovery"),
}
_CLOUD: Final = "nothing leaves for a service outside"
_LEFT: Final = {
    "ikey": _CLOUD,
    "skey": _CLOUD,
    "skey_protected": _CLOUD,
    "api_host": _CLOUD,
    "api_timeout": _CLOUD,
    "api_retry_wait": _CLOUD,
    "delimited_password_length": "a code is told from a password by its form, after the last comma",
    "prompt": "the challenge says what to do; its wording is fixed",
    "prompt_format": "the challenge says what to do; its wording is fixed",
    "enroll_challenge": "people enrol at the portal, see docs/enrolling-staff.md",
    "pass_through_attr_names": "what goes on of a request is said by `send` of the directory",
    "pass_through_all": "what goes on of a request is said by `send` of the directory",
    "pw_codec": "passwords are UTF-8",
    "iframe_script_uri": "a page in the NAS's own page has no counterpart",
    "iframe_script_url": "a page in the NAS's own page has no counterpart",
    "type": "a page in the NAS's own page has no counterpart",
    "minimum_tls_version": "TLS 1.2 is the least there is",
    "cipher_list": "the ciphers are those of this system's OpenSSL",
    "nas_ip": "no request is sent to another server",
}


@dataclass(frozen=True, slots=True)
class Way:
    """What becomes of a server section."""

    listen: str
    clients: dict[str, dict[str, object]]
    policy: dict[str, object]
    secrets: tuple[SecretFile, ...] = field(default=(), repr=False)


def way_of(
    section: Section,
    directory: Directory,
    interface: str,
    owners: dict[Network, str],
    notes: Notes,
    *,
    eap: bool = False,
) -> Way | None:
    """
    Translate a server section; None: nothing of it is left.

    Args:
        interface: the address where [main] listens.
        owners: networks that are clients already; those of this section are added.
        eap: EAP can be spoken.
    """
    port = port_of(section, "port", 1812, notes)
    listen = section.text("interface", interface)
    notes.take(section, "port", "interface", "client")
    terms, factors = _terms(section, notes)
    if eap and section.kind == "radius_server_eap":
        terms["eap"] = ["peap"]
    clients, files = _clients(section, terms, owners, notes)
    _failing(section, notes)
    _exempt(section, notes)
    notes.leave(section, _LEFT)
    if not clients:
        return None
    policy: dict[str, object] = {
        "name": section.name,
        "clients": list(clients),
        "directory": directory.name,
        "factors": list(factors),
    }
    if directory.groups:
        policy["groups"] = list(directory.groups)
    where = f"[{listen}]:{port}" if ":" in listen else f"{listen}:{port}"
    return Way(where, clients, policy, files)


def _terms(section: Section, notes: Notes) -> tuple[dict[str, object], tuple[str, ...]]:
    """Give what all clients of a section have in common, and the factors of its policy."""
    notes.take(section, "allow_concat", "delimiter", "factors", "client_ip_attr")
    terms: dict[str, object] = {}
    challenges = section.kind == "radius_server_challenge"
    if challenges:
        terms["challenge"] = True
    concat = section.kind != "radius_server_challenge"
    if section.text("allow_concat", "true").lower() == "false":
        concat = False
    if concat:
        terms["append_code"] = True
        if section.text("delimiter", ",") != ",":
            message = f"{section.name}.delimiter: a code comes after a comma; tell your people"
            notes.say(section.line_of("delimiter"), "differs", message)
    terms.update(_caller(section, notes))
    if section.kind == "radius_server_concat":
        return terms, ("totp", "recovery")
    return terms, _factors(section, notes, codes=concat or challenges)


def _caller(section: Section, notes: Notes) -> dict[str, object]:
    name = section.text("client_ip_attr")
    if not name:
        return {}
    named = PALO_ALTO if name.lower() == "paloalto" else name
    message = f"{section.name}.client_ip_attr: `caller` here; it also says whose retries are one"
    notes.say(section.line_of("client_ip_attr"), "differs", message)
    return {"caller": named}


def _factors(section: Section, notes: Notes, *, codes: bool) -> tuple[str, ...]:
    found: list[str] = []
    line = section.line_of("factors")
    for word in section.text("factors", "auto").lower().split(","):
        factors = _FACTORS.get(word.strip())
        if factors is None:
            notes.fault(line, "found no factor: auto, push, phone or passcode")
        elif not factors:
            notes.say(line, "no counterpart", f"{section.name}.factors: nobody is called by phone")
        found += factors or ()
    if codes or not found:
        found += ["push", "totp", "recovery"] if not found else ["totp", "recovery"]
    return tuple(dict.fromkeys(found))


def _clients(
    section: Section, terms: dict[str, object], owners: dict[Network, str], notes: Notes
) -> tuple[dict[str, dict[str, object]], tuple[SecretFile, ...]]:
    """Give a client for each secret of a section, with all addresses that have it."""
    notes.take_numbered(section, "radius_ip", "radius_secret", "radius_secret_protected")
    addresses = section.numbered("radius_ip")
    if not addresses:
        notes.fault(section.line, f"found [{section.name}] without radius_ip_1")
    clients: dict[str, dict[str, object]] = {}
    files: dict[bytes, SecretFile] = {}
    for number, entry in addresses.items():
        secret = _secret(section, number, entry, notes)
        if secret is None:
            continue
        name = section.name if not files else f"{section.name}-{number}"
        file = files.get(secret.reveal()) or SecretFile(f"{name}.secret", secret)
        name = file.name.removesuffix(".secret")
        networks = _networks(section, entry, name, owners, notes)
        if networks:
            files[secret.reveal()] = file
            client = clients.setdefault(name, {"networks": [], "secret": file, **terms})
            client["networks"] = [*_texts(client["networks"]), *networks]
    return clients, tuple(files.values())


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return value


def _secret(section: Section, number: int, entry: Entry, notes: Notes) -> Secret | None:
    kept = section.numbered("radius_secret").get(number)
    if kept is not None:
        return Secret(kept.value.encode())
    sealed = section.numbered("radius_secret_protected").get(number)
    if sealed is None:
        message = f"found radius_ip_{number} without radius_secret_{number}"
        notes.fault(entry.line, message)
        return None
    message = f"{section.name}.radius_secret_protected_{number}: encrypted for the other machine; "
    notes.say(sealed.line, "to do", message + "a new secret was made, set it on the NAS")
    return Secret(secrets.token_urlsafe(24).encode())


def _networks(
    section: Section, entry: Entry, name: str, owners: dict[Network, str], notes: Notes
) -> list[str]:
    """Give the networks of an entry that are no client's yet."""
    networks = parse_networks(entry.value)
    if networks is None:
        notes.fault(entry.line, "found no address, network or range such as 192.0.2.4-192.0.2.8")
        return []
    found = []
    for network in networks:
        owner = owners.setdefault(network, name)
        if owner == name:
            found.append(_written(network))
        elif owner != name:
            message = f"{section.name}: {_written(network)} is client {owner} already; clients are "
            message += "told apart by address alone, not by port: let its policies differ by `when`"
            notes.say(entry.line, "to do", message)
    return found


def _written(network: Network) -> str:
    one = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if one else str(network)


def _failing(section: Section, notes: Notes) -> None:
    notes.take(section, "failmode")
    if section.text("failmode", "safe").lower() != "secure":
        message = f"{section.name}.failmode=safe lets people in without a second factor while the "
        message += "service cannot be reached; here nothing ever fails open"
        notes.say(section.line_of("failmode"), "differs", message)


def _exempt(section: Section, notes: Notes) -> None:
    notes.take_numbered(section, "exempt_username")
    for entry in section.numbered("exempt_username").values():
        message = f"{section.name}.exempt_username: nobody is exempt; a policy before this one, "
        message += "with `users` and `factors: []`, would do it"
        notes.say(entry.line, "to do", message)
