"""The NASes."""

from typing import Literal

from pydantic import Field, model_validator

from proxy.settings.addresses import NetworkText
from proxy.settings.eap import EapInnerName, EapMethodName
from proxy.settings.profile import CallerKind, ProfileName, with_defaults
from proxy.settings.realms import Names
from proxy.settings.secrets import SecretText
from proxy.settings.section import Section
from proxy.settings.values import Duration, Name, duration


class ClientSettings(Section):
    """A NAS, or several that are configured alike; who has no address here gets no answer."""

    profile: ProfileName | None = Field(default=None, examples=["fortigate"])
    """The kind of NAS, one of `countersign profiles list`. What is known of it is the default of
    `challenge`, `wait`, `caller`, `caller_is`, `join` and `text_limit`; a key that is set here
    wins. Left out: the defaults below."""
    networks: tuple[NetworkText, ...] = Field(min_length=1)
    """Its addresses; the longest matching network of all clients decides."""
    secret: SecretText
    """The shared secret, the same as on the NAS; of 12 octets or fewer `check` warns."""
    require_message_authenticator: bool = True
    """A request without Message-Authenticator is discarded: its answer could be forged on the way
    (CVE-2024-3596)."""
    limit_proxy_state: bool = True
    """A request with Proxy-State and without Message-Authenticator is discarded; looked at only
    without `require_message_authenticator`."""
    challenge: bool = False
    """The NAS can show an Access-Challenge and ask for an answer: a push then has a number to type
    on the phone, and a code can be typed instead. false: the request is held while the phone is
    asked, and a code can only be appended to the password (`append_code`)."""
    wait: Duration = duration("30s", "1s", "5m")
    """How long the NAS waits for an answer, all its retries together. What is still open is
    answered a little earlier: by a tenth of it, 1s at most."""
    append_code: bool = False
    """`password,123456` is understood: after the last comma of the password a code of the app, a
    recovery code, or the word `push`."""
    mschapv2: bool = Field(default=False, examples=[True])
    """MS-CHAPv2 is taken without EAP too, where the directory has `nt_hash`. Whoever sees such a
    packet can find the password: for networks alone on which it could be sent in clear. A directory
    of type `radius` is asked in any case."""
    caller: str = "Calling-Station-Id"
    """The attribute of a request that names the caller, whose retries are one login and get one
    push. Where a request lacks it, NAS-Port and the NAS's name or address take its place."""
    directory: Names | None = Field(default=None, examples=["corp"])
    """Where this client's names without a realm are looked up, as `default_directory`, over which
    it wins."""
    join: Literal["caller", "user"] = "caller"
    """Which requests are one login: those of one caller, or, for a NAS that says nothing about the
    caller, those of one user."""
    caller_is: CallerKind = "address"
    """What the caller is: `device`, a MAC address, which stays with a person's device; or
    `address`, from which many people may come."""
    eap: tuple[EapMethodName, ...] = Field(default=(), max_length=5, examples=[["ttls"]])
    """The EAP methods that devices behind this client may use, in order of preference; a device
    that cannot do the first may ask for another. `ttls`: EAP-TTLS, `peap`: PEAPv0; what is said
    inside is `eap_inner`. `tls`: EAP-TLS, a certificate of `eap.client_ca` in place of a password.
    Nothing can be asked inside PAP and EAP-TLS: a push is answered, or with PAP a code appended
    (`append_code`), within 25s. GTC shows what `challenge` would show. `gtc`, `mschapv2`:
    without TLS, see `eap_without_tls`. Left out: EAP is refused."""
    eap_inner: tuple[EapInnerName, ...] = Field(
        default=("pap", "gtc"), min_length=1, max_length=3, examples=[["mschapv2", "gtc"]]
    )
    """What may be said inside `ttls` and `peap`, in order of preference; a device that cannot do
    the first may ask for another. `pap`: in TTLS alone. `mschapv2`: in TTLS with EAP or without;
    nothing can be asked or appended there, so a push it is. It needs a directory with `nt_hash`, or
    one of type `radius`."""
    eap_without_tls: bool = False
    """`eap` may name methods without TLS, for gateways of IKEv2. `gtc`: EAP-GTC, the password and,
    with `challenge`, up to three questions, which not every peer bears; between this NAS and this
    server whoever sees the packets reads the password, of which the shared secret hides nothing.
    `mschapv2`: EAP-MSCHAPv2 and a push; who sees the packets can guess the password at leisure. It
    needs what it needs in `eap_inner`. Requests whose NAS-Port-Type is a wireless one never get
    such a method."""
    eap_relay: Name | None = Field(default=None, examples=["nps"])
    """A directory of `type: radius` that speaks EAP with the devices behind this client, by any
    method; in place of `eap`. Its Access-Accept is held until the second factor passed: a push,
    since nothing can be asked inside. The person is whom its User-Name names, else the outer
    identity, unless that is anonymous. Left out: EAP is not relayed."""
    heartbeat: Literal["repeat", "notification", "off"] = "repeat"
    """How devices are kept patient while a phone is awaited, where NAS-Port-Type is Ethernet or
    Wireless. `repeat`: every `heartbeat_every` the last EAP request is sent again, octet for octet,
    and devices answer it without a thought. `notification`: in PEAP they are sent a notification
    instead, for access points that dislike that; other methods bear none, and have `repeat` here
    too. `off`: they are held as long as they bear."""
    heartbeat_every: Duration = duration("2500ms", "500ms", "20s")
    """How long a request waits before it is answered by a heartbeat: less than the NAS takes to
    send it again."""
    text_limit: int | None = Field(default=None, ge=10, le=4096, examples=[60])
    """How many characters of a Reply-Message the NAS shows: a challenge that is longer is worded
    shorter, the number first. Left out: all of them."""

    remember_group: Name | None = Field(default=None, examples=["wifi"])
    """Clients with the same one remember logins together (`remember` of the policies), so that a
    device may roam. Left out: this client alone."""

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, given: object) -> object:
        return with_defaults(given)
