"""A site's own dictionary: adds attributes, changes none, tells its faults by line."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.radius import site_dictionary
from proxy.radius.attributes import Attributes
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.site_dictionary import MOST_FAULTS, BadDictionary
from proxy.radius.values import BadAttribute
from proxy.secret import Secret

ACME = """# Acme, whose number nobody else has
VENDOR Acme 64999
BEGIN-VENDOR Acme
ATTRIBUTE Acme-Role 1 string
ATTRIBUTE Acme-Level 2 integer
VALUE Acme-Level High 7
END-VENDOR Acme
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "acme.dictionary"


def read(file, text):
    file.write_text(text)
    return Attributes(file)


def test_its_attributes_stand_beside_ours(file):
    """In replies and, by their names, in conditions."""
    attributes = read(file, ACME)
    shared = SharedSecret(Secret(b"xyzzy5461"))
    octets = attributes.encode("Acme-Level", "High").write(shared, bytes(16), b"")
    assert octets == b"\x1a\x0c\x00\x00\xfd\xe7\x02\x06\x00\x00\x00\x07"
    assert attributes.select(["Acme-Level"]).read([(26, octets[2:])]) == {"Acme-Level": ("High",)}
    assert attributes.find("Class").kind == 25


def test_a_vendor_that_is_known_gets_more(file):
    """Equipment learns new attributes before we do."""
    more = "BEGIN-VENDOR Fortinet\nATTRIBUTE Fortinet-New 99 string\nEND-VENDOR Fortinet\n"
    assert read(file, more).find("Fortinet-New").vendor == 12356


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "ATTRIBUTE User-Password 3 string",
            8,
            "found User-Password, which has a definition already",
        ),
        ("ATTRIBUTE Our-Password 2 string", 8, "number 2, User-Password's"),
        ("ATTRIBUTE Vendors 26 octets", 8, "number 26, Vendor-Specific's"),
        ("ATTRIBUTE Filter-Id 11 octets", 8, "found Filter-Id, which has a definition already"),
        ("ATTRIBUTE Internal 1000 string", 8, "found number 1000 for Internal, wanted 1 to 255"),
        ("ATTRIBUTE Nothing 0 string", 8, "found number 0 for Nothing, wanted 1 to 255"),
        ("ATTRIBUTE Acme-More 256 string Acme", 8, "256 for Acme-More, wanted 0 to 255"),
        ("ATTRIBUTE Acme-Role 9 string Acme", 8, "found Acme-Role, which has a definition already"),
        ("ATTRIBUTE Acme-Broken x string", 8, "Illegal attribute code: x"),
        ("ATTRIBUTE Acme-Short", 8, "wanted ATTRIBUTE, a name, a number and a type"),
        ("ATTRIBUTE -/Acme 7 string", 8, "wanted ATTRIBUTE, a name, a number and a type"),
        ("ATTRIBUTE Acme-Odd 203 nonsense", 8, "Illegal type: nonsense"),
        ("ATTRIBUTE Acme-Secret 203 string encrypt=9", 8, "Illegal attribute encryption: 9"),
        ("ATTRIBUTE Acme-Tag 203 ipaddr has_tag", 8, "has_tag on type ipaddr, wanted string or"),
        ("ATTRIBUTE Acme-Of 203 string Nobody", 8, "Unknown vendor Nobody"),
        ("VALUE Service-Type Framed-User 6", 8, "found Framed-User of Service-Type, which has"),
        (
            "VALUE Acme-Level High 8",
            8,
            "found High of Acme-Level, which has another number already",
        ),
        ("VALUE Acme-Level 7 8", 8, "found 7 as the name of a value, wanted one that is no number"),
        ("VALUE Acme-Level Higher x", 8, "Illegal value x"),
        ("VALUE Acme-Level Higher 4294967296", 8, "out of range"),
        ("VALUE Acme-Level Higher", 8, "wanted VALUE, an attribute, a name and a number"),
        ("VALUE Acme-Nothing High 1", 8, "a value of Acme-Nothing, which nothing above defines"),
        ("VENDOR Acme 64998", 8, "found vendor Acme with number 64998, which has 64999"),
        ("VENDOR Microsoft 64998", 8, "found vendor Microsoft with number 64998, which has 311"),
        ("VENDOR Big 16777216", 8, "found vendor number 16777216, wanted 1 to 16777215"),
        ("VENDOR Word many", 8, "found vendor number many, wanted 1 to 16777215"),
        ("VENDOR Odd 64997 format=9,9", 8, "Unknown vendor format specification 9,9"),
        ("VENDOR Odd 64997 format", 8, "found no VENDOR"),
        ("VENDOR Alone", 8, "wanted VENDOR, a name and a number"),
        ("BEGIN-VENDOR Nobody", 8, "Unknown vendor Nobody"),
        ("END-VENDOR Acme", 8, "found the end of what is not open: Acme"),
        (" $include /etc/shadow", 8, "found $INCLUDE, wanted every file in radius.dictionaries"),
        ("PROTOCOL RADIUS 1", 8, "found 'PROTOCOL', wanted VENDOR, BEGIN-VENDOR, END-VENDOR,"),
        ("# caf\udce9\nVENDOR caf\udce9 5", 9, "found what is not UTF-8"),
        (
            f"ATTRIBUTE Acme-Long 9 {'x' * 500}",
            8,
            "found more than 500 octets, wanted one statement",
        ),
    ],
)
def test_faults_are_told_by_line(file, text, line, words):
    """What cannot be, and what would change the meaning of an attribute that decides a login."""
    file.write_bytes((ACME + text + "\n").encode(errors="surrogateescape"))
    with pytest.raises(BadDictionary) as told:
        Attributes(file)
    (fault,) = told.value.faults
    assert (fault.file, fault.line) == (file, line)
    assert words in fault.message


