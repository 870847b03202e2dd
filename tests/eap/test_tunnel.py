"""One tunnel by itself: pieces of TLS and what is said inside, without a conversation around."""

import pytest

from proxy.eap import packet
from proxy.eap.flights import NotAcknowledged, NothingSaid
from proxy.eap.fragments import START
from proxy.eap.inner import Credentials, Say
from proxy.eap.terms import Terms
from proxy.eap.tls_engine import TlsFailed
from proxy.eap.ttls import TtlsInner
from proxy.eap.tunnel import Tunnel
from tests.eap.peer import Peer, pap

LABEL = b"ttls keying material"


@pytest.fixture
def peer():
    return Peer(pap(b"alice", b"secret"))


def tunnel_of(context, fragment=1000):
    return Tunnel(Terms(context, ("ttls",), fragment), packet.TTLS, lambda _: TtlsInner(), LABEL)


def reply(peer, data):
    """Give the data that a peer answers."""
    return peer.answer(packet.encode_request(1, packet.TTLS, data)).data


def test_it_ends_in_what_the_inside_hears(context, peer):
    """It starts with nothing but the flag; credentials come out, and the peer's keys are ours."""
    tunnel = tunnel_of(context)
    data = tunnel.start(b"anonymous")
    assert data == bytes((START,))
    heard = tunnel.hear(reply(peer, data))
    while isinstance(heard, Say):
        heard = tunnel.hear(reply(peer, heard.octets))
    assert isinstance(heard, Credentials)
    assert tunnel.asks == 0
    assert tunnel.conclude(passed=True) is None
    bound = bytes((packet.TTLS,))
    exported = peer.tls.export_keying_material(b"EXPORTER_EAP_TLS_Key_Material", 128, bound)
    assert tunnel.keys().reveal() == exported[:64]


def test_data_in_place_of_an_acknowledgement(context):
    """Our flight is in pieces, and the peer speaks before it has all of them."""
    peer, tunnel = Peer(b"", size=4000), tunnel_of(context, fragment=100)
    heard = tunnel.hear(reply(peer, tunnel.start(b"")))
    assert len(heard.octets) == 100
    with pytest.raises(NotAcknowledged):
        tunnel.hear(b"\0more")


def test_a_peer_that_says_nothing(context):
    """An acknowledgement of nothing is no word of TLS."""
    tunnel = tunnel_of(context)
    tunnel.start(b"")
    with pytest.raises(NothingSaid):
        tunnel.hear(b"\0")


def test_the_peer_is_told_what_it_broke(context):
    """An alert goes out; whatever comes after it ends the tunnel."""
    tunnel = tunnel_of(context)
    tunnel.start(b"")
    alert = tunnel.hear(b"\0\x16\x03\x01\x00\x08\x01\0\0\x04what")
    assert alert.octets[:2] == b"\0\x15"
    with pytest.raises(TlsFailed) as found:
        tunnel.hear(b"\0")
    assert str(found.value)


def test_no_key_of_a_tunnel_that_has_not_begun(context):
    """It is our own fault to ask."""
    with pytest.raises(ValueError, match="not begun"):
        tunnel_of(context).keys()
