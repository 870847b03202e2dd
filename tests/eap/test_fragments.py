"""TLS data in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.eap.fragments import (
    MAX_MESSAGE,
    MAX_PIECES,
    Assembly,
    BadFragment,
    Piece,
    cut,
    read_piece,
)


@given(st.binary(max_size=5000), st.integers(min_value=40, max_value=1500))
def test_what_is_cut_is_put_together(message, size):
    """Whatever the size; no piece is larger, and the first tells the length of all."""
    pieces = cut(message, size)
    assert all(len(piece) <= size for piece in pieces)
    assembly, found = Assembly(), None
    for data in pieces:
        assert found is None
        found = assembly.add(read_piece(data))
    assert found == message
    assert not assembly.begun


def test_a_length_on_a_whole_message():
    """Some peers tell it always."""
    assert Assembly().add(read_piece(b"\x80\0\0\0\3abc")) == b"abc"


@pytest.mark.parametrize(
    "pieces",
    [
        [Piece(4, more=False, data=b"abc")],
        [Piece(2, more=False, data=b"abc")],
        [Piece(9, more=True, data=b"abc"), Piece(8, more=False, data=b"abcde")],
        [Piece(MAX_MESSAGE + 1, more=True, data=b"a")],
        [Piece(None, more=True, data=b"")],
        [Piece(None, more=True, data=bytes(40_000))] * 2,
        [Piece(None, more=True, data=b"a")] * (MAX_PIECES + 1),
    ],
)
def test_pieces_that_become_no_message(pieces):
    """Lengths that do not fit, and whatever goes on for ever."""
    assembly = Assembly()
    with pytest.raises(BadFragment):
        list(map(assembly.add, pieces))


@pytest.mark.parametrize("data", [b"", b"\x20", b"\x01", b"\x80\0\0\0"])
def test_data_without_pieces(data):
    """No flags, a start, another version, a length that is cut off."""
    with pytest.raises(BadFragment):
        read_piece(data)
