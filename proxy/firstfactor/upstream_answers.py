"""
What an upstream server's answer means.

An Access-Accept proves the person, and the attributes that pass are sealed until the login is let
in; an Access-Reject goes on with its text; an Access-Challenge goes on with its text, its State
sealed.
"""

from typing import Final

from proxy.accounts.account import Person
from proxy.accounts.presumed import returned_name
from proxy.firstfactor.upstream_options import UpstreamOptions
from proxy.firstfactor.upstream_server import Answered, UpstreamServer
from proxy.login.actions import CheckFirstFactor
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorChallenged,
    FirstFactorFailed,
    PersonProved,
    Relayed,
)
from proxy.radius.attributes import Attributes
from proxy.radius.mschap import SUCCESS_NUMBER, find_error
from proxy.radius.packet import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    PROMPT,
    REPLY_MESSAGE,
    SESSION_TIMEOUT,
    STATE,
    USER_NAME,
    Packet,
)
from proxy.radius.passing import Number, PassRule
from proxy.radius.texts import message_text
from proxy.radius.upstream_seals import UpstreamSeals

Verdict = PersonProved | FirstFactorFailed | FirstFactorChallenged | DirectoryFailed

_SUCCESS: Final[tuple[Number, ...]] = (SUCCESS_NUMBER,)
_NO_ECHO: Final = (0).to_bytes(4, "big")
"""Prompt: what is typed is not shown (RFC 2869 section 5.10)."""


class UpstreamAnswers:
    """
    Judges answers of one upstream.

    Raises:
        BadAttribute: *options* name attributes that cannot pass.
    """

    def __init__(self, options: UpstreamOptions, known: Attributes, seals: UpstreamSeals) -> None:
        self._name = options.name
        self._returned = options.user_name == "returned"
        self._rule = PassRule(known, options.attributes)
        self._seals = seals

    def judge(
        self, question: CheckFirstFactor, server: UpstreamServer, answered: Answered
    ) -> Verdict:
        """
        Say what an answer means.

        Raises:
            MalformedAttribute: a salted attribute that passes was hidden by another secret.
        """
        packet = answered.packet
        if packet.code == ACCESS_ACCEPT:
            return self._accepted(question, server, answered)
        if packet.code == ACCESS_CHALLENGE:
            return self._challenged(server, packet)
        error = find_error(packet.attributes) if question.method == "mschapv2" else None
        text = message_text(packet.all(REPLY_MESSAGE))
        relayed = Relayed(text, None if error is None else error.hex())
        return FirstFactorFailed("refused-upstream", relayed=relayed)

    def _accepted(
        self, question: CheckFirstFactor, server: UpstreamServer, answered: Answered
    ) -> PersonProved | DirectoryFailed:
        packet = answered.packet
        presumed = question.person
        name = self._account_name(presumed, packet.first(USER_NAME))
        if name is None:
            wanted = "one that is a name" if self._returned else "none, or the name as typed"
            message = f"{server.address}: found another User-Name in an Access-Accept, wanted"
            return DirectoryFailed(f"{self._name}: {message} {wanted} (see user_name)")
        mschapv2 = question.method == "mschapv2"
        passing = self._rule.select(
            packet.attributes,
            server.shared_secret,
            answered.sent.authenticator,
            _SUCCESS if mschapv2 else (),
        )
        if mschapv2 and all(one.number != SUCCESS_NUMBER for one in passing):
            message = f"{server.address}: found an Access-Accept without MS-CHAP2-Success"
            return DirectoryFailed(f"{self._name}: {message}, which no peer would believe")
        person = Person(presumed.directory, name, None, presumed.dn, frozenset())
        return PersonProved(person, self._seals.seal_attributes(passing))

    def _account_name(self, presumed: Person, returned: bytes | None) -> str | None:
        """Name the account; None: what was returned does not fit."""
        name = None if returned is None else returned_name(returned)
        if self._returned:
            return name
        fits = returned is None or name in {presumed.user_name, returned_name(presumed.dn.encode())}
        return presumed.user_name if fits else None

    def _challenged(
        self, server: UpstreamServer, packet: Packet
    ) -> FirstFactorChallenged | DirectoryFailed:
        state = packet.first(STATE)
        if state is None:
            message = f"{server.address}: found an Access-Challenge without State"
            return DirectoryFailed(f"{self._name}: {message}, which nothing could answer")
        seconds = packet.first(SESSION_TIMEOUT)
        lifetime = None
        if seconds is not None and len(seconds) == 4:
            lifetime = float(int.from_bytes(seconds, "big"))
        return FirstFactorChallenged(
            self._seals.seal_state(self._name, str(server.address), state),
            message_text(packet.all(REPLY_MESSAGE)),
            echo=packet.first(PROMPT) != _NO_ECHO,
            lifetime=lifetime,
        )
