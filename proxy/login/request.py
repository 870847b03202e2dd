"""
What a login is when it reaches the core: parsed, normalised, its reply still to be found.

`Login` holds what stays true for the login's whole life and is parked with it: no password.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, PlainSerializer

from proxy.accounts.account import Person
from proxy.radius.called_station import UNTOLD, CalledStation
from proxy.secret import Secret

Factor = Literal["push", "totp", "recovery"]
PasscodeKind = Literal["totp", "recovery"]
Method = Literal["pap", "mschapv2", "eap", "ldap", "portal"]
"""How a login came: over RADIUS by PAP, MS-CHAPv2 or EAP, by an LDAP bind, or at the portal."""
RelayedAttributes = tuple[tuple[int, bytes], ...]
"""Types and values of a RADIUS request that may go on to an upstream server."""
PORTAL: Final = "portal"
"""The client that sign-ins at the portal come from; no NAS has this name."""
Digest = Annotated[
    bytes,
    PlainSerializer(bytes.hex, return_type=str, when_used="json"),
    BeforeValidator(lambda value: bytes.fromhex(value) if isinstance(value, str) else value),
]
"""32 octets; in JSON, hexadecimal."""


@dataclass(frozen=True, slots=True)
class Callers:
    """What the callers that a client tells are, for whoever remembers them."""

    kind: Literal["device", "address"]
    """MAC addresses, or addresses from which many people may come."""
    group: str
    """Clients with the same one remember together."""


@dataclass(frozen=True, slots=True)
class ClientTerms:
    """What the core must know of a client; a policy may override the first three."""

    name: str
    challenge: bool
    """The NAS can show an Access-Challenge and ask for an answer."""
    wait: float
    """Seconds that the NAS waits for an answer, all its retries together."""
    append_code: bool
    """`password,123456` is understood."""
    callers: Callers | None = None
    """None: nothing of a login of this client is remembered."""
    mute: bool = False
    """Nothing can be asked of this login's person, whatever a policy says: EAP with PAP inside."""
    mschapv2: bool = False
    """A response of MS-CHAPv2 may come without EAP to a directory that gives NT hashes."""
    most_wait: float | None = None
    """Seconds that an answer may take, whatever client and policy say: EAP has timers of its own.
    None: what they say."""

    @property
    def by_eap(self) -> bool:
        """Say whether the login came by EAP, so that its device can be asked anew."""
        return self.most_wait is not None

    def __hash__(self) -> int:
        """Hash what is unique in a configuration: each login looks its decision up."""
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Login:
    """Facts of one login that stay true until its end."""

    login_id: str
    username: str
    """As typed."""
    client: ClientTerms
    caller: str | None
    """Normalised; None: the NAS said nothing about the caller."""
    origin: str
    """What a person is shown as the place of the login: the caller, else the client's address."""
    join_digest: Digest | None
    """Keyed digest of client, caller, password and what policies look at (the account is added by
    whoever compares), but of no response of MS-CHAPv2; None: this login is never joined."""
    request_digest: Digest
    """Keyed digest of client and Request Authenticator: the same packet gives the same digest."""


Voucher = Literal["certificate", "upstream", "resumed-session"]
"""What proves a first factor before a login begins: a certificate that was verified, the
Access-Accept of another RADIUS server, a TLS session that a login with both factors began."""


@dataclass(frozen=True, slots=True)
class Proof:
    """
    A first factor that was proved before the login began, and by whom.

    It is made of what this server has itself verified, never of what a NAS or a device only says.
    """

    by: Voucher
    directory: str | None = None
    """The only one in which the person may be; None: any that policies name."""
    upstream: str | None = None
    """The directory that is the other RADIUS server; of an upstream alone. Nobody else's word
    serves for people who can only be presumed."""
    passed: str | None = None
    """Attributes of its Access-Accept that go on to the NAS, sealed; None: none do."""
    person: Person | None = None
    """Whose session was resumed, as the directory had them when it began; of that alone."""
    at: float = 0.0
    """When the login that it is from had passed."""

    def __post_init__(self) -> None:
        if (self.by == "upstream") != (self.upstream is not None):
            raise ValueError(f"found a proof by {self.by} of the upstream {self.upstream}")
        if (self.by == "resumed-session") != (self.person is not None):
            raise ValueError(f"found a proof by {self.by} for {self.person}")


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """A request that begins a login (or joins one that is going on)."""

    login: Login
    password: Secret
    """As the NAS sent it, trailing NULs removed; a code may be appended. Not looked at where there
    is a proof."""
    attributes: Mapping[str, tuple[str, ...]]
    """The request's attributes that policies look at, by name; absent ones are not in it."""
    arrived: float
    """Seconds, the clock of the daemon."""
    method: Method = "pap"
    relay: RelayedAttributes = ()
    """Where an upstream RADIUS server may be asked."""
    called: CalledStation = UNTOLD
    """The access point and SSID that the device is at; told where a policy looks or remembers."""
    proof: Proof | None = None
    """None: the password is what there is."""
    response: bool = False
    """The password is a challenge and the response of MS-CHAPv2 to it, see `proxy.radius.mschap`:
    inside EAP, or without it. Only a directory that has the password's NT hash can check it."""


@dataclass(frozen=True, slots=True)
class Resume:
    """A request with a State: it answers a challenge."""

    state: bytes
    username: str
    client: ClientTerms
    answer: Secret
    """What the person typed, trailing NULs removed; empty: nothing, which continues."""
    arrived: float
    relay: RelayedAttributes = ()
    """As of a `LoginRequest`."""
