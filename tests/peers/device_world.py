"""The device API over a real store and in memory: no sockets, a clock that stands still."""

import json
from functools import cache
from itertools import count

from twisted.internet.address import IPv4Address
from twisted.internet.defer import succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from proxy.factors import pipush
from proxy.factors.approval import ApprovalRequest, sign_request
from proxy.factors.rsa_keys import RsaSigningKey
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.service import build_site
from proxy.login.actions import AskApproval
from proxy.push.inbox import Inbox
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import accounts, asking, devices, privacyidea
from proxy.store.app_codes import StoredAppCodes
from proxy.store.first_codes import FirstCodes
from proxy.store.session import Session
from proxy.store.stored_devices import StoredDevices
from proxy.store.stored_tokens import StoredTokens
from tests.peers.logins import ALICE, login
from tests.peers.phone import Phone
from tests.peers.privacyidea_phone import PrivacyIdeaPhone

URL = "https://mfa.example.org"
MASTER = MasterKey(Secret(b"k" * 32))


@cache
def server_rsa_key():
    """The server's key for the privacyIDEA Authenticator: made once, because that takes time."""
    return RsaSigningKey.create()


class InstantStore:
    """Obeys the store's `read` and `write`: each job is a transaction at once."""

    def __init__(self, database):
        self._connection = database.connect()

    def write(self, job):
        with self._connection:
            return succeed(job(Session(self._connection)))

    def read(self, query):
        return query(Session(self._connection))


class Call:
    """One HTTP call over a connection in memory."""

    def __init__(self, site, method, path, body, headers):
        self._transport = StringTransport(peerAddress=IPv4Address("TCP", "192.0.2.44", 40000))
        lines = [f"{method} {path} HTTP/1.1", "Host: any.example", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._connection = site.buildProtocol(None)
        self._connection.makeConnection(self._transport)
        self._connection.dataReceived(
            "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body
        )

    @property
    def octets(self):
        """All that was sent back."""
        return self._transport.value()

    def hang_up(self):
        """Close the connection, as a phone that goes away."""
        self._connection.connectionLost(Failure(ConnectionDone()))

    @property
    def answer(self):
        """Status and JSON; None: it is not answered yet."""
        head, _, body = self._transport.value().partition(b"\r\n\r\n")
        if not head:
            return None
        if b"chunked" in head:
            body = body.split(b"\r\n")[1]
        return int(head.split(b" ")[1]), json.loads(body) if body else None


class World:
    """The API over a real store, with a clock that stands still."""

    def __init__(self, database):
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.store = InstantStore(database)
        self.inbox = Inbox()
        self.counted = []
        found = StoredDevices(self.store, MASTER, self.clock)
        self.recovery_serves = True
        self.synced_passkeys = True
        self.allowed = {"corp"}
        """Directories whose people may have codes in the app."""
        self.window_steps = 1
        self.parts = Parts(
            URL,
            found,
            self.inbox,
            self.clock,
            self.counted.append,
            self.stirred,
            first_codes=FirstCodes(self.store, MASTER, self.clock),
            recovery_serves=lambda directory: self.recovery_serves and directory == "corp",
            synced_passkeys=lambda: self.synced_passkeys,
            codes=StoredAppCodes(self.store, MASTER, self.clock, self),
            app_codes=self.allowed.__contains__,
            tokens=StoredTokens(self.store, MASTER, self.clock),
        )
        self.stirs = 0
        self.site = build_site(self.parts, self.clock)
        self.account = self.write(lambda s: accounts.ensure(s, ALICE, self.now()))

    def stirred(self):
        self.stirs += 1

    def now(self):
        return self.clock.seconds()

    def write(self, job):
        results = []
        self.store.write(job).addCallback(results.append)
        return results[0]

    def invite(self, replace=False):
        return self.write(
            lambda s: devices.invite(
                s, MASTER, self.account.id, replace=replace, ttl=900, now=self.now()
            )
        )

    def invite_privacyidea(self, replace=False, ttl=900.0):
        """Give what the privacyIDEA Authenticator scans."""

        def job(session):
            privacyidea.keep_key(session, MASTER, server_rsa_key(), self.now())
            return privacyidea.invite(
                session, MASTER, self.account.id, replace=replace, ttl=ttl, now=self.now()
            )

        invited = self.write(job)
        return pipush.enrolment_uri(
            url=URL,
            serial=invited.serial,
            credential=invited.credential,
            label="alice",
            issuer="mfa.example.org",
            ttl=ttl,
        )

    def ask(self, digits=0, number=1, *, verify_user=False, picking=False, **facts):
        question = AskApproval(
            login(number, **facts), self.account.id, "alice", digits, verify_user, picking
        )
        keys = []
        self.parts.devices.server_keys().addCallback(keys.append)

        def signed(new):
            if new.serial is not None:
                asked = pipush.Asked(
                    new.nonce, new.serial, new.account_name, new.client, new.origin, new.number
                )
                return pipush.sign_challenge(asked, URL, server_rsa_key())
            return sign_request(
                ApprovalRequest(
                    new.id,
                    URL,
                    new.account_name,
                    new.device_id,
                    new.created_at,
                    new.expires_at,
                    new.nonce,
                    new.client,
                    new.origin,
                    digits,
                    new.verify_user,
                ),
                keys[0].signing,
            )

        terms = asking.Terms(signed, 120.0, 60.0, True, self.synced_passkeys)
        return self.write(lambda s: asking.ask(s, question, terms, self.now()))

    def call(self, method, path, body=b"", headers=None):
        """Make a call."""
        return Call(self.site, method, path, body, headers or {})


class SocketlessPhone(Phone):
    """The second phone, its calls brought to the API in memory."""

    def __init__(self, world, key=None):
        super().__init__(URL, key=key, clock=world.now)
        self.world = world

    def waiting(self, path, **headers):
        """Begin a call that may wait; `path` may have a query."""
        proof = self.proof("GET", path.partition("?")[0])
        return self.world.call("GET", path, headers={"DPoP": proof, **headers})

    def call(self, method, path, body=None, headers=None, query=""):
        octets = body.encode() if isinstance(body, str) else body or b""
        status, found = self.world.call(method, path + query, octets, headers).answer
        return status, {}, json.dumps(found).encode() if found is not None else b""


class SocketlessPrivacyIdeaPhone(PrivacyIdeaPhone):
    """A phone with the privacyIDEA Authenticator, its calls brought to its path in memory."""

    def __init__(self, world, uri, key=None):
        passed = count()
        # No two calls at one time, though the world's clock stands still.
        super().__init__(uri, key=key, clock=lambda: world.now() + next(passed) / 1000)
        self.world = world

    def begin(self, method, query="", body=None, headers=None):
        """Begin a call that may wait."""
        path = "/api/privacyidea" + (f"?{query}" if query else "")
        return self.world.call(method, path, body or b"", headers)

    def call(self, method, query="", body=None, headers=None):
        """Make a call; one that waits is let wait to its end."""
        made = self.begin(method, query, body, headers)
        if made.answer is None:
            self.world.clock.advance(10)
        return made.answer


def kind(octets_or_dict):
    found = json.loads(octets_or_dict) if isinstance(octets_or_dict, bytes) else octets_or_dict
    return found["type"].rsplit("/", 1)[1]
