"""
A network in memory with LDAP servers on it, behind a reactor whose time stands still.

Nothing happens at once: what is sent arrives when the test lets time pass, if only no time at all.
"""

from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from proxy.firstfactor.directories import Directories
from proxy.firstfactor.options import DirectoryOptions, GroupsByAttribute, Server
from proxy.ldap import ber, requests, responses
from proxy.ldap.filters import compile_filter
from proxy.ldap.framing import Framer
from proxy.ldap.message import decode_message, encode_message
from proxy.login.actions import CheckFirstFactor, FindPerson
from proxy.login.events import PersonFound
from proxy.secret import Secret

SERVICE = "cn=service,dc=example"
ALICE = "uid=alice,dc=example"
START = 1_000_000.0


def result(tag, code=0, text=b"", more=b""):
    """Write an LDAPResult as an operation."""
    return ber.element(
        tag,
        ber.integer(code, ber.ENUMERATED),
        ber.element(ber.OCTET_STRING, b""),
        ber.element(ber.OCTET_STRING, text),
        more,
    )


def entry(dn, **attributes):
    """Write a SearchResultEntry; values are lists of octets."""
    written = [
        ber.element(
            ber.SEQUENCE,
            ber.element(ber.OCTET_STRING, name.encode()),
            ber.element(ber.SET, *(ber.element(ber.OCTET_STRING, value) for value in values)),
        )
        for name, values in attributes.items()
    ]
    return ber.element(
        responses.ENTRY,
        ber.element(ber.OCTET_STRING, dn.encode()),
        ber.element(ber.SEQUENCE, *written),
    )


FOUND_ALICE = entry(ALICE, uid=[b"alice"], memberOf=[b"cn=vpn,dc=example"])


class Wire(StringTransport):
    """A connection's two ends: the client's transport, and what a server does with it."""

    def __init__(self, network, server):
        super().__init__()
        self.network, self.server = network, server
        self.protocol = None
        self.framer = Framer()
        self.open = True
        self.delayed = True
        self.tls = 0
        """How often the client began TLS."""
        self.heard = []
        """What the server received, as messages."""

    # --- the client's side ---

    def write(self, data):
        self.network.callLater(0, self._arrive, data)

    def loseConnection(self):  # noqa: N802 - Twisted's name
        self.network.callLater(0, self.end, ConnectionDone())

    def abortConnection(self):  # noqa: N802 - Twisted's name
        self.network.callLater(0, self.end, ConnectionAborted())

    def startTLS(self, context):  # noqa: N802 - Twisted's name
        self.tls += 1

    def setTcpNoDelay(self, enabled):  # noqa: N802 - Twisted's name
        self.delayed = not enabled

    # --- the server's side ---

    def say(self, message_id, *operations, controls=b""):
        """Send operations under one id; controls go with the last."""
        last = len(operations) - 1
        self.say_octets(
            b"".join(
                encode_message(message_id, operation, controls if index == last else b"")
                for index, operation in enumerate(operations)
            )
        )

    def say_octets(self, octets):
        """Send any octets."""
        self.network.callLater(0, lambda: self.open and self.protocol.dataReceived(octets))

    def end(self, reason=None):
        """The connection ends."""
        if self.open:
            self.open = False
            self.protocol.connectionLost(Failure(reason or ConnectionLost()))

    def _arrive(self, data):
        if not self.open:
            return
        for octets in self.framer.feed(data):
            message = decode_message(octets)
            self.heard.append(message)
            self.server.receive(self, message)


