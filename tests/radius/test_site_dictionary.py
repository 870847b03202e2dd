"""A site's own dictionary: adds attributes, changes none, tells its faults by line."""

import pytest

from proxy.radius import site_dictionary
from proxy.radius.attributes import Attributes
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.site_dictionary import BadDictionary
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
        (ACME + "ATTRIBUTE User-Password 3 string\n", 8, "User-Password"),
        (ACME + "ATTRIBUTE Our-Password 2 string\n", 8, "number 2, User-Password's"),
        (ACME + "VALUE Service-Type Framed-User 6\n", 8, "Service-Type"),
        (ACME + "ATTRIBUTE Acme-Broken x string\n", 8, ""),
        (ACME + "ATTRIBUTE Acme-Short\n", 8, ""),
        (ACME + "ATTRIBUTE Acme-Odd 3 nonsense\n", 8, ""),
        (ACME + "BEGIN-VENDOR Nobody\n", 8, ""),
        (ACME + " $include /etc/shadow\n", 8, "$INCLUDE"),
    ],
)
def test_faults_are_told_by_line(file, text, line, words):
    """What cannot be, and what would change the meaning of an attribute that decides a login."""
    with pytest.raises(BadDictionary) as told:
        read(file, text)
    assert (told.value.file, told.value.line) == (file, line)
    assert words in told.value.message


def test_octets_that_are_no_text(file):
    """The line of the first."""
    file.write_bytes(b"VENDOR Acme 1\n\xff\xfe\n")
    with pytest.raises(BadDictionary, match=r":2: found what is not UTF-8"):
        Attributes(file)


def test_bounds(file, monkeypatch):
    """A file is neither endless nor full of attributes."""
    monkeypatch.setattr(site_dictionary, "MOST_OCTETS", len(ACME) - 1)
    with pytest.raises(BadDictionary, match="octets"):
        read(file, ACME)
    monkeypatch.setattr(site_dictionary, "MOST_OCTETS", len(ACME))
    monkeypatch.setattr(site_dictionary, "MOST_ATTRIBUTES", 1)
    with pytest.raises(BadDictionary, match="attributes"):
        read(file, ACME)


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
