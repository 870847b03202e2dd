"""Where passwords are checked: [ad_client] becomes a directory."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from proxy.cli.authproxy.cfg import Section
from proxy.cli.authproxy.remarks import Notes
from proxy.ldap.filters import BadFilter, compile_filter
from proxy.ldap.names import BadName, canonical_dn
from proxy.secret import Secret

PORTS: Final = {"clear": 389, "starttls": 389, "ldaps": 636}
_LEFT: Final = {
    "auth_type": "a simple bind over TLS is what there is, no NTLM or SSPI",
    "ntlm_domain": "a simple bind over TLS is what there is, no NTLM",
    "ntlm_workstation": "a simple bind over TLS is what there is, no NTLM",
    "domain_discovery": "name the domain controllers in `servers`",
    "minimum_tls_version": "TLS 1.2 is the least there is",
    "cipher_list": "the ciphers are those of this system's OpenSSL",
}


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A secret that gets a file of its own; in the YAML it is `!file NAME`."""

    name: str
    secret: Secret | None
    """None: the file is another command's to make."""


@dataclass(frozen=True, slots=True)
class Directory:
    """What becomes of a client section."""

    name: str
    keys: dict[str, object]
    groups: tuple[str, ...] = ()
    """DNs of groups, one of which a policy for this directory requires."""
    secrets: tuple[SecretFile, ...] = field(default=(), repr=False)


def directory_of(section: Section, folder: Path, notes: Notes) -> Directory | None:
    """
    Translate an [ad_client]; None: it has faults.

    Args:
        folder: where relative paths of the source start.
    """
    faults = len(notes.faults)
    keys: dict[str, object] = {"type": "ldap"}
    keys.update(_servers(section, notes))
    keys.update(_trust(section, folder, notes))
    bind, secrets = _service_account(section, notes)
    keys.update(bind)
    keys["search_base"] = _dn(section, "search_dn", notes)
    keys.update(_people(section, notes))
    keys["groups"] = {"attribute": "memberOf"}
    keys.update(_timeout(section, notes))
    groups = _groups(section, notes)
    notes.leave(section, _LEFT)
    message = f"directories.{section.name}: the name is part of every account and stays; "
    notes.say(section.line, "to do", message + "rename it now, if you want another")
    if len(notes.faults) > faults:
        return None
    return Directory(section.name, keys, groups, secrets)


def placeholder(section: Section, why: str, notes: Notes) -> Directory:
    """Give a directory that refuses everybody until it is filled in."""
    message = f"directories.{section.name}: {why}; fill in its `servers`, `search_base` and "
    notes.say(section.line, "to do", message + "service account: until then it refuses everybody")
    keys: dict[str, object] = {
        "type": "ldap",
        "servers": ["ldaps://dc.example.invalid"],
        "search_base": "dc=example,dc=invalid",
        "user_filter": "(&(objectClass=person)(sAMAccountName={username}))",
        "user_name": "sAMAccountName",
        "groups": {"attribute": "memberOf"},
    }
    return Directory(section.name, keys)


def _servers(section: Section, notes: Notes) -> dict[str, object]:
    notes.take(section, "transport", "port")
    notes.take_numbered(section, "host")
    transport = section.text("transport", "clear").lower()
    if transport not in PORTS:
        notes.fault(section.line_of("transport"), "found no transport: clear, starttls or ldaps")
        return {}
    port = port_of(section, "port", PORTS[transport], notes)
    hosts = section.numbered("host")
    if not hosts:
        notes.fault(section.line, f"found [{section.name}] without host")
    scheme = "ldaps" if transport == "ldaps" else "ldap"
    found: dict[str, object] = {
        "servers": [_url(scheme, entry.value, port, PORTS[transport]) for entry in hosts.values()]
    }
    if transport == "starttls":
        found["start_tls"] = True
    if transport == "clear":
        found["allow_cleartext"] = True
        message = f"{section.name}: passwords cross the network in the clear; change `servers` to "
        message += "ldaps:// and take `allow_cleartext` away"
        notes.say(section.line_of("transport"), "to do", message)
    return found


def _url(scheme: str, host: str, port: int, usual: int) -> str:
    named = f"[{host}]" if ":" in host else host
    return f"{scheme}://{named}" if port == usual else f"{scheme}://{named}:{port}"


def port_of(section: Section, key: str, default: int, notes: Notes) -> int:
    """Give a port, or the default where there is none or it is at fault."""
    text = section.text(key, str(default))
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        notes.fault(section.line_of(key), f"found no port in {key}, wanted 1 to 65535")
        return default
    return int(text)