@dataclass
class LdapServer:
    """A server that does as it is told."""

    accepts: bool = True
    """False: refuses connections."""
    reachable: bool = True
    """False: attempts to connect get no answer at all."""
    answers: bool = True
    """False: hears everything and says nothing."""
    on_bind: object = None
    """Called with the wire and the message of a person's bind; None: success."""
    on_search: object = None
    """Called with the wire and the message of a search for people or groups; None: alice."""
    on_start_tls: object = None
    root: tuple = ()
    """The root DSE, as one entry."""
    found: tuple = (FOUND_ALICE,)
    wires: list = field(default_factory=list)
    attempts: int = 0
    """How many connections were tried, made or not."""

    def receive(self, wire, message):
        """Take one message."""
        if not self.answers:
            return
        kind = message.operation
        if kind == requests.BIND:
            if requests.decode_bind(message.body).name == SERVICE.encode():
                wire.say(message.message_id, result(responses.BIND))
            elif self.on_bind is not None:
                self.on_bind(wire, message)
            else:
                wire.say(message.message_id, result(responses.BIND))
        elif kind == requests.SEARCH:
            if requests.decode_search(message.body).base == b"":
                wire.say(message.message_id, *self.root, result(responses.DONE))
            elif self.on_search is not None:
                self.on_search(wire, message)
            else:
                wire.say(message.message_id, *self.found, result(responses.DONE))
        elif kind == requests.EXTENDED and self.on_start_tls is not None:
            self.on_start_tls(wire, message)

    @property
    def heard(self):
        """All messages that reached it."""
        return [message for wire in self.wires for message in wire.heard]

    @property
    def binds(self):
        """The passwords of people's binds that reached it."""
        tried = [
            requests.decode_bind(message.body)
            for message in self.heard
            if message.operation == requests.BIND
        ]
        return [bind.password.reveal() for bind in tried if bind.name != SERVICE.encode()]

    @property
    def searches(self):
        """The searches for people and groups that reached it."""
        asked = [
            requests.decode_search(message.body)
            for message in self.heard
            if message.operation == requests.SEARCH
        ]
        return [search for search in asked if search.base]

    @property
    def open_wires(self):
        """The connections that are open now."""
        return [wire for wire in self.wires if wire.open]

    def die(self):
        """End every connection and accept no more."""
        self.accepts = False
        for wire in self.open_wires:
            wire.end()


class Network(MemoryReactorClock):
    """The reactor: its servers listen on ports from 1 on, in order."""

    def __init__(self, *servers):
        super().__init__()
        self.rightNow = START
        self.servers = servers or (LdapServer(),)

    def connectTCP(self, host, port, factory, timeout=30, bindAddress=None):  # noqa: N802, N803
        connector = super().connectTCP(host, port, factory, timeout, bindAddress)
        server = self.servers[port - 1]
        server.attempts += 1
        if server.reachable:
            self.callLater(0, self._connect, server, factory, connector)
        return connector

    def _connect(self, server, factory, connector):
        if connector.stoppedConnecting:
            return
        if not server.accepts:
            factory.clientConnectionFailed(connector, Failure(Refused()))
            return
        wire = Wire(self, server)
        server.wires.append(wire)
        protocol = factory.buildProtocol(None)
        wire.protocol = protocol
        protocol.makeConnection(wire)

    def pass_time(self, seconds=0.0, step=0.1):
        """Let time pass in small steps; without an argument just what happens at once."""
        self.advance(0)
        until = self.seconds() + seconds
        while self.seconds() < until:
            self.advance(min(step, until - self.seconds()))


def options(count=1, **changed):
    """Give a directory's options: *count* servers without TLS, groups by memberOf."""
    tls = changed.pop("tls", "none")
    given = {
        "name": "corp",
        "servers": tuple(Server("127.0.0.1", port + 1, tls) for port in range(count)),
        "ca_certificates": None,
        "bind_dn": SERVICE,
        "bind_password": Secret(b"service"),
        "search_base": "dc=example",
        "user_filter": compile_filter("(uid={username})", "username"),
        "user_name": "uid",
        "groups": GroupsByAttribute("memberOf"),
        "timeout": 5.0,
    }
    return DirectoryOptions(**(given | changed))


class Logins:
    """Asks directories as the hall does."""

    def __init__(self, network, *directories):
        self.network = network
        self.directories = Directories(
            directories or [options(len(network.servers))],
            network,
        )
        self.person = None
        self.took = 0.0

    def find(self, name="alice", *directories):
        """Begin to find a person; what comes of it is in the list that is given back."""
        question = FindPerson(directories or ("corp",), name)
        return self._begin(self.directories.find(question))

    def check(self, password=b"right", person=None):
        """Begin to check a password."""
        question = CheckFirstFactor(person or self.person, Secret(password))
        return self._begin(self.directories.check(question))

    def found(self, name="alice", *directories):
        """Find a person, however long it takes."""
        answer = self.answered(self.find(name, *directories))
        if isinstance(answer, PersonFound):
            self.person = answer.person
        return answer

    def checked(self, password=b"right"):
        """Check a password, however long it takes."""
        if self.person is None:
            self.found()
        return self.answered(self.check(password))

    def answered(self, asked):
        """Let time pass until there is an answer; `took` is how long it was."""
        began = self.network.seconds()
        self.network.pass_time()
        while not asked.answers:
            self.network.pass_time(0.1)
            assert self.network.seconds() < began + 60
        self.took = self.network.seconds() - began
        return asked.answers[0]

    def _begin(self, coroutine):
        return Asked(Deferred.fromCoroutine(coroutine))


class Asked:
    """A question and the answers to it so far: none, or one."""

    def __init__(self, deferred):
        self.deferred = deferred
        self.answers = []
        deferred.addBoth(self.answers.append)