def test_every_fault_of_every_file_is_told(file, tmp_path):
    """All at once; what stands in a vendor that is faulty is not told again."""
    other = tmp_path / "other.dictionary"
    file.write_text(
        "BEGIN-VENDOR Nobody\nATTRIBUTE User-Name 9 string\nEND-VENDOR Nobody\n"
        "WHAT\nVALUE Nothing On 1\nATTRIBUTE Class 25 string\n"
    )
    other.write_text("ATTRIBUTE Broken\n")
    gone = tmp_path / "gone"
    with pytest.raises(BadDictionary) as told:
        Attributes(file, gone, other)
    assert [(fault.file, fault.line) for fault in told.value.faults] == [
        *[(file, line) for line in (1, 4, 5, 6)],
        (gone, None),
        (other, 1),
    ]
    assert "cannot read" in told.value.faults[4].message


def test_what_is_no_dictionary_at_all_ends(file):
    """The faults of one file are bounded; the last says so."""
    file.write_text("what\n" * 1000)
    with pytest.raises(BadDictionary) as told:
        Attributes(file)
    assert len(told.value.faults) == MOST_FAULTS + 1
    assert "the rest is not told" in told.value.faults[-1].message


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("ATTRIBUTE Acme-X 200 tlv\nATTRIBUTE Acme-Y 200.1 string", 8, "of type tlv"),
        ("ATTRIBUTE Acme-X 200.1 string", 8, "part of a TLV"),
        ("BEGIN-TLV Acme-T\nATTRIBUTE Acme-X 1 string\nEND-TLV Acme-T", 9, "part of a TLV"),
        ("ATTRIBUTE Acme-X 200 combo-ip", 8, "of type combo-ip"),
        ("ATTRIBUTE Acme-X 200 ipaddr array", 8, "with the flag array"),
        ("VENDOR O 9999 format=2,1\nATTRIBUTE Acme-X 1 string O", 9, "in a vendor's own format"),
        (
            "VENDOR O 9999 format=4,0\nBEGIN-VENDOR O\nATTRIBUTE Acme-X 70000 string\nEND-VENDOR O",
            10,
            "in a vendor's own format",
        ),
        (
            "BEGIN-VENDOR Acme format=Extended-Vendor-Specific-1\nATTRIBUTE Acme-X 1 string",
            9,
            "in a vendor's own format",
        ),
    ],
)
def test_what_cannot_be_written_is_set_aside(file, text, line, why):
    """The rest of the file serves; whoever names such an attribute is told where and why."""
    attributes = read(file, ACME + text + "\n")
    assert attributes.find("Acme-Role").kind == 1
    assert attributes.set_aside["Acme-X"].line == line
    with pytest.raises(BadAttribute, match=f"acme.dictionary:{line} defines {why}"):
        attributes.find("Acme-X")


