"""A supplicant: EAP-TTLS with PAP, TLS over memory buffers."""

from OpenSSL import SSL

from proxy.eap.conversation import Request
from proxy.eap.fragments import Assembly, cut, read_piece
from proxy.eap.packet import IDENTITY, Response
from proxy.eap.ttls import MICROSOFT, USER_NAME, USER_PASSWORD, encode_pair
from tests.peers import mschap

START = 0x20


def pap(name, password):
    """Say name and password as PAP does inside the tunnel."""
    padded = password + bytes(-len(password) % 16)
    return encode_pair(USER_NAME, name) + encode_pair(USER_PASSWORD, padded)


def mschapv2(name, password, peer=bytes(16)):
    """Say name and response as MS-CHAPv2 does inside the tunnel (RFC 5281 section 11.2.4)."""

    def said(tls):
        told = tls.export_keying_material(b"ttls challenge", 17, None)
        response = mschap.nt_response(told[:16], peer, name, password)
        own = told[16:] + b"\0" + peer + bytes(8) + response
        challenge = encode_pair(11, told[:16], MICROSOFT)
        return encode_pair(USER_NAME, name.encode()) + challenge + encode_pair(25, own, MICROSOFT)

    return said


class Flights:
    """
    A supplicant's TLS over memory buffers, in pieces; answers requests one after the other.

    What it does with a whole message of the server is `_flight`, of who takes this.
    """

    def __init__(self, *, version=SSL.TLS1_3_VERSION, identity=b"anonymous", size=1000, held=None):
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)
        if held is not None:
            context.use_certificate(held[0])
            context.use_privatekey(held[1])
        self.tls = SSL.Connection(context, None)
        self.tls.set_connect_state()
        self.identity = identity
        self.size = size
        self.requests = 0
        self._assembly = Assembly()
        self._waiting = []

    def hello(self, identifier=1):
        """Say who it is, in clear."""
        return Response(identifier, IDENTITY, self.identity)

    def answer(self, octets):
        """Answer a request, given as it came."""
        self.requests += 1
        identifier, type_, data = octets[1], octets[4], octets[5:]
        if self._waiting:
            return Response(identifier, type_, self._waiting.pop(0))
        if data[0] == START:
            return Response(identifier, type_, self._flight(b""))
        message = self._assembly.add(read_piece(data))
        if message is None:
            return Response(identifier, type_, b"\0")
        return Response(identifier, type_, self._flight(message))

    def _first(self, output):
        first, *self._waiting = cut(output, self.size)
        return first

    def _output(self):
        pieces = []
        while True:
            try:
                pieces.append(self.tls.bio_read(16384))
            except SSL.WantReadError:
                return b"".join(pieces)

    def talk(self, conversation, outcome=None):
        """Talk until the conversation wants no more answers; give what it came to."""
        outcome = outcome or conversation.receive(self.hello())
        while isinstance(outcome, Request):
            assert len(outcome.octets) == int.from_bytes(outcome.octets[2:4], "big")
            outcome = conversation.receive(self.answer(outcome.octets))
        return outcome


class Peer(Flights):
    """
    Logs in by a name and a password inside the tunnel.

    Args:
        inner: what it says inside; or is called with the tunnel's TLS, and gives it.
    """

    def __init__(self, inner, **changed):
        super().__init__(**changed)
        self.inner = inner
        self.said = False

    def _flight(self, message):
        if message:
            self.tls.bio_write(message)
        try:
            self.tls.do_handshake()
            if not self.said:
                waiting = self._output()
                if not waiting:
                    self.said = True
                    self.tls.send(self.inner(self.tls) if callable(self.inner) else self.inner)
                else:
                    return self._first(waiting)
        except SSL.WantReadError:
            pass
        return self._first(self._output())
