"""
From the answer of a login to the octets of a reply.

Message-Authenticator is the first attribute, Proxy-State comes back unchanged and in order. What
cannot be written whole is refused: an Access-Accept that lost an attribute of its policy would
give more than the policy allows.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from os import urandom
from typing import Final, assert_never

from twisted.logger import Logger

from proxy.eap.conversation import Granted
from proxy.eap.inner import Proof
from proxy.eap.relayed import Released
from proxy.frontends.radius.wording import challenge_text, reject_text
from proxy.login.actions import Accept, Challenge, Reject
from proxy.radius.attributes import Attributes
from proxy.radius.clients import RadiusClient
from proxy.radius.integrity import ROOM, sign_reply
from proxy.radius.mschap import (
    MICROSOFT,
    RECEIVE_KEY_NUMBER,
    SEND_KEY_NUMBER,
    SUCCESS_NUMBER,
    error_attribute,
)
from proxy.radius.mschap_sums import HASH_LENGTH, PROOF_LENGTH
from proxy.radius.packet import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    ACCESS_REJECT,
    EAP_MESSAGE,
    MAX_VALUE_LENGTH,
    PROMPT,
    PROXY_STATE,
    REPLY_MESSAGE,
    STATE,
    Packet,
    encode_attribute,
    encode_attributes,
)
from proxy.radius.passing import Number, PassedAttribute
from proxy.radius.password import hide_salted
from proxy.radius.texts import reply_messages
from proxy.radius.vendors import encode_vendor_attribute
from proxy.sealing import NotSealed
from proxy.secret import Secret

EAP_FAILURE: Final = 4
"""The code of EAP-Failure (RFC 3748 section 4.2)."""

_ECHO: Final = encode_attribute(PROMPT, (1).to_bytes(4, "big"))
"""What is typed may be shown: a code serves once (RFC 2869 section 5.10)."""
_NO_ECHO: Final = encode_attribute(PROMPT, bytes(4))
"""What is typed is a password."""
OpenPassed = Callable[[str], Iterable[PassedAttribute]]
"""Opens what passes of an upstream server's Access-Accept, see `UpstreamSeals`."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a reply needs of its request; all that is kept of a packet while a login goes on."""

    identifier: int
    request_authenticator: bytes
    client: RadiusClient
    """Who sent it."""
    proxy_states: bytes
    """As they came, in order, whole attributes."""
    eap_identifier: int | None
    """Of the EAP packet that the request carried; None: it carried none."""


def open_envelope(packet: Packet, client: RadiusClient) -> Envelope:
    """Take from a request what its reply will need."""
    eap = packet.first(EAP_MESSAGE)
    identifier = None
    if eap is not None:
        identifier = eap[1] if len(eap) > 1 else 0
    return Envelope(
        packet.identifier,
        packet.authenticator,
        client,
        encode_attributes([(PROXY_STATE, value) for value in packet.all(PROXY_STATE)]),
        identifier,
    )


def _none_open(sealed: str) -> Iterable[PassedAttribute]:  # noqa: ARG001 - as `OpenPassed`
    raise NotSealed("no upstream server is configured")


_NOT_BESIDE_EAP: Final = frozenset({SUCCESS_NUMBER, SEND_KEY_NUMBER, RECEIVE_KEY_NUMBER})
"""Keys of a link over EAP are EAP's; what proves us to the peer was said inside it."""


