"""
What a method of EAP is to a conversation, and which there are: `KINDS`.

A method says the data of requests and hears that of responses; what is around them (type and
identifier, repetitions, whose turn it is, the end) is the conversation's. One that finds that the
peer has broken it raises a PeerError, and the conversation is over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from proxy.eap import packet
from proxy.eap.bare import ASKS, Bare
from proxy.eap.gtc import Gtc
from proxy.eap.inner import Heard, Proof
from proxy.eap.mschapv2 import Mschapv2
from proxy.eap.peap import PeapInner
from proxy.eap.progress import Progress
from proxy.eap.terms import MethodName, Terms
from proxy.eap.tls import CertificateMethod
from proxy.eap.ttls import TtlsInner
from proxy.eap.tunnel import Tunnel
from proxy.secret import Secret


class Method(Protocol):
    """Our end of one method in one conversation."""

    @property
    def asks(self) -> int:
        """How many more questions the peer bears; known when it has told who it is."""

    @property
    def progress(self) -> Progress:
        """How far it has come."""

    def start(self, identity: bytes) -> bytes:
        """Give the data of the first request; *identity* is what the peer said in clear."""

    def hear(self, data: bytes) -> Heard:
        """Take the data of a response; `Say` has those of the next request. Raises PeerError."""

    def ask(self, text: bytes) -> bytes:
        """Give the data that ask the person. Raises ValueError: no question is possible."""

    def conclude(self, *, passed: bool, proof: Proof | None = None) -> bytes | None:
        """
        Give the data that say the result, which `Concluded` follows; None: nothing says it.

        Raises:
            PeerError: it cannot be said: MSCHAPv2 that passed and has no proof.
        """

    def keys(self) -> Secret | None:
        """Give the 64 octets of the MSK once the login has passed; None: the method has none."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A method that a conversation may begin."""

    type: int
    """RFC 3748 section 5; our requests and the peer's responses have it."""
    make: Callable[[Terms], Method]


def _tls(terms: Terms) -> Method:
    if terms.certificates is None:
        raise ValueError("found EAP-TLS without certificates that let anybody in")
    return CertificateMethod(terms.certificates, terms.fragment)


KINDS: Final[Mapping[MethodName, Kind]] = {
    "ttls": Kind(
        packet.TTLS,
        lambda terms: Tunnel(
            terms,
            packet.TTLS,
            lambda export: TtlsInner(terms.inner, export),
            b"ttls keying material",
        ),
    ),
    "peap": Kind(
        packet.PEAP,
        lambda terms: Tunnel(
            terms, packet.PEAP, lambda _: PeapInner(terms.inner), b"client EAP encryption"
        ),
    ),
    "tls": Kind(packet.TLS, _tls),
    "mschapv2": Kind(packet.MSCHAPV2, lambda _: Bare(Mschapv2())),
    "gtc": Kind(packet.GTC, lambda terms: Bare(Gtc(ASKS if terms.bare_asks else 0))),
}
