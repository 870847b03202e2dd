"""A supplicant: PEAPv0 with GTC, which answers Notifications too."""

from OpenSSL import SSL

from proxy.eap import packet
from proxy.eap.packet import Response
from proxy.eap.peap import TLV
from tests.eap.peer import Peer


class PeapPeer(Peer):
    """Answers requests one after the other; each of *answers* is for one question."""

    def __init__(self, name, *answers, **more):
        super().__init__(b"", **more)
        self.name, self.answers = name, list(answers)
        self.asked = []
        self.notices = []

    def answer(self, octets):
        """Answer a request, given as it came; a Notification by none of the method's doing."""
        if octets[4] == packet.NOTIFICATION:
            self.notices.append(octets[5:])
            return Response(octets[1], packet.NOTIFICATION, b"")
        return super().answer(octets)

    def _flight(self, message):
        if message:
            self.tls.bio_write(message)
        try:
            self.tls.do_handshake()
            said = self.tls.recv(4096)
        except SSL.WantReadError:
            pass
        else:
            self.tls.send(self._inside(said))
        return self._first(self._output())

    def _inside(self, said):
        if said[4:5] == bytes((TLV,)):  # the result, which alone is a whole packet
            return bytes((packet.RESPONSE,)) + said[1:]
        if said[:1] == bytes((packet.IDENTITY,)):
            return said[:1] + self.name
        assert said[:1] == bytes((packet.GTC,))
        self.asked.append(said[1:])
        return said[:1] + self.answers.pop(0)
