"""XML, read by a parser that knows no entities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.factors.seed_files.entry import BadFile
from proxy.factors.seed_files.xml_tree import DEPTH_LIMIT, parse


def test_a_document_becomes_a_tree_with_lines():
    """Known by local names; text of an element is what stands directly in it."""
    root = parse(b'<a:r xmlns:a="urn:one">\n  <s x="1">t<u/>v</s>\n\n  <a:w>&amp;&#65;</a:w></a:r>')
    assert (root.namespace, root.name, root.line) == ("urn:one", "r", 1)
    (first,) = root.all("s")
    assert (first.line, first.attributes, first.text) == (2, {"x": "1"}, "tv")
    assert (root.find("w").line, root.find("w").text) == (4, "&A")
    assert root.find("s", "u").text == ""
    assert root.find("s", "w") is None


def test_a_second_one_is_not_taken_for_the_first():
    """Where one element is wanted, two are a fault: nobody knows which counts."""
    root = parse(b"<r><a/>\n<a/></r>")
    with pytest.raises(BadFile, match="second a") as raised:
        root.find("a")
    assert raised.value.fault.line == 2


@pytest.mark.parametrize(
    "octets",
    [
        b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r>&b;</r>',
        b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>',
        b'<!DOCTYPE r SYSTEM "https://example.org/a.dtd"><r/>',
        b'<!DOCTYPE r [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><r/>',
        b"<!DOCTYPE r><r/>",
    ],
)
def test_a_document_type_is_refused(octets):
    """So nothing is expanded and nothing fetched."""
    with pytest.raises(BadFile, match="document type"):
        parse(octets)


@pytest.mark.parametrize(
    ("octets", "line"),
    [(b"", 1), (b"<r>\n<a></r>", 2), (b"<r>&nothing;</r>", 1), (b"<r/>\n<r/>", 2), (b"<r>\xff", 1)],
)
def test_what_is_no_xml(octets, line):
    """Is told with its line."""
    with pytest.raises(BadFile, match="not XML") as raised:
        parse(octets)
    assert raised.value.fault.line == line


def test_limits(monkeypatch):
    """Depth and number of elements."""
    parse(b"<r>" * DEPTH_LIMIT + b"</r>" * DEPTH_LIMIT)
    with pytest.raises(BadFile, match="deeper than"):
        parse(b"<r>" * (DEPTH_LIMIT + 1))
    monkeypatch.setattr("proxy.factors.seed_files.xml_tree.ELEMENTS_LIMIT", 100)
    parse(b"<r>" + b"<a/>" * 99 + b"</r>")
    with pytest.raises(BadFile, match="more than 100 elements"):
        parse(b"<r>" + b"<a/>" * 100 + b"</r>")


@pytest.mark.parametrize("name", ["TF-8", "utf-7", "shift_jis", "idna", "base64", "undefined"])
def test_an_encoding_that_cannot_be_read_is_told(name):
    """Whether Python has a codec of that name or not."""
    with pytest.raises(BadFile, match="encoding that is not supported") as raised:
        parse(f'<?xml version="1.0" encoding="{name}"?><r/>'.encode())
    assert raised.value.fault.line == 1


@given(st.binary(max_size=300) | st.text("<>/ar&;!x=\"' ", max_size=60).map(str.encode))
def test_whatever_is_given_is_a_tree_or_a_bad_file(octets):
    """Never another error; either has a line of it."""
    try:
        line = parse(octets).line
    except BadFile as bad:
        line = bad.fault.line
    assert 1 <= line <= len(octets) + 1
