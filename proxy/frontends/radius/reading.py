"""
From a good Access-Request to a login: octets become text here, once.

What comes out is a `LoginRequest`, a `Resume` (the request has a State), or `Refused`: a request
that no directory need be asked about. A User-Password that the shared secret cannot have hidden
raises `WrongSecret`, which is silence.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os import urandom
from typing import Final

from proxy.errors import PeerError
from proxy.factors.approval import shown_text
from proxy.frontends.radius.client_reading import CALLED, NASES, PORT, client_reading, eap_terms
from proxy.frontends.radius.stations import Kept, Place
from proxy.login.circumstances import CameThrough
from proxy.login.policy import Policy
from proxy.login.remembering import is_station
from proxy.login.request import ClientTerms, Login, LoginRequest, Method, Proof, Resume
from proxy.radius.attributes import Attributes
from proxy.radius.called_station import UNTOLD, CalledStation, split_called_station
from proxy.radius.caller import caller_at_port, normalise_caller
from proxy.radius.clients import RadiusClient
from proxy.radius.mac_authentication import (
    MAC_LENGTHS,
    device_of,
    is_call_check,
    is_its_password,
    names_itself,
)
from proxy.radius.mschap import KINDS, MICROSOFT, find_response
from proxy.radius.packet import (
    ARAP_PASSWORD,
    CHAP_PASSWORD,
    EAP_MESSAGE,
    STATE,
    USER_NAME,
    USER_PASSWORD,
    VENDOR_SPECIFIC,
    Packet,
)
from proxy.radius.password import reveal_password
from proxy.radius.vendors import vendor_attributes
from proxy.sealing import keyed_digest
from proxy.secret import Secret

_NOT_PAP: Final = frozenset({EAP_MESSAGE, CHAP_PASSWORD, ARAP_PASSWORD, VENDOR_SPECIFIC})
"""Attributes that other ways to log in come with."""


_ANY_RESPONSE: Final = b"\0response"
"""Stands for each response of MS-CHAPv2, which is another whenever the same device tries again: its
approval is joined after the response was checked, the login itself by no other response."""


class WrongSecret(PeerError):  # noqa: N818 - it names what was found
    """A User-Password that does not decode, where no Message-Authenticator proves the secret."""

    reason = "wrong-secret"


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that is refused at the door; the directory is not asked."""

    why: str
    """A short, stable word under which it is counted; never told."""
    detail: str = ""
    """What was found, for the log; it holds no secret."""


_NOWHERE: Final[tuple[bytes, ...]] = ()


