"""The dictionary files, as pyrad reads them."""

from pathlib import Path

import pytest
from pyrad.dictionary import Dictionary

from proxy.radius.definitions import STANDARD, read_definitions

FREERADIUS = Path("/usr/share/freeradius")
RFCS = [path.name for path in sorted(STANDARD.parent.glob("rfc*"))]
NOT_OF_THE_RFCS = {("Acct-Status-Type", "Alive"), ("Acct-Authentic", "Diameter")}
"""Values that FreeRADIUS adds to those of the RFCs."""


def test_the_standard_attributes_are_there():
    """Attributes of every RFC are known, with type, tag and hiding."""
    known = read_definitions(STANDARD)
    assert (known["User-Password"].kind, known["User-Password"].hiding) == (2, 1)
    password = known["Tunnel-Password"]
    assert (password.kind, password.tagged, password.hiding) == (69, True, 2)
    assert known["Framed-IPv6-Prefix"].datatype == "ipv6prefix"
    assert known["Error-Cause"].numbers["Invalid-EAP-Packet"] == 202
    assert known["Tunnel-Type"].names[13] == "VLAN"
    assert known["Tunnel-Medium-Type"].names[1] == "IPv4"
    assert known["Message-Authenticator"].kind == 80


def test_every_file_names_its_source_and_is_included():
    """Each file begins with its RFC, and `all` includes it."""
    folder = STANDARD.parent
    included = STANDARD.read_text()
    for rfc in RFCS:
        assert (folder / rfc).read_text().startswith(f"# RFC {rfc.removeprefix('rfc')}, ")
        assert f"$INCLUDE {rfc}\n" in included


@pytest.mark.scenario
@pytest.mark.skipif(not FREERADIUS.is_dir(), reason="FreeRADIUS's dictionaries are not installed")
def test_freeradius_has_the_same():
    """Names, numbers, tags and named values are those of FreeRADIUS's dictionaries."""
    # rfc2865 has the attributes that rfc3576 adds values to, and rfc5176 adds to rfc3576's.
    rfcs = sorted([*RFCS, "rfc3576"])
    files = [FREERADIUS / f"dictionary.{rfc}" for rfc in rfcs]
    theirs = Dictionary(*[str(path) for path in files if path.exists()])
    ours = read_definitions(STANDARD)
    assert set(theirs.attributes) - set(ours) == set()
    for name, definition in ours.items():
        entry = theirs.attributes[name]
        assert (name, entry.code, entry.type) == (name, definition.kind, definition.datatype)
        assert (name, entry.has_tag, entry.encrypt) == (name, definition.tagged, definition.hiding)
        values = {
            value: int.from_bytes(octets, "big")
            for value, octets in entry.values.forward.items()
            if (name, value) not in NOT_OF_THE_RFCS
        }
        if definition.datatype == "integer":
            assert (name, values) == (name, dict(definition.numbers))
