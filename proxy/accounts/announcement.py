"""
What somebody is told of: a second factor came or went, a login was reported, pushes are blocked.

The person is told by mail; of what may be an attack an admin too, and a machine by a webhook.
"""

from dataclasses import dataclass
from typing import Literal

AnnouncementKind = Literal[
    "phone-enrolled",
    "phone-replaced",
    "phone-removed",
    "totp-enrolled",
    "totp-removed",
    "recovery-issued",
    "login-reported",
    "push-confirmed",
    "push-reported",
    "push-blocked",
]
Audience = Literal["person", "admin", "webhook"]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing that somebody is to be told of a person."""

    id: int
    kind: AnnouncementKind
    detail: str
    """The phone's name, or the NAS and place of a login; safe to show. For a webhook those two as
    JSON: client, origin."""
    at: float
    tries: int
    """How often it was tried in vain."""
    directory: str
    user_name: str
    audience: Audience = "person"