def test_the_same_again_is_no_change(file):
    """Equipment's own file has what ours has; values are added, ours are the ones that are read."""
    attributes = read(
        file,
        "VENDOR fortinet 12356\nBEGIN-VENDOR fortinet\n"
        "ATTRIBUTE Fortinet-Group-Name 1 String # in another writing\nEND-VENDOR fortinet\n"
        "VALUE F5-LTM-User-Role Deputy 400\nVALUE F5-LTM-User-Role Newer 450\n",
    )
    assert attributes.find("Fortinet-Group-Name") == Attributes().find("Fortinet-Group-Name")
    assert attributes.canonical("F5-LTM-User-Role", "Deputy") == "Operator"
    assert attributes.canonical("F5-LTM-User-Role", "450") == "Newer"


def test_another_name_for_what_we_know(file):
    """A vendor's attribute may have two names: both are read."""
    attributes = read(
        file, "BEGIN-VENDOR Fortinet\nATTRIBUTE Acme-Group 1 string\nEND-VENDOR Fortinet\n"
    )
    octets = attributes.encode("Acme-Group", "staff").octets
    assert octets == attributes.encode("Fortinet-Group-Name", "staff").octets
    names = ["Acme-Group", "Fortinet-Group-Name"]
    found = attributes.select(names).read([(26, octets[2:])])
    assert found == dict.fromkeys(names, ("staff",))


def test_a_value_may_stand_before_its_attribute(file):
    """FreeRADIUS takes them in any order."""
    lines = ACME.splitlines(keepends=True)
    attributes = read(file, "".join([lines[5], *lines[:5], *lines[6:]]))
    assert attributes.canonical("Acme-Level", "7") == "High"


def test_bounds(file, monkeypatch):
    """A file is neither endless nor full of attributes."""
    monkeypatch.setattr(site_dictionary, "MOST_OCTETS", len(ACME) - 1)
    with pytest.raises(BadDictionary, match="octets"):
        read(file, ACME)
    monkeypatch.setattr(site_dictionary, "MOST_OCTETS", len(ACME))
    monkeypatch.setattr(site_dictionary, "MOST_ATTRIBUTES", 1)
    with pytest.raises(BadDictionary, match=r":5: found more than 1 attributes"):
        read(file, ACME)


WORDS = """
    ATTRIBUTE VALUE VENDOR BEGIN-VENDOR END-VENDOR BEGIN-TLV $INCLUDE Acme Acme-Role Class Microsoft
    1 2 25 0x7 -1 999999999999 1.2 string integer tlv octets[4] has_tag encrypt=2 format=1,1
    format=2,2 format= encrypt array,has_tag # High
"""


@given(
    st.one_of(
        st.lists(
            st.lists(st.sampled_from(WORDS.split()), max_size=6).map(" ".join), max_size=12
        ).map("\n".join),
        st.text(max_size=200),
    )
)
def test_any_text_is_a_dictionary_or_has_faults(tmp_path_factory, text):
    """Nothing that stands in a file raises anything else, and what is read can be written."""
    file = tmp_path_factory.getbasetemp() / "any.dictionary"
    file.write_text(ACME + text)
    faults, attributes = [], Attributes()
    try:
        attributes = Attributes(file)
    except BadDictionary as bad:
        faults = bad.faults
    assert all(0 < (fault.line or 0) <= (ACME + text).count("\n") + 1 for fault in faults)
    assert attributes.find("User-Password") == Attributes().find("User-Password")
    for name in set(text.split()):
        with suppress(BadAttribute):
            attributes.encode(name, "1")


def test_several_files(file, tmp_path):
    """Each adds to those before it."""
    other = tmp_path / "more.dictionary"
    other.write_text("VENDOR More 64998\nBEGIN-VENDOR More\nATTRIBUTE More-Role 1 string\n")
    file.write_text(ACME)
    attributes = Attributes(file, other)
    assert attributes.find("Acme-Role").vendor == 64999
    assert attributes.find("More-Role").vendor == 64998


def test_a_name_that_two_files_have(file, tmp_path):
    """The second is refused."""
    other = tmp_path / "more.dictionary"
    file.write_text(ACME)
    other.write_text(ACME.replace("Acme-Role 1", "Acme-Role 3"))
    with pytest.raises(BadDictionary, match=r"more\.dictionary:4: found Acme-Role"):
        Attributes(file, other)
