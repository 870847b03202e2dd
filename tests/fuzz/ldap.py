"""
LDAP from a hostile server or application, and the operator's filters and names.

Only `MalformedMessage` comes of the wire, only `BadFilter` and `BadName` of the configuration; what
is read can be written again. ldap3's grammar is the oracle, by pyasn1.
"""

from ldap3.protocol import rfc4511
from pyasn1.codec.ber.decoder import decode as pyasn1_decode

from proxy.ldap import ber, requests, responses
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.controls import find_password_policy
from proxy.ldap.filters import AND, EQUALITY, EXTENSIBLE, NOT, OR, BadFilter, compile_filter
from proxy.ldap.framing import Framer
from proxy.ldap.message import decode_controls, decode_message, encode_message
from proxy.ldap.names import BadName, canonical_dn

LIMIT = 4096
"""Octets of a message that the streams here may declare."""
HEADER = 6
"""Octets of a tag and the longest length."""
WANTED = frozenset({b"uid", b"memberof"})

WE_REFUSE = (
    "a length of 0 octets",  # the indefinite form; RFC 4511 section 5.1
    "octets, wanted 1 to 4",  # more octets of a length or integer than any message of ours has
    "a needless leading zero",  # X.690 section 8.3.2; pyasn1 does not look
    "a negative integer",  # 0 to maxInt, RFC 4511 section 4.1.1
    "wanted 0x",  # a tag: strings in constructed form, RFC 4511 section 5.1
    "nested deeper",  # a limit of ours
)
"""What pyasn1 takes with ldap3's grammar and we do not."""


def stream(octets):
    """However a stream is cut, it gives the same messages and ends at the same fault."""
    every, octets = (octets[0] % 32 + 1 if octets else 1), octets[1:]
    whole, left = _framed([octets])
    cut, cut_left = _framed([octets[at : at + every] for at in range(0, len(octets), every)])
    assert whole == cut
    # A length that is not whole yet may be refused at once, or when it is.
    assert left == cut_left or (left is None and cut_left <= HEADER)
    for one in whole:
        message(one)


def _framed(pieces):
    """Give the messages, and what is left unread; None: the stream cannot be followed."""
    framer, messages = Framer(LIMIT), []
    try:
        for piece in pieces:
            messages += framer.feed(piece)
            assert framer.unread <= LIMIT + HEADER
    except MalformedMessage:
        return _settled(messages, pieces), None
    return messages, framer.unread


def _settled(messages, pieces):
    """A fault may hide the messages before it in one piece, as the connection ends with it."""
    octets, framer, found = b"".join(pieces), Framer(LIMIT), []
    for at in range(len(octets)):
        try:
            found += framer.feed(octets[at : at + 1])
        except MalformedMessage:
            break
    assert messages == found[: len(messages)]
    return found


def message(octets):
    """A message is opened and can be written again, or malformed; so is each operation in it."""
    try:
        found = decode_message(octets)
    except MalformedMessage as error:
        _explain(octets, str(error))
        return
    assert ber.header(octets, 0, len(octets))[2] == len(octets), "octets after it passed"
    written = encode_message(
        found.message_id, ber.element(found.operation, found.body), found.controls
    )
    assert found == decode_message(written)
    _quiet(decode_controls, found.controls)
    _quiet(find_password_policy, found.controls)
    for read in (responses.decode_result, responses.decode_extended):
        _quiet(read, found.body)
    _quiet(responses.decode_bind, found)
    entry = _quiet(responses.decode_entry, found.body, WANTED)
    if entry is not None:
        assert sum(map(len, entry.attributes)) <= len(found.body)
    bind = _quiet(requests.decode_bind, found.body)
    if bind is not None and bind.name and bind.password:
        (_, start, end) = ber.header(
            again := requests.encode_bind(bind.name, bind.password), 0, len(again)
        )
        assert bind == requests.decode_bind(again[start:end])
    search = _quiet(requests.decode_search, found.body)
    if search is not None:
        again = requests.encode_search(search)
        _, start, end = ber.header(again, 0, len(again))
        assert search == requests.decode_search(again[start:end])


def _quiet(read, *parts):
    try:
        return read(*parts)
    except MalformedMessage:
        return None


def _explain(octets, refused):
    if len(octets) > 256:
        return  # pyasn1 takes its time
    try:
        _, rest = pyasn1_decode(octets, asn1Spec=rfc4511.LDAPMessage())
    except Exception:  # noqa: BLE001 - whatever the oracle stumbles over is no message to it either
        return
    if rest == b"":
        assert any(reason in refused for reason in WE_REFUSE), f"ldap3 reads it: {refused}"


PLAIN = b"\x01one value\xfe"
STRUCTURE = b"*)(uid=*\x00\\2a\xa2\x04)"


def filters(octets):
    """A filter is compiled or bad; whatever fills its place, the structure stays the same."""
    text = octets.decode("utf-8", "replace")
    try:
        template = compile_filter(text, "username")
    except BadFilter as error:
        str(error).encode("utf-8", "surrogatepass")
        return
    shape = _shape(template.octets(PLAIN), PLAIN)
    assert shape == _shape(template.octets(STRUCTURE), STRUCTURE)
    assert _must_match(shape), "the value need not match as a whole"
    assert template.first_attribute.isascii()


def _must_match(shape):
    """Say whether the value stands only where the whole of an assertion must match it."""
    tag, parts = shape
    if isinstance(parts, bytes):
        return b"<value>" not in parts
    if tag in (AND, OR):
        return all(map(_must_match, parts))
    return tag in (EQUALITY, EXTENSIBLE) or b"<value>" not in repr(parts).encode()


def _shape(octets, value, at=0, stop=None):
    tag, start, end = ber.header(octets, at, len(octets) if stop is None else stop)
    assert stop is not None or end == len(octets)
    if tag not in (AND, OR, NOT) and not tag & ber.CONSTRUCTED:
        return tag, octets[start:end].replace(value, b"<value>")
    parts = []
    while start < end:
        parts.append(_shape(octets, value, start, end))
        start = ber.header(octets, start, end)[2]
    return tag, parts


def names(octets):
    """A name has one canonical form, or is bad; its canonical form is its own."""
    text = octets.decode("utf-8", "replace")
    try:
        canonical = canonical_dn(text)
    except BadName:
        return
    assert canonical == canonical_dn(canonical)
