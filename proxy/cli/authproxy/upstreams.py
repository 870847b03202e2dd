"""Where passwords are checked by another RADIUS server: [radius_client] becomes a directory."""

from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Final

from proxy.cli.authproxy.cfg import Entry, Section
from proxy.cli.authproxy.directories import Directory, SecretFile, port_of
from proxy.cli.authproxy.remarks import Notes
from proxy.secret import Secret

_LEFT: Final = {
    "nas_ip": "the NAS's own attributes go on (`send`), with `nas_identifier` where it has none",
}
_RETRIES: Final = 3
_RETRY_WAIT: Final = 2
"""Seconds; both are the other proxy's defaults."""
_LONGEST: Final = 120
_LONGEST_WAIT: Final = 10


def upstream_of(section: Section, notes: Notes) -> Directory | None:
    """Translate a [radius_client]; None: it has faults."""
    faults = len(notes.faults)
    secret = _secret(section, notes)
    keys: dict[str, object] = {"type": "radius", "servers": _servers(section, notes)}
    keys["secret"] = secret
    keys.update(_patience(section, notes))
    attributes = _attributes(section, notes)
    if attributes:
        keys["attributes"] = attributes
    notes.leave(section, _LEFT)
    _to_do(section, notes)
    if len(notes.faults) > faults or secret is None:
        return None
    return Directory(section.name, keys, (), (secret,))


def _to_do(section: Section, notes: Notes) -> None:
    message = f"directories.{section.name}: the name is part of every account and stays; "
    notes.say(section.line, "to do", message + "rename it now, if you want another")
    message = f"directories.{section.name}: `status_server: false` where the server does not answer"
    notes.say(section.line, "to do", message + " Status-Server, as NPS, which `check` cannot see")
    message = f"directories.{section.name}: the server must send and take Message-Authenticator"
    notes.say(section.line, "differs", message)


def _secret(section: Section, notes: Notes) -> SecretFile | None:
    notes.take(section, "secret", "secret_protected")
    name = f"{section.name}.secret"
    text = section.text("secret")
    if text:
        return SecretFile(name, Secret(text.encode()))
    if not section.text("secret_protected"):
        notes.fault(section.line, f"found [{section.name}] without secret")
        return None
    message = f"{section.name}.secret_protected: encrypted for the other machine; a new secret was "
    message += f"made, set it on the server or put the server's into {name}"
    notes.say(section.line_of("secret_protected"), "to do", message)
    return SecretFile(name, Secret(token_urlsafe(24).encode()))


def _servers(section: Section, notes: Notes) -> list[str]:
    notes.take_numbered(section, "host", "port")
    hosts = section.numbered("host")
    if not hosts:
        notes.fault(section.line, f"found [{section.name}] without host")
    first = port_of(section, "port", 1812, notes)
    found = []
    for number, entry in hosts.items():
        port = first if number == 1 else port_of(section, f"port_{number}", first, notes)
        if _is_address(section, entry, notes):
            host = f"[{entry.value}]" if ":" in entry.value else entry.value
            found.append(entry.value if port == 1812 else f"{host}:{port}")
    return found


def _is_address(section: Section, entry: Entry, notes: Notes) -> bool:
    try:
        ip_address(entry.value)
    except ValueError:
        message = f"found the name of a host in {section.name}, wanted its IP address: put it there"
        notes.fault(entry.line, message)
        return False
    return True


def _patience(section: Section, notes: Notes) -> dict[str, object]:
    notes.take(section, "retries", "retry_wait")
    retries = _number(section, "retries", _RETRIES, notes)
    wait = _number(section, "retry_wait", _RETRY_WAIT, notes)
    if retries is None or wait is None:
        return {}
    wait = min(max(wait, 1), _LONGEST_WAIT)
    timeout = min(max(wait * (retries + 1), wait, 1), _LONGEST)
    return {"timeout": f"{timeout}s", "retransmit": f"{wait}s"}


def _number(section: Section, key: str, default: int, notes: Notes) -> int | None:
    text = section.text(key, str(default))
    if text.isascii() and text.isdigit() and len(text) <= 4:
        return int(text)
    notes.fault(section.line_of(key), f"found no number in {section.name}.{key}")
    return None


def _attributes(section: Section, notes: Notes) -> object:
    """Give which attributes of the Access-Accept go on to the NAS."""
    notes.take(section, "pass_through_all", "pass_through_attr_names")
    if section.text("pass_through_all").lower() == "true":
        return "all"
    names = section.text("pass_through_attr_names").split(",")
    return [name.strip() for name in names if name.strip()]
