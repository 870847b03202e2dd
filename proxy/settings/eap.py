"""EAP, for Wi-Fi and wired networks (802.1X)."""

from typing import Literal

from pydantic import Field

from proxy.settings.section import Section
from proxy.settings.values import Duration, FilePath, duration

EapInnerName = Literal["pap", "gtc", "mschapv2"]
EapMethodName = Literal["ttls", "peap", "tls", "gtc", "mschapv2"]
CertificateName = Literal["upn", "email", "cn"]


class EapSettings(Section):
    """How EAP is ended here; which clients speak it is said by their `eap`."""

    certificate: FilePath
    """PEM: the certificate that devices see, and its chain. A short chain of P-256 certificates
    saves round trips; its name is what devices are told to expect."""
    private_key: FilePath
    """PEM: the certificate's key."""
    client_ca: FilePath | None = Field(
        default=None, examples=["/etc/countersign/tls/devices-ca.pem"]
    )
    """PEM: the authorities whose certificates let devices in by EAP-TLS, all of them; those of the
    system are not looked at. Each certificate of theirs that is for clients of TLS lets its person
    in, so they issue to nobody else."""
    client_crl: tuple[FilePath, ...] = Field(
        default=(), max_length=64, examples=[["/etc/countersign/tls/devices.crl"]]
    )
    """Revocation lists, PEM or DER, of each authority in every chain. They are read at the start
    and at a reload; with one that has expired nobody comes in by a certificate. Left out: a
    certificate that was revoked serves until it expires."""
    client_name: tuple[CertificateName, ...] = Field(
        default=("upn", "email", "cn"), min_length=1, examples=[["upn"]]
    )
    """Where a certificate has its person's name, in order: the first that it has decides. `upn`:
    the user principal name of Active Directory; `email`: the mail address (both alternative names
    of the subject); `cn`: the common name of the subject. The directory must find the person by
    it: by its `user_filter`, or with its `realms`."""
    patience: Duration = duration("60s", "10s", "90s")
    """How long a device at an access point or a switch is kept waiting for a phone, where its
    client's `heartbeat` is not `off`; what is approved until then lets it in. There are 40
    heartbeats and 90s at most. Elsewhere it is 25s: devices give up after 30s."""
