"""Where alerts go, and what came of one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.errors import Unavailable
from proxy.secret import Secret


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint of the operator's."""

    url: str
    """https."""
    key: Secret
    """What signs; the endpoint has it too."""
    tls: Any
    """Twisted's IPolicyForHTTPS: whose certificates are accepted."""


class NotTaken(Unavailable):
    """The endpoint could not be reached, or did not say that it took the alert."""

    reason = "webhook-not-taken"


Post = Callable[[Webhook, Mapping[str, str], bytes, Any], Awaitable[None]]
"""Posts headers and a body; `proxy.webhook.post.post`. Raises NotTaken."""
