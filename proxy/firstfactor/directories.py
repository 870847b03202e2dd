"""All directories of the configuration, behind the hall's port `FirstFactor`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from proxy.accounts.account import Person
from proxy.deadlines import Deadlines
from proxy.firstfactor.directory import Directory
from proxy.firstfactor.failures import NotSent
from proxy.firstfactor.opening import Opening
from proxy.firstfactor.options import DirectoryOptions
from proxy.firstfactor.server import DirectoryServer
from proxy.firstfactor.servers import Servers
from proxy.firstfactor.trust import Trust, trust_root
from proxy.firstfactor.upstream import Upstream
from proxy.firstfactor.upstream_answers import Verdict as UpstreamVerdict
from proxy.firstfactor.upstream_options import UpstreamOptions
from proxy.firstfactor.upstream_sockets import OpenWire
from proxy.firstfactor.verdicts import Verdict
from proxy.login.actions import ChangePassword, CheckFirstFactor, FindPerson
from proxy.login.events import (
    DirectoryFailed,
    PasswordChanged,
    PasswordNotChanged,
    PersonNotFound,
)
from proxy.ports import EapUpstream, Found
from proxy.radius.attributes import Attributes
from proxy.radius.upstream_seals import UpstreamSeals


class Directories:
    """
    Implements `proxy.ports.FirstFactor`.

    Args:
        reactor: a Twisted reactor: time, TCP and names.
        before: those of the configuration as it was; a directory that is configured as it was
            stays, with its connections.
        upstreams: those that are other RADIUS servers; they are always made anew.
        parts: what upstreams need beside; None: there are none. Its seals are for directories that
            give NT hashes too.

    Raises:
        BadCertificates: a directory's CA certificates cannot be read.
        BadAttribute: an upstream names attributes that cannot be.
    """

    def __init__(
        self,
        options: Iterable[DirectoryOptions],
        reactor: Any,  # noqa: ANN401 - zope's
        before: "Directories | None" = None,
        upstreams: Iterable[UpstreamOptions] = (),
        parts: "UpstreamParts | None" = None,
    ) -> None:
        deadlines = Deadlines(reactor)
        seals = None if parts is None else parts.seals
        known = {} if before is None else before.by_options
        self.by_options: dict[DirectoryOptions, Directory] = {
            each: known.get(each) or _directory(each, reactor, deadlines, seals) for each in options
        }
        """Each with all that is configured of it."""
        self.missed: Callable[[FindPerson], object] = lambda _: None
        """Called where nobody has a name; may be changed at any time."""
        self._by_name = {each.name: each for each in self.by_options.values()}
        self._upstreams: dict[str, Upstream] = {}
        if parts is not None:
            self._upstreams = {
                each.name: parts.upstream(each, reactor, deadlines) for each in upstreams
            }
        self._new = [one for each, one in self.by_options.items() if each not in known]

    async def find(self, question: FindPerson) -> Found:
        """
        Ask the directories in order; the next only where one has no such person.

        A failure ends it: the next directory may have another person of that name.
        """
        answer: Found = PersonNotFound("unknown")
        for name in question.directories:
            directory = self._by_name.get(name)
            if directory is None:
                answer = await self._upstreams[name].find(question.username)
            else:
                answer = await directory.find(question.username, vouched=question.vouched)
            if not isinstance(answer, PersonNotFound) or answer.reason != "unknown":
                break
        else:
            self.missed(question)
        return answer

    async def check(self, question: CheckFirstFactor) -> Verdict | UpstreamVerdict:
        """Try the password once, in the directory that the person is in."""
        person = question.person
        directory = self._by_name.get(person.directory)
        if directory is None:
            return await self._upstreams[person.directory].check(question)
        if question.method == "mschapv2":
            name = "" if question.login is None else question.login.username
            return await directory.check_response(person.dn, question.password, name)
        return await directory.check(person.dn, question.password)

    async def change(
        self, question: ChangePassword
    ) -> PasswordChanged | PasswordNotChanged | DirectoryFailed:
        """Change the password of a person, in the directory that they are in."""
        person = question.person
        return await self._by_name[person.directory].change(person.dn, question.old, question.new)

    def eap(self, name: str) -> EapUpstream:
        """Give what relays EAP to an upstream."""
        return self._upstreams[name].eap

    async def address(self, directory: str, user_name: str) -> str | None:
        """Give the mail address of an account; None: it has none. Raises Unavailable."""
        found = self._by_name.get(directory)
        return None if found is None else await found.address(user_name)

    async def password_mark(self, person: Person) -> bytes:
        """
        Give what shows when a person's password was changed last.

        Raises:
            Unavailable: the directory does not answer, is an upstream, or is configured no longer.
        """
        found = self._by_name.get(person.directory)
        if found is None:
            raise NotSent(f"{person.directory} shows no change of a password")
        return await found.password_mark(person.dn)

    def start(self) -> None:
        """Open first connections to what was not there before; nothing is waited for."""
        for directory in self._new:
            directory.servers.start()
        for upstream in self._upstreams.values():
            upstream.servers.start()

    def leave_to(self, successor: "Directories") -> Deferred[None]:
        """Close what *successor* did not take over; fires when its connections are closed."""
        left = [one for each, one in self.by_options.items() if each not in successor.by_options]
        self._stop_upstreams()
        return Deferred.fromCoroutine(_stopped(left))

    def stop(self) -> Deferred[None]:
        """Close all connections; fires when they are closed."""
        self._stop_upstreams()
        return Deferred.fromCoroutine(_stopped(self._by_name.values()))

    def _stop_upstreams(self) -> None:
        for upstream in self._upstreams.values():
            upstream.servers.stop()


@dataclass(frozen=True, slots=True)
class UpstreamParts:
    """What upstreams need beside their options."""

    known: Attributes
    seals: UpstreamSeals
    opens: OpenWire

    def upstream(self, options: UpstreamOptions, reactor: Any, deadlines: Deadlines) -> Upstream:  # noqa: ANN401 - zope's
        """Make one. Raises BadAttribute."""
        return Upstream(options, self.known, self.seals, self.opens, deadlines, reactor)


async def _stopped(directories: Iterable[Directory]) -> None:
    await gatherResults([directory.servers.stop() for directory in directories])


def openings(options: DirectoryOptions, reactor: Any, deadlines: Deadlines) -> list[Opening]:  # noqa: ANN401 - zope's
    """Give what makes connections to each server of a directory. Raises BadCertificates."""
    root = trust_root(options.ca_certificates)
    service_account = None
    if options.bind_dn is not None and options.bind_password is not None:
        service_account = (options.bind_dn.encode(), options.bind_password)
    return [
        Opening(
            server,
            Trust(server.host, root),
            service_account,
            deadlines,
            reactor,
            timeout=options.timeout,
        )
        for server in options.servers
    ]


def _directory(
    options: DirectoryOptions,
    reactor: Any,  # noqa: ANN401 - zope's
    deadlines: Deadlines,
    seals: UpstreamSeals | None,
) -> Directory:
    servers = [
        DirectoryServer(server, opening, deadlines, reactor, timeout=options.timeout)
        for server, opening in zip(
            options.servers, openings(options, reactor, deadlines), strict=True
        )
    ]
    return Directory(options, Servers(servers), reactor, seals)
