"""
EAP relayed to an upstream server: one Access-Request for each response of a device.

Any server may begin a conversation; after that it is asked alone, for its State is its own. What it
answers is judged before it goes on: an EAP request of the right length, or an Access-Accept with
EAP-Success, whose keys are revealed here.
"""

from collections.abc import Callable, Iterable
from typing import Final

from twisted.logger import Logger

from proxy.deadlines import Timer
from proxy.eap.relayed import (
    Accepted,
    Asked,
    Place,
    Rejected,
    Released,
    Said,
    Silent,
    Turn,
    check_request,
    check_success,
)
from proxy.errors import PeerError, Unavailable
from proxy.firstfactor.upstream_options import UpstreamOptions
from proxy.firstfactor.upstream_server import TELL_EVERY, Answered, UpstreamServer
from proxy.firstfactor.upstream_servers import UpstreamServers
from proxy.radius.attributes import Attributes
from proxy.radius.mschap import RECEIVE_KEY_NUMBER, SEND_KEY_NUMBER
from proxy.radius.packet import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    EAP_MESSAGE,
    FRAMED_MTU,
    MAX_VALUE_LENGTH,
    STATE,
    USER_NAME,
    Attribute,
)
from proxy.radius.passing import PassRule
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.secret import Secret

GoingOn = Callable[[Iterable[Attribute]], list[Attribute]]
"""Gives those attributes of a NAS's request that go on to the server."""
_LINK_KEYS: Final = frozenset({SEND_KEY_NUMBER, RECEIVE_KEY_NUMBER})
_ALWAYS: Final = frozenset({FRAMED_MTU})
"""What EAP needs whatever `send` says: how long its packets may be (RFC 3579 section 2.4)."""


class UpstreamEap:
    """Implements `proxy.ports.EapUpstream`. Raises BadAttribute as `PassRule`."""

    _log = Logger()

    def __init__(
        self,
        options: UpstreamOptions,
        servers: UpstreamServers,
        going_on: GoingOn,
        known: Attributes,
        seals: UpstreamSeals,
        timer: Timer,
    ) -> None:
        self.name = options.name
        self.must_return = options.user_name == "returned"
        self._servers = servers
        self._going_on = going_on
        self._rule = PassRule(known, options.attributes)
        self._seals = seals
        self._timer = timer
        self._told_at = float("-inf")

    async def relay(self, turn: Turn) -> Said:
        """Send a response on; give what the server says."""
        place = turn.place
        try:
            server, answered = await self._servers.ask(
                self._attributes(turn), None, None if place is None else place.server
            )
        except Unavailable as failure:  # the server has told it
            return Silent(str(failure))
        except ValueError as error:
            return self._bad(f"a request has no room: {error}")
        try:
            return self._judge(server, answered)
        except PeerError as error:
            return self._bad(f"{server.address}: {error}")

    def _attributes(self, turn: Turn) -> list[Attribute]:
        told = self._going_on(turn.attributes)
        kinds = {kind for kind, _ in told}
        told += [one for one in turn.attributes if one[0] in _ALWAYS and one[0] not in kinds]
        if turn.place is not None and turn.place.state is not None:
            told.append((STATE, turn.place.state))
        eap = turn.eap
        pieces = [eap[at : at + MAX_VALUE_LENGTH] for at in range(0, len(eap), MAX_VALUE_LENGTH)]
        return [(USER_NAME, turn.user_name), *told, *((EAP_MESSAGE, one) for one in pieces)]

    def _judge(self, server: UpstreamServer, answered: Answered) -> Said:
        """Say what an answer means. Raises MalformedEap, MalformedAttribute."""
        packet = answered.packet
        octets = b"".join(packet.all(EAP_MESSAGE))
        if packet.code == ACCESS_CHALLENGE:
            check_request(octets)
            return Asked(octets, Place(str(server.address), packet.first(STATE)))
        if packet.code != ACCESS_ACCEPT:
            return Rejected()
        check_success(octets)
        passing = self._rule.select(
            packet.attributes, server.shared_secret, answered.sent.authenticator, _LINK_KEYS
        )
        keys = [(one.number[1], Secret(one.value)) for one in passing if one.number in _LINK_KEYS]
        others = [one for one in passing if one.number not in _LINK_KEYS]
        held = Released(octets, tuple(keys), self._seals.seal_attributes(others))
        return Accepted(held, packet.first(USER_NAME))

    def _bad(self, detail: str) -> Rejected:
        """Let nobody in by an answer that cannot be used; tell it at a bounded rate."""
        now = self._timer.seconds()
        if now - self._told_at >= TELL_EVERY:
            self._told_at = now
            self._log.warn("EAP cannot be relayed: {reason}", reason=f"{self.name}: {detail}")
        return Rejected(detail)
