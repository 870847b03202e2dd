"""Which login needs what."""

from typing import Literal

from pydantic import ConfigDict, Field

from proxy.login.policy import NumberMatching
from proxy.login.request import Factor, Method
from proxy.settings.addresses import ContactUrl, NetworkText, PushServiceText
from proxy.settings.defence import DefenceSettings
from proxy.settings.section import Section
from proxy.settings.times import Spans, TimeZone
from proxy.settings.values import Duration, FilePath, Name, Text, Texts, duration
from proxy.settings.vlan import VlanText
from proxy.settings.wifi import MacText, SsidText


class ReplySettings(Section):
    """
    An attribute of the Access-Accept: one of three ways.

    `{attribute: Filter-Id, value: staff}`, or `{attribute: Filter-Id, from: LDAP-ATTRIBUTE}`, or
    `{vlan: 42}`, each with `groups` and `tag` where they are wanted.
    """

    attribute: str | None = None
    """Its name in the dictionary, such as Class or Filter-Id."""
    value: Text | None = None
    """Its value: text, a number, an address, or the name of a value."""
    source: str | None = Field(default=None, alias="from", examples=["mail"])
    """The attribute of the person's entry in the directory that has the value. Several values give
    the attribute several times, none gives none. A value that cannot be sent (not of the
    attribute's type, too long, no text) refuses the login."""
    vlan: VlanText | None = Field(default=None, examples=[42])
    """The VLAN that the person gets, by its number (1 to 4094) or name: Tunnel-Type,
    Tunnel-Medium-Type and Tunnel-Private-Group-Id of one tag (RFC 3580 section 3.31)."""
    groups: tuple[str, ...] | None = Field(default=None, min_length=1)
    """DNs of groups, any of which is needed. Left out: everyone gets it."""
    tag: int | None = Field(default=None, ge=1, le=31, examples=[1])
    """The tag of a tagged attribute, such as Tunnel-Private-Group-Id (RFC 2868 section 3.1), or of
    a `vlan`."""


