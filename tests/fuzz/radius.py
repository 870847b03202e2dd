"""
RADIUS from a hostile client: octets to packets, passwords, attributes and logins.

Whatever comes, only `PeerError` is raised; what is read can be written again; pyrad is the oracle,
and every difference from it stands in a list with its reason.
"""

import hmac
import struct
from contextlib import suppress
from functools import cache
from hashlib import md5

from pyrad.packet import AuthPacket, PacketError
from pyrad.packet import Packet as PyradPacket

from proxy.errors import PeerError
from proxy.frontends.radius.reading import Refused
from proxy.login.policy import Condition, Policy
from proxy.login.request import LoginRequest, Resume
from proxy.radius import packet as wire
from proxy.radius.attributes import Attributes
from proxy.radius.integrity import check_request
from proxy.radius.password import (
    MAX_PASSWORD_LENGTH,
    MAX_SALTED_LENGTH,
    MalformedAttribute,
    hide_password,
    hide_salted,
    reveal_password,
    reveal_salted,
)
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.values import decode_value, encode_value
from proxy.radius.vendors import vendor_attributes
from proxy.secret import Secret
from tests.peers.door import SECRET, radius_client, reader

NOW = 1_700_000_000.0
AUTHENTICATOR = bytes(range(16))

WE_REFUSE = (
    "more than 200 attributes",  # a limit of ours; pyrad has none
    "more than once",  # RFC 2865 section 5.44, RFC 3579 section 3.3; pyrad keeps all
    "credentials of more than one kind",  # RFC 3579 section 3.3; pyrad does not look
    "wanted 2 to",  # a value that goes on after the packet's end; pyrad cuts it
    "wanted 20 to 4096",  # RFC 2865 section 3; pyrad reads up to 8192
    "Message-Authenticator of Length",  # RFC 3579 section 3.2; pyrad looks when it verifies
)
"""What pyrad takes and we do not."""


def packet(octets):
    """A datagram is a packet that can be written again, or malformed; pyrad says so too."""
    try:
        found = wire.decode(octets)
    except wire.MalformedPacket as error:
        refused = str(error)
        if _pyrad_reads(octets):
            assert any(reason in refused for reason in WE_REFUSE), f"pyrad reads it: {refused}"
        return
    length = int.from_bytes(octets[2:4], "big")
    assert octets[:length] == wire.encode(found)
    assert length <= wire.MAX_PACKET_LENGTH
    assert _pyrad_reads(octets[:length]), "pyrad refuses it"
    for value in found.all(wire.VENDOR_SPECIFIC):
        assert sum(2 + len(part) for _, _, part in vendor_attributes(value)) <= len(value)


def _pyrad_reads(octets):
    try:
        PyradPacket(packet=octets)
    except PacketError:
        return False
    return True


@cache
def _dictionary():
    attributes = Attributes()
    clear = [one for one in attributes._definitions.values() if not one.hiding]
    return clear, attributes.select([one.name for one in clear])


@cache
def _reader(require, limit, challenge):
    client = radius_client(
        require_message_authenticator=require, limit_proxy_state=limit, challenge=challenge
    )
    names = ("NAS-Identifier", "Framed-IPv6-Prefix", "Framed-IP-Address", "Login-LAT-Group")
    when = tuple(Condition(name, ("*",)) for name in names)
    policy = Policy("staff", frozenset({client.name}), "corp", (), when)
    return client, reader(policy, client=client)


def request(octets):
    """
    Attributes in a request whose signature is right, or not, are a login or the peer's fault.

    The first octet says by which rules the client is read and whether the request is signed.
    """
    rules, body = octets[:1] or b"\0", octets[1 : wire.MAX_PACKET_LENGTH - wire.HEADER_LENGTH]
    require, limit, challenge, sign = (bool(rules[0] >> bit & 1) for bit in range(4))
    datagram = _datagram(body, sign=sign)
    client, read_login = _reader(require, limit, challenge)
    try:
        found = wire.decode(datagram)
        check_request(
            found,
            datagram,
            client.shared_secret,
            require_message_authenticator=require,
            limit_proxy_state=limit,
        )
    except PeerError:
        return
    _check_attributes(found)
    if require or found.first(wire.EAP_MESSAGE) is not None:
        assert _is_signed(datagram), "a request passed that nobody signed"
    try:
        login = read_login.read(found, client, "192.0.2.1", NOW)
    except PeerError:
        return
    assert isinstance(login, LoginRequest | Resume | Refused)
    if isinstance(login, LoginRequest):
        login.login.username.encode()
        login.login.origin.encode()
        assert len(login.login.origin) <= 64
        assert 0 < len(login.password.reveal()) <= MAX_PASSWORD_LENGTH


def _datagram(body, *, sign):
    datagram = struct.pack("!BBH16s", 1, 7, 20 + len(body), AUTHENTICATOR) + body
    at = _place_of_signature(datagram) if sign else None
    if at is None:
        return datagram
    zeroed = datagram[:at] + bytes(16) + datagram[at + 16 :]
    return datagram[:at] + hmac.digest(SECRET, zeroed, "md5") + datagram[at + 16 :]


def _place_of_signature(datagram):
    at = 20
    while at + 18 <= len(datagram) and datagram[at + 1] >= 2:
        if datagram[at : at + 2] == b"\x50\x12":
            return at + 2
        at += datagram[at + 1]
    return None


def _is_signed(datagram):
    at = _place_of_signature(datagram)
    zeroed = datagram[:at] + bytes(16) + datagram[at + 16 :]
    return hmac.compare_digest(hmac.digest(SECRET, zeroed, "md5"), datagram[at : at + 16])


def _check_attributes(found):
    """Every attribute has a text, or none; a text that is written is read as the same text."""
    _, selection = _dictionary()
    for texts in selection.read(found.attributes).values():
        for text in texts:
            text.encode()


def values(octets):
    """A value of any attribute has a text or none; that text, written, is read as the same."""
    clear, _ = _dictionary()
    which, value = int.from_bytes(octets[:2], "big"), octets[2:255]
    definition = clear[which % len(clear)]
    text = decode_value(definition, value)
    if text is not None and not definition.tagged:
        assert text == decode_value(definition, encode_value(definition, text))


def password(octets):
    """What is hidden is revealed again; what was not hidden is revealed as something or refused."""
    authenticator, salt, octets = octets[:16].ljust(16, b"\0"), octets[16:18], octets[18:]
    salt = salt.ljust(2, b"\x80")
    secret = SharedSecret(Secret(SECRET))
    with suppress(MalformedAttribute):
        assert len(reveal_password(octets, secret, authenticator)) <= MAX_PASSWORD_LENGTH
    with suppress(MalformedAttribute):
        revealed = reveal_salted(octets, secret, authenticator)
        assert len(revealed) == octets[2] ^ md5(SECRET + authenticator + octets[:2]).digest()[0]
    plain = octets[:MAX_PASSWORD_LENGTH]
    hidden = hide_password(plain, secret, authenticator)
    assert plain.rstrip(b"\0") == reveal_password(hidden, secret, authenticator)
    assert hidden[:16] == bytes(
        a ^ b
        for a, b in zip(
            plain[:16].ljust(16, b"\0"), md5(SECRET + authenticator).digest(), strict=True
        )
    )
    if plain:
        theirs = AuthPacket(secret=SECRET, authenticator=authenticator).PwCrypt(plain)
        assert theirs == hidden
    plain = octets[:MAX_SALTED_LENGTH]
    hidden = hide_salted(plain, secret, authenticator, salt)
    assert plain == reveal_salted(hidden, secret, authenticator)
