"""
A directory that is another RADIUS server: it checks the first factor, and more it cannot be asked.

A name cannot be looked up there; who a login is from is presumed from the name as it was typed,
until an Access-Accept proves it. Everything that comes back is another machine's: bounded, judged,
and passed on only by rule.
"""

from collections.abc import Iterable
from typing import Any, Final

from twisted.logger import Logger

from proxy.accounts.account import Person, fold_username
from proxy.accounts.presumed import presumed_name, returned_name
from proxy.deadlines import Deadlines
from proxy.errors import PeerError, Unavailable
from proxy.firstfactor.failures import NotSent
from proxy.firstfactor.upstream_answers import UpstreamAnswers, Verdict
from proxy.firstfactor.upstream_eap import UpstreamEap
from proxy.firstfactor.upstream_options import UpstreamOptions
from proxy.firstfactor.upstream_server import TELL_EVERY, UpstreamServer
from proxy.firstfactor.upstream_servers import UpstreamServers
from proxy.firstfactor.upstream_sockets import OpenWire
from proxy.login.actions import CheckFirstFactor
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorFailed,
    PersonNotFound,
    PersonPresumed,
)
from proxy.radius.attributes import Attributes
from proxy.radius.mschap import KINDS, MICROSOFT, response_attributes
from proxy.radius.packet import (
    NAS_IDENTIFIER,
    NAS_IP_ADDRESS,
    NAS_IPV6_ADDRESS,
    STATE,
    USER_NAME,
    VENDOR_SPECIFIC,
    Attribute,
)
from proxy.radius.passing import Number, apart
from proxy.radius.password import MAX_PASSWORD_LENGTH
from proxy.radius.replies import NOT_FOR_REPLIES
from proxy.radius.retransmission import Schedule
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.radius.vendors import encode_vendor_attribute
from proxy.sealing import NotSealed

_NASES: Final = frozenset({NAS_IDENTIFIER, NAS_IP_ADDRESS, NAS_IPV6_ADDRESS})
_OURS: Final = NOT_FOR_REPLIES | {USER_NAME}
"""Standard attributes that this server writes itself, or that belong to the NAS's request alone."""


class Upstream:
    """One upstream of the configuration."""

    _log = Logger()

    def __init__(
        self,
        options: UpstreamOptions,
        known: Attributes,
        seals: UpstreamSeals,
        opens: OpenWire,
        deadlines: Deadlines,
        reactor: Any,  # noqa: ANN401 - a reactor's interfaces are zope's, not types
    ) -> None:
        """Make it ready. Raises BadAttribute: *options* name attributes that cannot be."""
        self.name = options.name
        shared_secret = SharedSecret(options.secret)
        self.servers = UpstreamServers(
            [
                UpstreamServer(
                    address,
                    shared_secret,
                    Schedule(options.retransmit, options.timeout),
                    opens,
                    deadlines,
                    reactor,
                    alone=len(options.servers) == 1,
                    require_message_authenticator=options.require_message_authenticator,
                    status_server=options.status_server,
                    own=options.own,
                )
                for address in options.servers
            ]
        )
        self._timer = reactor
        self._told_at = float("-inf")
        self._returned = options.user_name == "returned"
        self._own = options.own
        self._send = sent_numbers(options, known)
        self._seals = seals
        self._answers = UpstreamAnswers(options, known, seals)
        self.eap = UpstreamEap(options, self.servers, self._going_on, known, seals, reactor)
        """What relays EAP to it."""

    async def find(self, typed: str) -> PersonPresumed | PersonNotFound:
        """Presume who is meant by a name; the server is not asked."""
        person = presume(self.name, typed, returned=self._returned)
        return PersonNotFound("unknown") if person is None else PersonPresumed(person)

    async def address(self, user_name: str) -> str | None:  # noqa: ARG002 - as a directory's
        """Give no mail address: nothing tells one."""
        return None

    async def check(self, question: CheckFirstFactor) -> Verdict:
        """Send the password, the response or the answer to a challenge; judge what comes back."""
        mschap = question.method == "mschapv2"
        if not mschap and len(question.password.reveal()) > MAX_PASSWORD_LENGTH:
            return FirstFactorFailed("password-too-long")
        attributes: list[Attribute] = [(USER_NAME, question.person.dn.encode())]
        if mschap:
            attributes += response_attributes(question.password.reveal())
        try:
            at = None
            if question.state is not None:
                at, state = self._seals.open_state(self.name, question.state)
                attributes.append((STATE, state))
            attributes += self._going_on(question.relay)
            password = None if mschap else question.password
            server, answered = await self.servers.ask(attributes, password, at)
            verdict = self._answers.judge(question, server, answered)
        except Unavailable as failure:  # the server has told it
            asked = not isinstance(failure, NotSent)
            return DirectoryFailed(f"{self.name}: {failure}", asked)
        except (PeerError, NotSealed, ValueError) as error:
            verdict = DirectoryFailed(f"{self.name}: {error}")
        if isinstance(verdict, DirectoryFailed):
            self._tell(verdict.reason)
        return verdict

    def _tell(self, reason: str) -> None:
        """Log what an operator must mend, at a bounded rate."""
        now = self._timer.seconds()
        if now - self._told_at >= TELL_EVERY:
            self._told_at = now
            self._log.warn("a login could not be decided: {reason}", reason=reason)

    def _going_on(self, told: Iterable[Attribute]) -> list[Attribute]:
        """Give the attributes of the NAS's request that go on, and who we are if it is not told."""
        attributes = [
            (kind, value)
            if vendor is None
            else (VENDOR_SPECIFIC, encode_vendor_attribute(vendor, kind, value)[2:])
            for (vendor, kind), value in apart(told)
            if self._goes_on((vendor, kind))
        ]
        named = any(kind in _NASES for kind, _ in attributes)
        return attributes if named else [*attributes, *self._own]

    def _goes_on(self, number: Number) -> bool:
        vendor, kind = number
        if (vendor is None and kind in _OURS) or (vendor == MICROSOFT and kind in KINDS):
            return False
        return self._send is None or number in self._send


def presume(directory: str, typed: str, *, returned: bool) -> Person | None:
    """
    Presume the person of a typed name; None: nobody can be meant.

    Args:
        returned: the server's Access-Accept will name the person, so any name may be typed.
    """
    asked = typed.strip()
    name = presumed_name(typed)
    if returned and name is None and returned_name(asked.encode("utf-8", "replace")) is not None:
        name = fold_username(asked)
    return None if name is None else Person(directory, name, None, asked, frozenset())


def sent_numbers(options: UpstreamOptions, known: Attributes) -> frozenset[Number] | None:
    """Give which attributes of a request go on; None: all. Raises BadAttribute."""
    if options.send == "all":
        return None
    definitions = [known.find(name) for name in options.send]
    return frozenset((one.vendor, one.kind) for one in definitions)
