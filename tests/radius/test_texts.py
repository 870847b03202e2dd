"""Texts of Reply-Message."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.radius.texts import TEXT_LIMIT, message_text, reply_messages


def test_several_messages_are_one_text():
    """A letter may even be cut between two of them."""
    assert message_text([b"Gr", "ü".encode()[:1], "ü".encode()[1:], b"n"]) == "Grün"


def test_nothing_of_a_text_can_move_a_cursor():
    """Escapes, line ends, direction marks and broken UTF-8 are replaced."""
    text = message_text([b"a\x1b[2J\r\nb\0", "\u202ec\u2028d".encode(), b"\xff"])
    assert text == "a [2J  b  c d\ufffd"


@given(st.lists(st.binary(max_size=253), max_size=20))
def test_a_text_is_printable_and_bounded(messages):
    """Whatever another server sends."""
    text = message_text(messages)
    assert len(text) <= TEXT_LIMIT
    assert text.isprintable() or "\u3000" in text or "\xa0" in text or not text.isascii()
    assert b"".join(reply_messages(text)).decode() == text


@given(st.text(max_size=2000))
def test_no_message_is_too_long_or_cut_in_a_letter(text):
    """Each is at most 253 octets of whole UTF-8."""
    parts = list(reply_messages(text.encode("utf-8", "replace").decode()))
    assert all(0 < len(part) <= 253 and part.decode() for part in parts)
