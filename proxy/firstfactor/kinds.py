"""
Which directory it is, by what its root DSE says; nothing of a login depends on it.

`check --connect` tells it, so that the operator learns what to set. What cannot be told apart by
what the product tried is `other`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from proxy.ldap.controls import PASSWORD_POLICY
from proxy.ldap.names import BadName, canonical_dn

Kind = Literal["active-directory", "389", "freeipa", "openldap", "other"]

ROOT_ATTRIBUTES: Final = (
    b"objectClass",
    b"vendorName",
    b"vendorVersion",
    b"namingContexts",
    b"supportedCapabilities",
    b"supportedControl",
    b"subschemaSubentry",
)
"""RFC 4512 section 5.1, RFC 3045, [MS-ADTS] section 3.1.1.3.2."""

_CAPABILITY_ACTIVE_DIRECTORY: Final = b"1.2.840.113556.1.4.800"
_CAPABILITY_LIGHTWEIGHT: Final = b"1.2.840.113556.1.4.1851"
_OPENLDAP: Final = b"OpenLDAProotDSE"
_NAMES: Final = re.compile(rb"\sNAME\s+(?:'([^']{1,200})'|\(([^)]{1,2000})\))")
_TEXT_LIMIT: Final = 100
"""Octets kept of a vendor's words."""

Values = Mapping[bytes, list[bytes]]
"""An entry's attributes, names in lower case."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a server is."""

    kind: Kind
    title: str
    """For people: the product, with its version where it tells it; empty: it tells nothing."""
    suffix: str | None
    """The naming context that the people are in; None: it does not say."""
    password_policy: bool
    """Whether it knows the password policy's control."""
    unknown: frozenset[str] = frozenset()
    """Attributes of the configuration that its schema does not have; empty where it shows none."""


def recognise(root: Values, search_base: str) -> Found:
    """Tell a directory by its root DSE."""
    vendor, version = _text(root, b"vendorname"), _text(root, b"vendorversion")
    said = " ".join(filter(None, (vendor, version)))
    capabilities = root.get(b"supportedcapabilities", [])
    kind: Kind = "other"
    if is_active_directory(root):
        kind = "active-directory"
        product = "Active Directory"
        if _CAPABILITY_ACTIVE_DIRECTORY not in capabilities:
            product += " Lightweight Directory Services"
        said = f"{product} ({said})" if said else product
    elif vendor.startswith("389 Project"):
        kind = "389"
        said = f"389 Directory Server ({version})"
    elif _OPENLDAP in root.get(b"objectclass", []):
        kind = "openldap"
        said = "OpenLDAP"
    return Found(
        kind,
        said,
        _suffix(root.get(b"namingcontexts", []), search_base),
        PASSWORD_POLICY in root.get(b"supportedcontrol", []),
    )


def is_active_directory(root: Values) -> bool:
    """Say whether a root DSE is Active Directory's, or its Lightweight Directory Services'."""
    capabilities = root.get(b"supportedcapabilities", [])
    return _CAPABILITY_ACTIVE_DIRECTORY in capabilities or _CAPABILITY_LIGHTWEIGHT in capabilities


def is_freeipa(suffix_entry: Values) -> bool:
    """Say whether the entry of a suffix says, as FreeIPA's own clients look for, that it is one."""
    return any(value.lower().startswith(b"ipa ") for value in suffix_entry.get(b"info", []))


def unknown_attributes(configured: Iterable[str], definitions: Iterable[bytes]) -> frozenset[str]:
    """
    Give the attributes that a schema does not have.

    Args:
        configured: names, perhaps with options; numeric ones are not looked for.
        definitions: values of `attributeTypes` (RFC 4512 section 4.1.2); none: nothing is unknown.
    """
    known: set[str] = set()
    for definition in definitions:
        names = _NAMES.search(definition)
        if names is not None:
            known.update(
                name.decode("ascii", "replace").lower()
                for name in (names[1] or names[2]).replace(b"'", b" ").split()
            )
    if not known:
        return frozenset()
    return frozenset(
        name
        for name in configured
        if not name[:1].isdigit() and name.partition(";")[0].lower() not in known
    )


def _text(root: Values, name: bytes) -> str:
    """Give the first value as printable text."""
    values = root.get(name, [])
    text = values[0][:_TEXT_LIMIT].decode("utf-8", "replace") if values else ""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _suffix(contexts: Iterable[bytes], search_base: str) -> str | None:
    """Give the longest naming context that a base lies in."""
    base = canonical_dn(search_base)
    fitting = []
    for context in contexts:
        try:
            name = context.decode()
            canonical = canonical_dn(name)
        except (BadName, UnicodeDecodeError):
            continue  # OpenLDAP's empty one; nothing lies in the others
        if base == canonical or base.endswith(f",{canonical}"):
            fitting.append(name)
    return max(fitting, key=len, default=None)
