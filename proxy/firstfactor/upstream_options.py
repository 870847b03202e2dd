"""Everything about an upstream RADIUS server that is configured, as values: checked before."""

from dataclasses import dataclass
from typing import Literal

from proxy.radius.packet import Attribute
from proxy.secret import Secret

Names = Literal["all"] | tuple[str, ...]
"""Of attributes."""
AccountName = Literal["typed", "returned"]


@dataclass(frozen=True, slots=True)
class UpstreamAddress:
    """Where one server listens."""

    host: str
    """An IP address without brackets."""
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class UpstreamOptions:
    """One directory that is another RADIUS server, or several that stand for each other."""

    name: str
    servers: tuple[UpstreamAddress, ...]
    """In order: the first that works is asked."""
    secret: Secret
    timeout: float
    """Seconds for each server, all retransmissions included."""
    retransmit: float
    """Seconds from the first transmission to the second; they double."""
    require_message_authenticator: bool
    status_server: bool
    """The servers know Status-Server (RFC 5997)."""
    user_name: AccountName
    """What names the account: the name as typed, or the User-Name of the Access-Accept."""
    send: Names
    """Attributes of the NAS's request that go on to the server."""
    own: tuple[Attribute, ...]
    """What says who asks: NAS-Identifier."""
    attributes: Names
    """Attributes of the Access-Accept that pass."""
