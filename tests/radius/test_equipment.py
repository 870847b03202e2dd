"""The attributes of equipment: pyrad writes the same octets, FreeRADIUS has the same numbers."""

from pathlib import Path

import pytest
from pyrad.dictionary import Dictionary
from pyrad.packet import Packet as PyradPacket

from proxy.radius.attributes import Attributes
from proxy.radius.definitions import STANDARD, VENDORS, read_definitions
from proxy.radius.packet import decode
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.peers.equipment import RENAMED, REPLIES, UNKNOWN

FREERADIUS = Path("/usr/share/freeradius")
THEIRS = {"cisco.asa": ("cisco.asa", "cisco.vpn3000")}
"""Where FreeRADIUS has it, if not under the same name."""
SECRET = b"xyzzy5461"
ATTRIBUTES = Attributes()
FOLDER = VENDORS.parent
FILES = [line.split()[1] for line in VENDORS.read_text().splitlines() if line.startswith("$")]


def test_every_file_is_included_and_names_its_source():
    """Also, each has its reply to be tried."""
    others = {"README", "all", "vendors"}
    found = {path.name for path in FOLDER.iterdir()} - others
    assert {name for name in found if not name.startswith("rfc")} == set(FILES)
    assert set(REPLIES) == {*FILES, "standard"}
    for name in FILES:
        first = (FOLDER / name).read_text().splitlines()[0]
        assert first.startswith("# "), name


@pytest.mark.parametrize("vendor", REPLIES)
def test_pyrad_writes_the_same_octets(vendor):
    """One reply of each vendor's."""
    shared, authenticator = SharedSecret(Secret(SECRET)), bytes(range(16))
    dictionary = Dictionary(str(STANDARD), str(VENDORS))
    theirs = PyradPacket(2, 1, SECRET, authenticator, dict=dictionary)
    ours = b""
    for name, value in REPLIES[vendor]:
        definition = ATTRIBUTES.find(name)
        number = value.isdigit() and definition.datatype == "integer"
        theirs.AddAttribute(name, int(value) if number else value)
        ours += ATTRIBUTES.encode(name, value).write(shared, authenticator, b"")
    found = decode(theirs.ReplyPacket()).attributes
    head = bytes((2, 1)) + (20 + len(ours)).to_bytes(2, "big") + authenticator
    assert sorted(decode(head + ours).attributes) == sorted(found)


def definitions(name):
    """Read a dictionary of FreeRADIUS's by eye: names and types by vendor and number."""
    vendors, found, vendor = {}, {}, None
    for line in (FREERADIUS / f"dictionary.{name}").read_text(errors="replace").splitlines():
        match line.split("#")[0].split():
            case ["VENDOR", called, number, *_]:
                vendors[called] = int(number)
            case ["BEGIN-VENDOR", called, *_]:
                vendor = vendors.get(called)
            case ["ATTRIBUTE", called, number, kind, *_] if number.isdigit():
                found.setdefault((vendor, int(number)), set()).add((called.lower(), kind))
    return found


@pytest.mark.skipif(not FREERADIUS.is_dir(), reason="freeradius-common is not installed")
@pytest.mark.parametrize("vendor", FILES)
def test_freeradius_has_the_same_numbers(vendor):
    """Name, number and type of each attribute; where it has another name, that is told."""
    standard = read_definitions(STANDARD)
    ours = read_definitions(STANDARD, FOLDER / vendor)
    theirs = {}
    for name in THEIRS.get(vendor, (vendor,)):
        for key, named in definitions(name).items():
            theirs.setdefault(key, set()).update(named)
    for name, one in ours.items():
        if name not in standard and name not in UNKNOWN:
            called = RENAMED.get(name, name).lower()
            assert (called, one.datatype) in theirs[one.vendor, one.kind], name