class Reader:
    """
    Reads Access-Requests; made anew when the configuration is read again.

    Args:
        join_key: 32 octets, for the digests that say which requests are one login.
        request_key: 32 octets, for the digests that tell packets apart.

    Raises:
        BadAttribute: a client or policy names an attribute that no dictionary has.
    """

    def __init__(
        self,
        attributes: Attributes,
        clients: Iterable[RadiusClient],
        policies: Sequence[Policy],
        *,
        join_key: bytes,
        request_key: bytes,
    ) -> None:
        self._join_key = join_key
        self._request_key = request_key
        self._clients = {
            client.name: client_reading(attributes, client, policies) for client in clients
        }

    def terms(self, client: RadiusClient) -> ClientTerms:
        """Give what the core must know of a client."""
        return self._clients[client.name].terms

    def read(
        self, packet: Packet, client: RadiusClient, source: str, arrived: float
    ) -> LoginRequest | Resume | Refused:
        """
        Read an Access-Request whose integrity was checked.

        Args:
            source: the address that it came from.
            arrived: seconds, the daemon's clock.

        Raises:
            WrongSecret: the password does not decode.
            MalformedAttribute: User-Password has a length that it cannot have.
        """
        reading = self._clients[client.name]
        if is_call_check(packet):
            return _device(packet)
        why, response = _unsupported(packet), None
        if why == "ms-chap" and reading.mschapv2 and packet.first(STATE) is None:
            response = find_response(packet)
        if why is not None and response is None:
            return _device(packet) if why != "eap" and names_itself(packet) else Refused(why)
        username = _username(packet.first(USER_NAME))
        if username is None:
            return Refused("user-name")
        if response is not None:
            return self._login_request(
                packet, client, source, arrived, username, response, "mschapv2", response=True
            )
        password = _password(packet, client)
        state = packet.first(STATE)
        if state is not None:
            secret = Secret(password or b"")
            relay = packet.attributes if reading.upstream else ()
            return Resume(state, username, reading.terms, secret, arrived, relay)
        is_device = len(username) in MAC_LENGTHS and names_itself(packet)
        if is_device and is_its_password(packet, password):
            return _device(packet)
        if not password or b"\0" in password:
            return Refused("password-nul" if password else "no-password")
        return self._login_request(packet, client, source, arrived, username, password)

    def read_inner(
        self,
        packet: Packet,
        client: RadiusClient,
        source: str,
        arrived: float,
        inner: bytes,
        password: Secret,
        *,
        response: bool = False,
        mute: bool,
        most_wait: float | None,
    ) -> LoginRequest | Refused:
        """
        Read a login whose name and password were told inside an EAP tunnel.

        Args:
            response: the password is a challenge and a response of MS-CHAPv2.
            mute: nothing more can be asked inside.
            most_wait: seconds that the device is kept patient; None: it is not.
        """
        username = _username(inner)
        if username is None:
            return Refused("user-name")
        revealed = password.reveal()
        if not revealed:
            return Refused("no-password")
        if b"\0" in revealed and not response:
            return Refused("password-nul")
        asked = self._login_request(
            packet, client, source, arrived, username, revealed, "eap", response=response
        )
        terms = eap_terms(asked.login.client, mute=mute, most_wait=most_wait)
        return replace(asked, login=replace(asked.login, client=terms))

    def read_vouched(
        self,
        packet: Packet,
        client: RadiusClient,
        source: str,
        arrived: float,
        name: bytes,
        proof: Proof,
        *,
        mute: bool,
        most_wait: float | None,
    ) -> LoginRequest | Refused:
        """
        Read a login whose first factor was proved; the packet says only where it comes from.

        Args:
            name: of the person, as whoever vouches names them.
            mute, most_wait: as of `read_inner`.
        """
        username = _username(name)
        if username is None:
            return Refused("user-name")
        voucher = proof.by, proof.upstream or "", proof.directory or ""
        parts = tuple(part.encode() for part in voucher)
        asked = self._login_request(packet, client, source, arrived, username, b"", "eap", parts)
        terms = eap_terms(asked.login.client, mute=mute, most_wait=most_wait)
        return replace(asked, login=replace(asked.login, client=terms), proof=proof)

    def place(self, packet: Packet, client: RadiusClient, outer_identity: bytes) -> Place | None:
        """Give where a device is that speaks EAP; None: nothing is remembered of it there."""
        reading = self._clients[client.name]
        callers = reading.terms.callers
        if not reading.remembers or callers is None:
            return None
        texts = reading.selection.read(packet.attributes)
        device = _caller(texts.get(client.caller, ()))
        if device is None or not is_station(device):
            return None
        ssid = called_station(texts.get(CALLED, ())).ssid
        return Place(callers.group, device, ssid, outer_identity)

    def read_resumed(
        self, packet: Packet, client: RadiusClient, source: str, arrived: float, resumed: Kept
    ) -> LoginRequest:
        """Read a login of a device that resumed its session; it joins none and none joins it."""
        person = resumed.question.person
        name, proof = person.user_name, Proof("resumed-session", person=person, at=resumed.at)
        asked = self._login_request(packet, client, source, arrived, name, b"", "eap")
        terms = eap_terms(asked.login.client, mute=True)
        return replace(
            asked, login=replace(asked.login, client=terms, join_digest=None), proof=proof
        )

    def _login_request(
        self,
        packet: Packet,
        client: RadiusClient,
        source: str,
        arrived: float,
        username: str,
        password: bytes,
        method: Method = "pap",
        voucher: tuple[bytes, ...] = (),
        *,
        response: bool = False,
    ) -> LoginRequest:
        """Give the login; *voucher* is what proved it in place of a password, which is empty."""
        reading = self._clients[client.name]
        texts = reading.selection.read(packet.attributes)
        caller = _caller(texts.get(client.caller, ()))
        if caller is None:
            caller = _at_port(reading.port.read(packet.attributes))
        looked_at = {name: texts[name] for name in reading.looked_at if name in texts}
        called, places = UNTOLD, _NOWHERE
        if reading.called:
            called = called_station(texts.get(CALLED, ()))
            places = _places(called, reading.through)
        join_digest = None
        if caller is not None or client.join == "user":
            join_digest = keyed_digest(
                self._join_key,
                client.name.encode(),
                b"any caller" if caller is None else b"caller " + caller.encode(),
                _ANY_RESPONSE if response else password,
                *voucher,
                *_parts(looked_at),
                *places,
            )
        login = Login(
            login_id=urandom(16).hex(),
            username=username,
            client=reading.terms,
            caller=caller,
            origin=shown_text(caller or source).strip() or source,
            join_digest=join_digest,
            request_digest=keyed_digest(
                self._request_key, client.name.encode(), packet.authenticator
            ),
        )
        relay = packet.attributes if reading.upstream else ()
        return LoginRequest(
            login,
            Secret(password),
            looked_at,
            arrived,
            method,
            relay,
            called,
            response=response,
        )


