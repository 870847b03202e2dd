"""EAP, for Wi-Fi and wired networks (802.1X)."""

from typing import Literal

from proxy.settings.section import Section
from proxy.settings.values import FilePath

EapMethodName = Literal["ttls", "peap"]


class EapSettings(Section):
    """How EAP is ended here; which clients speak it is said by their `eap`."""

    certificate: FilePath
    """PEM: the certificate that devices see, and its chain. A short chain of P-256 certificates
    saves round trips; its name is what devices are told to expect."""
    private_key: FilePath
    """PEM: the certificate's key."""
