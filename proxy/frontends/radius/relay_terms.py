"""What it takes to relay EAP for a client: who is asked, and how devices are kept patient."""

from dataclasses import dataclass

from proxy.eap.terms import Heartbeat
from proxy.ports import EapUpstream


@dataclass(frozen=True, slots=True)
class RelayTerms:
    """How EAP of one client is relayed."""

    upstream: EapUpstream
    heartbeat: Heartbeat | None = None
    """None: a device is not kept patient."""