def _unsupported(packet: Packet) -> str | None:
    """Name what the directory cannot check; None: it may be PAP."""
    if _NOT_PAP.isdisjoint(packet.firsts):
        return None
    for kind, value in packet.attributes:
        if kind == EAP_MESSAGE:
            return "eap"
        if kind == CHAP_PASSWORD:
            return "chap"
        if kind == ARAP_PASSWORD:
            return "arap"
        if kind == VENDOR_SPECIFIC and any(
            vendor == MICROSOFT and vendor_kind in KINDS
            for vendor, vendor_kind, _ in vendor_attributes(value)
        ):
            return "ms-chap"
    return None


def _device(packet: Packet) -> Refused:
    """Refuse a NAS that asks about a device, where nobody logs in."""
    return Refused("mac-authentication", device_of(packet))


def _username(value: bytes | None) -> str | None:
    """Decode User-Name; None: it is missing, blank, not UTF-8, or has control characters."""
    if not value:
        return None
    try:
        username = value.decode()
    except UnicodeDecodeError:
        return None
    controls = not username.isprintable() and "Cc" in map(unicodedata.category, username)
    return None if controls or not username.strip() else username


def _password(packet: Packet, client: RadiusClient) -> bytes | None:
    """
    Reveal User-Password; None: there is none.

    Where no Message-Authenticator is required, nothing but the password itself shows a wrong
    secret: what is not UTF-8 or has a NUL inside was hidden by another (RFC 2865 section 5.2).
    """
    hidden = packet.first(USER_PASSWORD)
    if not hidden:  # an attribute without octets is empty too, whatever RFC 2865 says of its length
        return hidden
    password = reveal_password(hidden, client.shared_secret, packet.authenticator)
    decodes = b"\0" not in password and _is_text(password)
    if not decodes and not client.require_message_authenticator:
        raise WrongSecret("found a User-Password that does not decode")
    return password


def _is_text(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _caller(told: Sequence[str]) -> str | None:
    """Name the caller by the client's attribute; None: it says nothing."""
    return normalise_caller(told[0]) if told else None


def called_station(told: Sequence[str]) -> CalledStation:
    """Give the access point and SSID that a device is at, from its Called-Station-Id."""
    return split_called_station(told[0]) if told else UNTOLD


def _at_port(texts: Mapping[str, tuple[str, ...]]) -> str | None:
    """Name the caller by its port; None: nothing names it."""
    if PORT not in texts:
        return None
    for name in NASES:
        if name in texts:
            return caller_at_port(texts[PORT][0], texts[name][0])
    return None


def _parts(attributes: Mapping[str, tuple[str, ...]]) -> Iterator[bytes]:
    for name, values in attributes.items():
        yield name.encode()
        yield len(values).to_bytes(2, "big")
        for value in values:
            yield value.encode()


def _places(called: CalledStation, through: Sequence[CameThrough]) -> tuple[bytes, ...]:
    """
    Give what tells one place from another for policies.

    A device that moves to another access point of the same network goes on with its login, unless
    policies tell these two apart.
    """
    ssid = b"" if called.ssid is None else b"ssid " + called.ssid.encode()
    named = [called.access_point in one.access_points for one in through]
    return (ssid, bytes(named))
