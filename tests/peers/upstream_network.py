"""
RADIUS servers on a network in memory, behind a reactor whose time stands still.

What is sent arrives when the test lets time pass, if only no time at all. The servers sign and read
with hashlib and hmac alone.
"""

from dataclasses import dataclass, field

from twisted.internet.task import Clock

from proxy.firstfactor.upstream_options import UpstreamAddress, UpstreamOptions
from proxy.radius.attributes import Attributes
from proxy.secret import Secret
from tests.peers.nas import ACCESS_ACCEPT, STATUS_SERVER, USER_PASSWORD, hide_password
from tests.peers.radius_server import attributes_of, reply

SECRET = b"between-us-and-the-upstream"
START = 1_000_000.0
KNOWN = Attributes()


@dataclass
class Server:
    """A server that does as it is told."""

    reachable: bool = True
    """False: what is sent gets lost."""
    listens: bool = True
    """False: an ICMP error comes back."""
    status: bool = True
    """It answers Status-Server."""
    on_request: object = None
    """Called with the octets of an Access-Request, gives the reply's; None: Access-Accept."""
    heard: list = field(default_factory=list)
    """Every Access-Request that came, in order, as octets."""
    probes: list = field(default_factory=list)
    """Every Status-Server that came."""

    def receive(self, octets):
        """Take in a request, give the reply or None."""
        if octets[0] == STATUS_SERVER:
            self.probes.append(octets)
            return reply(SECRET, octets, ACCESS_ACCEPT, []) if self.status else None
        self.heard.append(octets)
        if self.on_request is not None:
            return self.on_request(octets)
        return reply(SECRET, octets, ACCESS_ACCEPT, [])


class MemoryWire:
    """One socket."""

    def __init__(self, network, server, hear, refuse):
        self.network, self.server = network, server
        self.hear, self.refuse = hear, refuse
        self.open = True

    def send(self, octets):
        self.network.callLater(0, self._arrive, octets)

    def close(self):
        self.open = False

    def _arrive(self, octets):
        if not self.server.reachable:
            return
        if not self.server.listens:
            self._back(self.refuse)
            return
        answer = self.server.receive(octets)
        if answer is not None:
            self.say(answer)

    def say(self, octets):
        """Send octets to the client."""
        self._back(lambda: self.hear(octets))

    def _back(self, call):
        self.network.callLater(0, lambda: self.open and call())


class Upstreams(Clock):
    """The reactor: its servers listen at 192.0.2.1, .2 and so on."""

    def __init__(self, *servers):
        super().__init__()
        self.rightNow = START
        self.servers = servers or (Server(),)
        self.wires = []

    def open_wire(self, address, hear, refuse):
        """Obeys `OpenWire`."""
        server = self.servers[int(address.host.rpartition(".")[2]) - 1]
        wire = MemoryWire(self, server, hear, refuse)
        self.wires.append(wire)
        return wire

    def pass_time(self, seconds=0.0, step=0.1):
        """Let time pass in small steps; without an argument just what happens at once."""
        self.advance(0)
        self.advance(0)
        until = self.seconds() + seconds
        while self.seconds() < until:
            self.advance(min(step, until - self.seconds()))
            self.advance(0)


def options(count=1, **changed):
    """Give an upstream's options: *count* servers."""
    given = {
        "name": "nps",
        "servers": tuple(UpstreamAddress(f"192.0.2.{number + 1}", 1812) for number in range(count)),
        "secret": Secret(SECRET),
        "timeout": 10.0,
        "retransmit": 2.0,
        "require_message_authenticator": True,
        "status_server": True,
        "user_name": "typed",
        "send": (),
        "own": ((32, b"countersign"),),
        "attributes": (),
    }
    return UpstreamOptions(**(given | changed))


def values(octets, kind):
    """Give the values of a type in a request."""
    return [value for found, value in attributes_of(octets) if found == kind]


def password_of(octets):
    """Give the password in a request; None: it has none."""
    hidden = values(octets, USER_PASSWORD)
    if not hidden:
        return None
    (value,) = hidden
    plain, vector = b"", octets[4:20]
    for at in range(0, len(value), 16):
        block = value[at : at + 16]
        stream = hide_password(bytes(16), SECRET, vector)
        plain += bytes(a ^ b for a, b in zip(block, stream, strict=True))
        vector = block
    return plain.rstrip(b"\0")
