"""EAP, for Wi-Fi and wired networks (802.1X)."""

from typing import Literal

from proxy.settings.section import Section
from proxy.settings.values import Duration, FilePath, duration

EapMethodName = Literal["ttls", "peap"]


class EapSettings(Section):
    """How EAP is ended here; which clients speak it is said by their `eap`."""

    certificate: FilePath
    """PEM: the certificate that devices see, and its chain. A short chain of P-256 certificates
    saves round trips; its name is what devices are told to expect."""
    private_key: FilePath
    """PEM: the certificate's key."""
    patience: Duration = duration("60s", "10s", "90s")
    """How long a device at an access point or a switch is kept waiting for a phone, where its
    client's `heartbeat` is `repeat`. Elsewhere it is 25s: devices give up after 30s."""