class PolicySettings(Section):
    """One rule: which logins it is for, and what they need."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"allow": {"const": False}}, "required": ["allow"]},
            "else": {"required": ["factors"]},
        }
    )

    name: Name
    """A name of yours; it stands in every record of a login."""
    clients: tuple[Name, ...] = Field(min_length=1)
    """Names of clients, as under `clients`."""
    when: dict[str, Texts] = Field(default_factory=dict)
    """Attributes of the request: a value or a list of which any will do, `*` at either end stands
    for anything. All must hold; an absent attribute does not match."""
    directory: Name
    """Name of the directory that checks the password, as under `directories`."""
    groups: tuple[str, ...] | None = Field(default=None, min_length=1)
    """DNs of groups, any of which is needed. Left out: everyone in the directory."""
    users: tuple[Text, ...] | None = Field(default=None, min_length=1, examples=[["alice", "bob"]])
    """Names of accounts, as `user_name` of the directory has them, in large or small letters; any
    of them is needed, and one of the groups too where there are `groups`. Left out: everyone."""
    networks: tuple[NetworkText, ...] | None = Field(
        default=None, min_length=1, examples=[["198.51.100.0/24", "2001:db8::/32"]]
    )
    """Where the person is, by the caller that the NAS tells where that is an address; any of them
    is needed. A caller that is untold or no address is in none. Left out: anywhere."""
    times: Spans | None = Field(default=None, examples=[["mon-fri 07:00-19:00", "sat 22:00-02:00"]])
    """When the request comes; any of them is needed. The last minute is not in; one that ends
    before it begins ends on the next day. Left out: at any time."""
    time_zone: TimeZone | None = Field(default=None, examples=["Europe/Berlin"])
    """Whose clock `times` goes by. Left out: the system's."""
    ssids: tuple[SsidText, ...] | None = Field(
        default=None, min_length=1, examples=[["corp", "corp-5G"]]
    )
    """Names of Wi-Fi networks, in large and small letters as they are; any of them is needed. What
    Called-Station-Id has behind the access point's MAC counts, or all of it where there is no MAC;
    a request without one is in none. Left out: any."""
    access_points: tuple[MacText, ...] | None = Field(
        default=None, min_length=1, examples=[["00-10-A4-23-19-C0"]]
    )
    """MAC addresses of access points or switches, as Called-Station-Id begins with them, in any
    spelling; any of them is needed. Left out: any."""
    methods: tuple[Method, ...] | None = Field(
        default=None, min_length=1, examples=[["pap", "mschapv2"]]
    )
    """How the login comes; any of them is needed. Left out: any."""
    allow: bool = True
    """false: whoever comes under this policy is refused, whatever else it says; `factors` may be
    left out then."""
    factors: tuple[Factor, ...] = Field(default=(), json_schema_extra={"default": None})
    """Which may serve, in order of preference: the first that the person has enrolled and that can
    be asked here is asked. []: the password alone, which `check` warns of. It must be set, unless
    `allow` is false."""
    order: Literal["password-first", "second-first"] = "password-first"
    """second-first: a code that is appended to the password (`append_code`) is checked before it,
    and only a right one lets the password reach the directory. No push is sent and nothing is asked
    for. Wrong codes count by `shield.code_attempts`, apart from the counter that locks codes."""
    number_matching: NumberMatching = "when-possible"
    """A push is answered by typing the number that the NAS shows: when-possible, required (no push
    where the NAS can show none), off."""
    number_digits: int = Field(default=6, ge=1, le=10)
    """Digits of that number; of fewer than 6 `check` warns."""
    verify_user: bool = False
    """A push serves only where the phone made sure of its person by its passkey (fingerprint, face
    or PIN). A phone without one is then no factor; the other factors of the policy serve."""
    reply: tuple[ReplySettings, ...] = ()
    """Sent in this order, each that is for the person's groups, however the login passes. Of an
    attribute that comes once (RFC 2865 section 5.44) the first that is for the person is sent."""
    vlan: VlanText | None = Field(default=None, examples=[42])
    """The VLAN of everyone under this policy, as `reply[].vlan`."""
    session: Duration | None = duration(None, "1m", "365d", example="8h")
    """How long a session may last: the Session-Timeout of the Access-Accept. Left out: the NAS
    decides."""
    reauthenticate: bool = Field(default=True, examples=[False])
    """A device that came by EAP is asked anew at the end of its `session` and stays connected
    meanwhile: the Termination-Action of the Access-Accept is RADIUS-Request (RFC 3580 section
    3.19). false: the session ends there, as one that began otherwise always does."""
    accounting_class: bool = False
    """A Class of the Access-Accept has the login's id, which the NAS repeats in accounting. Left
    out or false: none is added, since some NASes take every Class for a group."""
    challenge: bool | None = Field(default=None, examples=[True])
    """Wins over the client's. Left out: the client's."""
    wait: Duration | None = duration(None, "1s", "5m", example="60s")
    """Wins over the client's. Left out: the client's."""
    append_code: bool | None = Field(default=None, examples=[True])
    """Wins over the client's. Left out: the client's."""
    remember: Duration | None = duration(None, "1m", "7d", example="12h")
    """How long after a login that passed its second factor another one of the same person needs
    none: from the same client, or one with the same `remember_group`, and the same caller. Only for
    clients whose `caller_is` is `device`; it never renews itself. Left out: every login needs one.
    See docs/remembering.md."""
    remember_addresses: bool = False
    """For `remember`, an IP address will do for the caller too, at clients whose `caller_is` is
    `address`. Everybody behind that address who knows the password is then let in; `check` warns of
    it."""
    picking: bool = False
    """For phones with the privacyIDEA Authenticator, which cannot have a number typed: where one is
    asked, it is pressed, one of ten. A blind guess is right once in ten times. false: such phones
    get no push there, and their people type a code."""
    enrolment: bool = True
    """Whoever proved the password and has no factor of these is told where to enrol one, and may do
    so at the portal where it lets people in for a first login. false: they are told to ask, and the
    portal lets in nobody that this policy's directory, `users` and `groups` fit."""
    password_change: bool = False
    """Whoever proved an expired password, or one that must be changed, and then the second factor
    changes it in the login, where the NAS can show a challenge. The directory must be reached by
    TLS."""
    app_codes: bool = True
    """The app on a phone may make codes too, without a network. false: it enrols none, and that
    holds for everyone in this policy's directory: a phone that calls brings no groups. Codes that
    were enrolled before go on."""


class PushSettings(Section):
    """Approval requests on phones."""

    lifetime: Duration = duration("2m", "10s", "10m")
    """How long a request can be answered; one with a number always for 5 minutes."""
    late_approval: Duration = duration("60s", "0s", "10m")
    """How long after its approval a request lets the same caller's next login pass, once, where
    the NAS had given up."""
    defence: DefenceSettings = Field(default_factory=DefenceSettings)
    pending_limit: int = Field(default=20_000, ge=1, le=1_000_000)
    """Open requests, of everyone together; one more is refused."""
    services: tuple[PushServiceText, ...] = Field(
        default=(), max_length=64, examples=[["push.example.org"]]
    )
    """Push services of your own. Phones are woken through the push services that their browsers
    name; of those, only what is at port 443 of a public address is called. What is named here is
    called wherever it is, at that port, or at any."""
    ca_certificates: FilePath | None = Field(default=None, examples=["/etc/countersign/ca.pem"])
    """PEM: the CAs that vouch for the services named in `push.services`. Left out: the system's,
    as for all others."""
    contact: ContactUrl | None = Field(default=None, examples=["mailto:it@example.org"])
    """Told to push services, so that they can reach whoever runs this server. Left out:
    `web.url`."""


class PasskeySettings(Section):
    """Passkeys of phones."""

    synced: bool = True
    """Take passkeys that a cloud account may carry to other devices (backup eligible). false: they
    are refused at enrolment, and those enrolled before no longer serve."""


class TotpSettings(Section):
    """Codes from an authenticator app."""

    window_steps: int = Field(default=1, ge=0, le=10)
    """Steps of 30 s that a clock may be off, on either side."""
