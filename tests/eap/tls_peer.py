"""A supplicant with a certificate: EAP-TLS over memory buffers."""

from OpenSSL import SSL

from proxy.eap.conversation import Request
from proxy.eap.fragments import Assembly, cut, read_piece
from proxy.eap.packet import IDENTITY, TLS, Response

START = 0x20


class TlsPeer:
    """
    Answers requests one after the other.

    Args:
        held: a certificate and its key; None: it has none.
    """

    def __init__(self, held, *, version=SSL.TLS1_3_VERSION, size=1000, identity=b"anonymous"):
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
        self.established = False
        self.heard = b""
        """What was said inside."""
        self.requests = 0
        self._assembly = Assembly()
        self._waiting = []

    def hello(self, identifier=1):
        return Response(identifier, IDENTITY, self.identity)

    def answer(self, octets):
        """Answer a request, given as it came."""
        self.requests += 1
        identifier, data = octets[1], octets[5:]
        assert octets[4] == TLS
        if self._waiting:
            return Response(identifier, TLS, self._waiting.pop(0))
        if data[0] == START:
            return Response(identifier, TLS, self._flight(b""))
        message = self._assembly.add(read_piece(data))
        if message is None:
            return Response(identifier, TLS, b"\0")
        return Response(identifier, TLS, self._flight(message))

    def _flight(self, message):
        if message:
            self.tls.bio_write(message)
        try:
            if not self.established:
                self.tls.do_handshake()
                self.established = True
            self.heard += self.tls.recv(100)
        except SSL.WantReadError:
            pass
        except SSL.Error:
            pass
        first, *self._waiting = cut(self._output(), self.size)
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
            outcome = conversation.receive(self.answer(outcome.octets))
        return outcome
