"""The attributes of equipment: pyrad writes the same octets, FreeRADIUS has the same numbers."""

from io import StringIO
from pathlib import Path

import pytest
from pyrad.dictionary import Dictionary
from pyrad.packet import Packet as PyradPacket

from proxy.radius.attributes import Attributes
from proxy.radius.definitions import NUMBER_LENGTHS, STANDARD, VENDORS, read_definitions
from proxy.radius.packet import decode, encode_attributes
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from tests.peers.equipment import FREERADIUS_FILES, NAMED, REPLIES

FREERADIUS = Path("/usr/share/freeradius")
SECRET = b"xyzzy5461"
ATTRIBUTES = Attributes()
FOLDER = VENDORS.parent
FILES = [line.split()[1] for line in VENDORS.read_text().splitlines() if line.startswith("$")]

with_freeradius = pytest.mark.skipif(
    not FREERADIUS.is_dir(), reason="freeradius-common is not installed"
)


def test_every_file_is_included_and_names_its_source():
    """Also, each has its reply to be tried."""
    others = {"README", "all", "vendors"}
    found = {path.name for path in FOLDER.iterdir()} - others
    assert {name for name in found if not name.startswith("rfc")} == set(FILES)
    assert set(REPLIES) == {*FILES, "standard"}
    for name in FILES:
        head = (FOLDER / name).read_text().split("\n\n")[0]
        assert all(line.startswith("# ") for line in head.splitlines()), name
        assert '"' in head or "RFC" in head, f"{name} names no document"


def test_no_two_of_ours_are_one():
    """A number has one name of ours, but for those that the ASA took over from the VPN 3000."""
    names = {}
    for name, one in read_definitions(STANDARD, VENDORS).items():
        if not name.startswith("CVPN3000-"):
            names.setdefault((one.vendor, one.kind), []).append(name)
    assert {key: found for key, found in names.items() if len(found) > 1} == {}


@pytest.mark.parametrize("vendor", REPLIES)
def test_pyrad_writes_the_same_octets(vendor):
    """One reply of each vendor's, octet for octet and in the same order."""
    shared, authenticator = SharedSecret(Secret(SECRET)), bytes(range(16))
    dictionary = Dictionary(str(STANDARD), str(VENDORS))
    theirs = PyradPacket(2, 1, SECRET, authenticator, dict=dictionary)
    ours = b""
    for name, value in REPLIES[vendor]:
        definition = ATTRIBUTES.find(name)
        number = definition.datatype in NUMBER_LENGTHS and value not in definition.numbers
        theirs.AddAttribute(name, int(value, 0) if number else value)
        ours += ATTRIBUTES.encode(name, value).write(shared, authenticator, b"")
    written = encode_attributes(decode(theirs.ReplyPacket()).attributes)
    assert ours == written


@pytest.mark.parametrize("vendor", REPLIES)
def test_a_policy_reads_what_was_written(vendor):
    """What a NAS sends of these is compared as the configuration writes it."""
    shared = SharedSecret(Secret(SECRET))
    octets, wanted = b"", {}
    for name, value in REPLIES[vendor]:
        octets += ATTRIBUTES.encode(name, value).write(shared, bytes(16), b"")
        wanted.setdefault(name, []).append(ATTRIBUTES.canonical(name, value))
    packet = decode(bytes((1, 1)) + (20 + len(octets)).to_bytes(2, "big") + bytes(16) + octets)
    found = ATTRIBUTES.select(wanted).read(packet.attributes)
    assert found == {name: tuple(values) for name, values in wanted.items()}


def theirs_of(vendor):
    """Read FreeRADIUS's dictionary of a vendor with pyrad."""
    dictionary = Dictionary()
    for file in FREERADIUS_FILES.get(vendor, (vendor,)):
        text = (FREERADIUS / f"dictionary.{file}").read_text()
        # FreeRADIUS takes a type in any letters, pyrad in small ones alone.
        dictionary.ReadDictionary(StringIO(text.replace("\tString", "\tstring")))
    return dictionary


@with_freeradius
@pytest.mark.parametrize("vendor", FILES)
def test_freeradius_has_the_same(vendor):
    """Vendor, number, type, tag, hiding and named values; where it has another name, that is told."""
    standard = read_definitions(STANDARD)
    theirs = theirs_of(vendor)
    for name, one in read_definitions(STANDARD, FOLDER / vendor).items():
        if name in standard:
            continue
        entry = theirs.attributes[NAMED.get(name, name)]
        number = theirs.vendors.GetForward(entry.vendor)
        assert (name, number, entry.code) == (name, one.vendor, one.kind)
        assert (name, entry.type) == (name, one.datatype)
        assert (name, entry.has_tag, entry.encrypt) == (name, one.tagged, one.hiding)
        values = {
            value: int.from_bytes(octets, "big") for value, octets in entry.values.forward.items()
        }
        assert dict(one.numbers).items() <= values.items(), name


@with_freeradius
@pytest.mark.parametrize("vendor", FILES)
def test_freeradius_own_file_may_be_a_sites(vendor):
    """It agrees with ours, adds what ours leaves out, and all that we have is as before."""
    for file in FREERADIUS_FILES.get(vendor, (vendor,)):
        both = Attributes(FREERADIUS / f"dictionary.{file}")
        for name, value in REPLIES[vendor]:
            assert both.encode(name, value).octets == ATTRIBUTES.encode(name, value).octets
            assert both.canonical(name, value) == ATTRIBUTES.canonical(name, value)
