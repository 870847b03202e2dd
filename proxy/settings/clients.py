"""The NASes."""

from typing import Literal

from pydantic import Field

from proxy.settings.section import Section
from proxy.settings.values import Duration, NetworkText, SecretText, duration


class ClientSettings(Section):
    """One NAS, or several that are configured alike."""

    networks: tuple[NetworkText, ...] = Field(min_length=1)
    """Its addresses; the longest matching network of all clients decides."""
    secret: SecretText
    """The shared secret."""
    require_message_authenticator: bool = True
    """A request without Message-Authenticator is discarded (CVE-2024-3596)."""
    limit_proxy_state: bool = True
    """A request with Proxy-State and without Message-Authenticator is discarded; looked at only
    without `require_message_authenticator`."""
    challenge: bool = False
    """The NAS can show an Access-Challenge and ask for an answer."""
    wait: Duration = duration("30s", "1s", "5m")
    """How long the NAS waits for an answer, all its retries together."""
    append_code: bool = False
    """`password,123456` is understood."""
    caller: str = "Calling-Station-Id"
    """The attribute that names the caller."""
    join: Literal["caller", "user"] = "caller"
    """Which requests are one login: those of one caller, or, for a NAS that says nothing about the
    caller, those of one user."""
