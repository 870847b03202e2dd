"""The JSON that is accepted from a peer."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.factors.strict_json import MalformedJson, parse_object


def test_an_object_is_read():
    """One object in UTF-8 is read as JSON says."""
    found = parse_object('{"a": [1, "é"], "b": null}'.encode())
    assert found == {"a": [1, "\u00e9"], "b": None}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"a": 1} {"a": 1}',
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"[" * 60000,
    ],
)
def test_anything_else_is_refused(text):
    """Other values, repeated names, numbers out of range, surrogates and deep nesting are refused."""
    with pytest.raises(MalformedJson):
        parse_object(text)


@given(st.binary(max_size=300))
def test_arbitrary_octets_never_raise_anything_else(octets):
    """Whatever the octets are, they are an object or MalformedJson."""
    with contextlib.suppress(MalformedJson):
        assert isinstance(parse_object(octets), dict)
