"""
One directory: find a person as the service account, check a password by a bind as the person.

The search comes first, with all groups, so that the policy is known before a password is tried.
"""

from proxy.accounts.account import Person
from proxy.deadlines import Timer
from proxy.errors import PeerError, Unavailable
from proxy.firstfactor.addresses import AddressSearch
from proxy.firstfactor.failures import NotSent, Refused
from proxy.firstfactor.membership import membership
from proxy.firstfactor.nt_hash import NtHashes
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.options import DirectoryOptions
from proxy.firstfactor.password_marks import PasswordMarks
from proxy.firstfactor.people import PEOPLE_LIMIT, PeopleSearch, entry_dn, stable_id
from proxy.firstfactor.servers import Servers
from proxy.firstfactor.standing import Barred, Standing
from proxy.firstfactor.verdicts import Verdict, verdict
from proxy.ldap import requests, responses
from proxy.ldap.controls import PASSWORD_POLICY_REQUEST
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorFailed,
    PasswordChanged,
    PasswordNotChanged,
    PersonBarred,
    PersonFound,
    PersonNotFound,
)
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.secret import Secret


class Directory:
    """
    One LDAP directory of the configuration.

    Args:
        seals: for what a response of MS-CHAPv2 yields; None: none is checked.
    """

    def __init__(
        self,
        options: DirectoryOptions,
        servers: Servers,
        timer: Timer,
        seals: UpstreamSeals | None = None,
    ) -> None:
        self.name = options.name
        self.servers = servers
        self._in_clear = any(one.tls == "none" for one in options.servers)
        self._people = PeopleSearch(options)
        self._sends = bool(options.sent)
        self._membership = membership(options, servers, timer)
        self._addresses = AddressSearch(options)
        self._password_marks = PasswordMarks(options)
        self._standing = Standing(options)
        self._timer = timer
        self._nt_hashes: NtHashes | None = None
        if options.nt_hash is not None and seals is not None and not self._in_clear:
            self._nt_hashes = NtHashes(options, options.nt_hash, seals)

    async def find(
        self, typed: str, *, vouched: bool = False
    ) -> PersonFound | PersonBarred | PersonNotFound | DirectoryFailed:
        """Find the one entry of a name, with its groups; see `FindPerson` for *vouched*."""
        if not typed.strip():
            return PersonNotFound("unknown")
        try:
            answer = await self.servers.search(self._people.request(typed), PEOPLE_LIMIT)
            missing = _not_one(answer)
            if missing is not None:
                return missing
            entry = self._people.read(answer.entries[0])
            dn = entry_dn(entry)
            user_name = self._people.user_name(entry, dn)
            if vouched:
                barred = await self._barred(dn)
                if barred is not None:
                    return PersonBarred(barred)
            groups = await self._membership.of(entry, dn, user_name)
        except (Unavailable, PeerError) as error:
            return DirectoryFailed(f"{self.name}: {error}")
        sent = self._people.sent(entry) if self._sends else ()
        return PersonFound(Person(self.name, user_name, stable_id(entry), dn, groups, sent))

    async def _barred(self, dn: str) -> Barred | None:
        answer = await self.servers.search(self._standing.request(dn), PEOPLE_LIMIT)
        return self._standing.read(answer, self._timer.seconds())

    async def address(self, user_name: str) -> str | None:
        """
        Give the mail address of an account; None: it has none, or there is not one such entry.

        Raises:
            Unavailable: the directory does not answer.
        """
        answer = await self.servers.search(self._addresses.request(user_name), PEOPLE_LIMIT)
        if _not_one(answer) is not None:
            return None
        try:
            return self._addresses.read(answer.entries[0], user_name)
        except PeerError:
            return None

    async def password_mark(self, dn: str) -> bytes:
        """
        Give what shows when a person's password was changed last; the same until it changes.

        Raises:
            Unavailable: the directory does not answer.
            PeerError: it answers what cannot be used, or has no such entry any more.
        """
        return self._password_marks.read(
            await self.servers.search(self._password_marks.request(dn), PEOPLE_LIMIT)
        )

    async def check(self, dn: str, password: Secret) -> Verdict:
        """
        Bind as the person, once.

        An empty password is refused here too: a server takes it for an unauthenticated bind and
        says success (RFC 4513 section 5.1.2).
        """
        if not password:
            return FirstFactorFailed("empty-password")
        try:
            request = requests.encode_bind(dn.encode(), password)
            return verdict(await self.servers.bind(request, PASSWORD_POLICY_REQUEST))
        except (NotSent, Refused) as error:
            return DirectoryFailed(f"{self.name}: {error}", asked=False)
        except (Unavailable, PeerError) as error:
            return DirectoryFailed(f"{self.name}: {error}")

    async def check_response(self, dn: str, credentials: Secret, name: str) -> Verdict:
        """
        Check a response of MS-CHAPv2 by the NT hash; the directory sees no try and counts none.

        Args:
            credentials: challenge and response, as `proxy.radius.mschap` has them.
            name: as the peer told it.
        """
        if self._nt_hashes is None:
            return FirstFactorFailed("no-nt-hash")
        try:
            answer = await self.servers.search(self._nt_hashes.request(dn), PEOPLE_LIMIT)
            return self._nt_hashes.check(answer, credentials, name, self._timer.seconds())
        except (Unavailable, PeerError) as error:
            return DirectoryFailed(f"{self.name}: {error}", asked=False)

    async def change(
        self, dn: str, old: Secret, new: Secret
    ) -> PasswordChanged | PasswordNotChanged | DirectoryFailed:
        """Change a password as the person's own change, once; never in clear."""
        if self._in_clear:
            return PasswordNotChanged("not-permitted")
        try:
            return await self.servers.change_password(dn.encode(), old, new)
        except (Unavailable, PeerError) as error:
            return DirectoryFailed(f"{self.name}: {error}")


def _not_one(answer: Answer) -> PersonNotFound | DirectoryFailed | None:
    """Say why a search did not find exactly one person; None: it did."""
    found = len(answer.entries) + answer.dropped
    code = answer.result.code
    if code == responses.SIZE_LIMIT_EXCEEDED or (code == responses.SUCCESS and found > 1):
        return PersonNotFound("ambiguous")
    if code != responses.SUCCESS:
        # A referral too: another server would have to be trusted with the password.
        return DirectoryFailed(f"the search failed: {answer.result.diagnostic} ({code})")
    return PersonNotFound("unknown") if found == 0 else None
