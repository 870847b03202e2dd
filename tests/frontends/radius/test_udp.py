import errno
import socket

from proxy.frontends.radius.exchange import Source
from proxy.frontends.radius.udp import DATAGRAMS_PER_WAKE_UP, UdpListener

SOURCE = ("192.0.2.1", 40000)


class ScriptedSocket:
    """Obeys what the listener uses of a socket; `coming` holds datagrams, or errors to raise."""

    def __init__(self, *coming):
        self.coming = list(coming)
        self.sent = []
        self.fault = None
        self.open = True

    family = socket.AF_INET
    peer = None

    def getsockname(self):
        return ("127.0.0.1", 1812)

    def connect(self, peer):
        if self.fault is not None:
            raise self.fault
        self.peer = peer

    def fileno(self):
        return 7 if self.open else -1

    def recvmsg(self, size, ancillary_room):
        if not self.coming:
            raise BlockingIOError
        next_one = self.coming.pop(0)
        if isinstance(next_one, OSError):
            raise next_one
        flags = socket.MSG_TRUNC if len(next_one) > size else 0
        return next_one[:size], [], flags, SOURCE

    def sendmsg(self, buffers, ancillary, flags, address):
        if self.fault is not None:
            raise self.fault
        self.sent.append((b"".join(buffers), address))

    def close(self):
        self.open = False


class NotingReactor:
    """Obeys IReactorFDSet as far as the listener uses it."""

    def __init__(self):
        self.readers = []

    def addReader(self, reader):  # noqa: N802
        self.readers.append(reader)

    def removeReader(self, reader):  # noqa: N802
        self.readers.remove(reader)


def listen(*coming):
    listener = UdpListener(NotingReactor(), ScriptedSocket(*coming), None, None)
    received, counted = [], []
    listener._receive = lambda *parts: received.append(parts)
    listener._count = counted.append
    listener.start()
    return listener, received, counted


def test_a_datagram_is_handed_on_with_its_source_and_a_way_to_reply():
    """The reply goes back to where the datagram came from."""
    listener, received, counted = listen(b"hello")
    listener.doRead()
    ((datagram, source, reply),) = received
    ours = (listener.address, ())
    assert (b"hello", Source(*SOURCE, ours)) == (datagram, source)
    reply(b"answer")
    assert ([(b"answer", SOURCE)], []) == (listener.socket.sent, counted)


def test_a_flood_leaves_time_for_others():
    """A wake-up takes a bounded number; the reactor calls again for the rest."""
    listener, received, _ = listen(*[b"x"] * (DATAGRAMS_PER_WAKE_UP + 1))
    listener.doRead()
    assert DATAGRAMS_PER_WAKE_UP == len(received)
    listener.doRead()
    assert DATAGRAMS_PER_WAKE_UP + 1 == len(received)


def test_an_icmp_error_is_survived():
    """One peer's closed port takes nothing from the datagrams behind it."""
    listener, received, counted = listen(
        ConnectionRefusedError(errno.ECONNREFUSED, "refused"), b"x"
    )
    listener.doRead()
    assert (1, ["receive-failed"]) == (len(received), counted)


def test_a_datagram_longer_than_a_packet_can_be_is_dropped():
    """RFC 2865 section 3: 4096 octets."""
    listener, received, counted = listen(bytes(4097), bytes(4096))
    listener.doRead()
    assert ([4096], ["too-long"]) == ([len(parts[0]) for parts in received], counted)


def test_a_reply_that_cannot_leave_is_lost_and_counted():
    """Nothing waits for a full buffer or an unreachable peer."""
    listener, received, counted = listen(b"x")
    listener.doRead()
    for fault in (BlockingIOError(), OSError(errno.ENETUNREACH, "unreachable")):
        listener.socket.fault = fault
        received[0][2](b"answer")
    assert ["send-would-block", "send-failed"] == counted


def test_a_listener_that_was_stopped_reads_and_sends_nothing():
    """Stopping twice is stopping once; a reply that comes later is counted."""
    listener, received, counted = listen(b"x", b"y")
    listener._receive = lambda *parts: (received.append(parts), listener.stop())
    listener.doRead()
    listener.stop()
    listener.connectionLost(None)
    received[0][2](b"answer")
    assert ([], 1, ["send-closed"]) == (listener._reactor.readers, len(received), counted)


def test_one_that_is_deaf_still_replies():
    """It is connected to where nobody is; what had come before is read, replies go where they did."""
    listener, received, _ = listen(b"before")
    listener.deafen()
    assert ("127.0.0.1", 9) == listener.socket.peer
    listener.doRead()
    ((_, _, reply),) = received
    reply(b"answer")
    assert [(b"answer", SOURCE)] == listener.socket.sent


def test_one_that_cannot_be_made_deaf_is_heard_until_it_closes():
    """Nothing fails for it."""
    listener, _, _ = listen(b"before")
    listener.socket.fault = OSError(errno.ENETUNREACH, "no way there")
    listener.deafen()
    assert listener.socket.open