def _trust(section: Section, folder: Path, notes: Notes) -> dict[str, object]:
    notes.take(section, "ssl_ca_certs_file", "ssl_verify_hostname")
    if section.text("ssl_verify_hostname", "true").lower() == "false":
        message = f"{section.name}.ssl_verify_hostname: host names are always checked; `servers` "
        line = section.line_of("ssl_verify_hostname")
        notes.say(line, "to do", message + "must name them as their certificates do")
    name = section.text("ssl_ca_certs_file")
    if not name:
        return {}
    file = folder / name
    if file.is_file():
        return {"ca_certificates": str(file.absolute())}
    message = f"{section.name}.ssl_ca_certs_file: not found on this machine; without "
    message += "`ca_certificates` the system's CAs vouch for the directory"
    notes.say(section.line_of("ssl_ca_certs_file"), "to do", message)
    return {}


def _service_account(
    section: Section, notes: Notes
) -> tuple[dict[str, object], tuple[SecretFile, ...]]:
    keys = ("service_account_username", "service_account_password")
    notes.take(section, "bind_dn", *keys, f"{keys[1]}_protected")
    dn = section.text("bind_dn") or section.text(keys[0])
    password = section.text(keys[1])
    if section.text(f"{keys[1]}_protected"):
        message = f"{section.name}: the service account's password is encrypted for the other "
        message += "machine; write `bind_dn` and `bind_password`, without which nobody is found"
        notes.say(section.line_of(f"{keys[1]}_protected"), "to do", message)
        return {}, ()
    if not dn or not password:
        message = f"{section.name}: no service account with a password is given; write `bind_dn` "
        notes.say(section.line, "to do", message + "and `bind_password`, or nobody is found")
        return {}, ()
    file = SecretFile(f"{section.name}.password", Secret(password.encode()))
    if not _is_dn(dn):
        dn = f"CN={_escaped(dn)},CN=Users,{_domain(section)}"
        message = f"{section.name}: found the service account's name, and wanted is its DN; "
        message += "`bind_dn` is a guess, put the right one there"
        notes.say(section.line_of(keys[0]), "to do", message)
    return {"bind_dn": dn, "bind_password": file}, (file,)


def _is_dn(text: str) -> bool:
    try:
        return len(canonical_dn(text)) > 0
    except BadName:
        return False


def _escaped(value: str) -> str:
    r"""Write a value of a DN (RFC 4514 section 2.4); `DOMAIN\name` is the name."""
    name = value.rpartition("\\")[2].partition("@")[0]
    return "".join(f"\\{one}" if one in ',+"\\<>;=#' else one for one in name) or "unknown"


def _domain(section: Section) -> str:
    """Give the DC parts of `search_dn`."""
    parts = [part.strip() for part in section.text("search_dn").split(",")]
    return ",".join(part for part in parts if part.upper().startswith("DC=")) or "DC=invalid"


def _dn(section: Section, key: str, notes: Notes) -> str:
    notes.take(section, key)
    text = section.text(key)
    if not _is_dn(text):
        notes.fault(section.line_of(key), f"found no distinguished name in {section.name}.{key}")
    return text


def _people(section: Section, notes: Notes) -> dict[str, object]:
    notes.take(section, "username_attribute", "at_attribute", "ldap_filter")
    name = section.text("username_attribute", "sAMAccountName")
    at_name = section.text("at_attribute", "userPrincipalName")
    found = f"({name}={{username}})"
    if at_name.lower() != name.lower():
        found = f"(|{found}({at_name}={{username}}))"
    own = section.text("ldap_filter")
    if own and not own.startswith("("):
        own = f"({own})"
    whole = f"(&(objectClass=person){found}{own})"
    try:
        compile_filter(whole, "username")
    except BadFilter as error:
        line = section.line_of("ldap_filter" if own else "username_attribute")
        notes.fault(line, f"found no filter for {section.name}: {error}")
    return {"user_filter": whole, "user_name": name}


def _groups(section: Section, notes: Notes) -> tuple[str, ...]:
    notes.take(section, "security_group_dn")
    text = section.text("security_group_dn")
    if not text:
        return ()
    return (_dn(section, "security_group_dn", notes),)


def _timeout(section: Section, notes: Notes) -> dict[str, object]:
    notes.take(section, "timeout")
    text = section.text("timeout")
    if not text:
        return {}
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 60:
        message = f"{section.name}.timeout: between 1s and 1m here; 5s is the default"
        notes.say(section.line_of("timeout"), "differs", message)
        return {}
    return {"timeout": f"{int(text)}s"}
