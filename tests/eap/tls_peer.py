"""A supplicant with a certificate: EAP-TLS over memory buffers."""

from OpenSSL import SSL

from proxy.eap.packet import TLS
from tests.eap.peer import Flights


class TlsPeer(Flights):
    """
    Logs in by TLS alone.

    Args:
        held: a certificate and its key; None: it has none.
    """

    def __init__(self, held, **changed):
        super().__init__(held=held, **changed)
        self.established = False
        self.heard = b""
        """What was said inside."""

    def answer(self, octets):
        """Answer a request of EAP-TLS."""
        assert octets[4] == TLS
        return super().answer(octets)

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
        return self._first(self._output())