class Writer:
    """
    Writes replies.

    Args:
        attributes: the dictionary, for the attributes of policies.
        web_url: where people enrol.
        open_passed: gives what passes of an upstream server's Access-Accept.
    """

    _log = Logger()

    def __init__(
        self, attributes: Attributes, web_url: str, open_passed: OpenPassed = _none_open
    ) -> None:
        self._attributes = attributes
        self._web_url = web_url
        self._open_passed = open_passed

    def write(
        self,
        answer: Accept | Reject | Challenge,
        state: bytes | None,
        to: Envelope,
        granted: Granted | Released | None = None,
    ) -> bytes | None:
        """
        Write the reply to a request.

        What has no room in 4096 octets becomes an Access-Reject, which then may have no text.
        None: the request's Proxy-State leaves no room for any reply.

        Args:
            granted: goes out with an Access-Accept to EAP; of another server's, what it passes on
                too, in place of what the answer has: a login that was joined has another one's.

        Raises:
            BadAttribute: a policy's attribute that the dictionary does not know.
            NotSealed: what an upstream server granted cannot be opened any more.
        """
        match answer:
            case Accept():
                code, body = ACCESS_ACCEPT, self._granted(answer, to, granted)
            case Challenge():
                code, body = ACCESS_CHALLENGE, _asked(answer, state, to.client.text_limit)
            case Reject():
                code, body = ACCESS_REJECT, self._refused(answer, to)
            case _:
                assert_never(answer)
        reply = _seal(code, body, to)
        if reply is None:
            self._log.error("a reply has no room for its {octets} octets", octets=len(body))
            reply = _seal(ACCESS_REJECT, b"", to)
        return reply

    def proof(self, accept: Accept) -> Proof | None:
        """
        Give what proves a login by MSCHAPv2 to its peer; None: whoever checked it gave nothing.

        The MSK of such a peer without a tunnel is both keys and zeros (RFC 3079 section 3.3; the
        server's receive key comes first).
        """
        if accept.passed is None:
            return None
        try:
            found = {one.number: one.value for one in self._open_passed(accept.passed)}
        except NotSealed:
            return None  # then the Access-Accept cannot be written either
        success = found.get(SUCCESS_NUMBER, b"")[1:]  # without its identifier
        if not success.startswith(b"S="):
            return None
        keys = found.get(RECEIVE_KEY_NUMBER, b""), found.get(SEND_KEY_NUMBER, b"")
        known = all(len(key) == HASH_LENGTH for key in keys)
        msk = Secret(b"".join(keys).ljust(64, b"\0")) if known else None
        return Proof(success[:PROOF_LENGTH], msk)

    def _granted(self, accept: Accept, to: Envelope, granted: Granted | Released | None) -> bytes:
        salts = _salts()
        body = b"" if granted is None else _success(granted, to, salts)
        body += b"".join(
            self._attributes.encode(line.attribute, line.value, line.tag).write(
                to.client.shared_secret, to.request_authenticator, next(salts)
            )
            for line in accept.reply
        )
        passed = granted.passed if isinstance(granted, Released) else accept.passed
        if passed is not None:
            keys = frozenset() if granted is None else _NOT_BESIDE_EAP
            body += self._passed(accept, passed, keys, to, salts)
        return body

    def _passed(
        self,
        accept: Accept,
        sealed: str,
        ours_too: frozenset[Number],
        to: Envelope,
        salts: Iterator[bytes],
    ) -> bytes:
        """Write what an upstream server granted and neither the policy nor EAP grants itself."""
        ours = [self._attributes.find(line.attribute) for line in accept.reply]
        numbers = {(definition.vendor, definition.kind) for definition in ours}
        return b"".join(
            one.write(to.client.shared_secret, to.request_authenticator, next(salts))
            for one in self._open_passed(sealed)
            if one.number not in numbers and one.number not in ours_too
        )

    def _refused(self, reject: Reject, to: Envelope) -> bytes:
        # RFC 3579 section 2.6.5: no Reply-Message beside an EAP-Message.
        if to.eap_identifier is not None:
            failure = bytes((EAP_FAILURE, to.eap_identifier, 0, 4))
            return encode_attribute(EAP_MESSAGE, failure)
        relayed, error = reject.relayed, b""
        if relayed is not None and relayed.ms_chap_error is not None:
            error = error_attribute(bytes.fromhex(relayed.ms_chap_error))
        return _reply_messages(reject_text(reject, self._web_url)) + error


def write_eap_request(octets: bytes, state: bytes, to: Envelope) -> bytes | None:
    """Write the Access-Challenge that carries an EAP request; None: there is no room for it."""
    return _seal(ACCESS_CHALLENGE, encode_attribute(STATE, state) + _eap_messages(octets), to)


def _success(granted: Granted | Released, to: Envelope, salts: Iterator[bytes]) -> bytes:
    """Write EAP-Success and the keys of the link, if any, hidden (RFC 2548 section 2.4)."""
    return _eap_messages(granted.octets) + b"".join(
        encode_vendor_attribute(
            MICROSOFT,
            kind,
            hide_salted(
                key.reveal(), to.client.shared_secret, to.request_authenticator, next(salts)
            ),
        )
        for kind, key in _keys(granted)
    )


def _keys(granted: Granted | Released) -> Iterable[tuple[int, Secret]]:
    if isinstance(granted, Released):
        return granted.keys
    if granted.msk is None:
        return ()
    msk = granted.msk.reveal()
    return ((RECEIVE_KEY_NUMBER[1], Secret(msk[:32])), (SEND_KEY_NUMBER[1], Secret(msk[32:64])))


def _eap_messages(octets: bytes) -> bytes:
    """Write an EAP packet as the attributes that carry it (RFC 3579 section 3.1)."""
    return b"".join(
        encode_attribute(EAP_MESSAGE, octets[at : at + MAX_VALUE_LENGTH])
        for at in range(0, len(octets), MAX_VALUE_LENGTH)
    )


def write_status(to: Envelope) -> bytes | None:
    """Answer Status-Server: an Access-Accept that grants nothing (RFC 5997 section 3)."""
    return _seal(ACCESS_ACCEPT, b"", to)


def _seal(code: int, body: bytes, to: Envelope) -> bytes | None:
    """Sign a reply with its request's Proxy-States; None: there is no room for all of it."""
    attributes = body + to.proxy_states
    if len(attributes) > ROOM:
        return None
    return sign_reply(
        code, to.identifier, to.request_authenticator, attributes, to.client.shared_secret
    )


def _asked(challenge: Challenge, state: bytes | None, limit: int | None) -> bytes:
    if state is None:
        raise ValueError("found a challenge without State")
    text = _reply_messages(challenge_text(challenge, limit))
    return encode_attribute(STATE, state) + text + (_NO_ECHO if challenge.hidden else _ECHO)


def _reply_messages(text: str) -> bytes:
    return b"".join(encode_attribute(REPLY_MESSAGE, part) for part in reply_messages(text))


def _salts() -> Iterator[bytes]:
    """Give salts, none twice: 2 octets, the highest bit set (RFC 2868 section 3.5)."""
    start = int.from_bytes(urandom(2), "big")
    for number in range(start, start + 0x8000):
        yield (number % 0x8000 | 0x8000).to_bytes(2, "big")
