"""A stream of octets, cut into messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.framing import MESSAGE_LIMIT, Framer


def _message(content):
    return ber.element(ber.SEQUENCE, content)


@given(st.lists(st.binary(max_size=400), max_size=6), st.data())
def test_however_the_stream_is_split_the_messages_are_the_same(contents, data):
    """Any splits of the octets give the messages that went in."""
    messages = [_message(content) for content in contents]
    stream = b"".join(messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    framer = Framer()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += framer.feed(stream[start:end])
    assert messages == found
    assert framer.unread == 0


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_octets_end_or_are_refused(chunks):
    """Whatever comes, it is cut, waited for or refused, and nothing is lost."""
    framer = Framer()
    whole = 0
    try:
        for chunk in chunks:
            whole += sum(map(len, framer.feed(chunk)))
    except MalformedMessage:
        return
    assert whole + framer.unread == sum(map(len, chunks))


@pytest.mark.parametrize(
    "octets",
    [
        b"\x30\x84\x7f\xff\xff\xff",
        b"\x30\x84\x7f",
        b"\x30\x83\xff\xff\xff",
        b"\x30\x85\x00\x00\x00\x00\x01",
        b"\x30\x80",
    ],
)
def test_a_length_beyond_the_limit_is_refused_when_it_is_declared(octets):
    """2 GiB, five octets of length or no length at all: refused before any content came."""
    with pytest.raises(MalformedMessage):
        Framer().feed(octets)


def test_a_message_of_the_limit_passes_octet_by_octet():
    """The largest message passes; one octet more does not."""
    framer = Framer(limit=300)
    message = _message(bytes(300))
    assert [found for octet in message for found in framer.feed(bytes((octet,)))] == [message]
    with pytest.raises(MalformedMessage):
        framer.feed(_message(bytes(301)))


def test_another_tag_than_a_message_is_refused_at_once():
    """A first octet that begins no message is malformed."""
    with pytest.raises(MalformedMessage):
        Framer().feed(b"H")


def test_an_entry_with_some_thousand_groups_is_within_the_limit():
    """The limit leaves room for 4,000 groups of 255 octets."""
    assert MESSAGE_LIMIT > 4_000 * 260
