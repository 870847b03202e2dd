"""What a person is told of by mail: a second factor came or went, a login was reported."""

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
]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing that one person is to be told."""

    id: int
    kind: AnnouncementKind
    detail: str
    """The phone's name, or the NAS and place of a login; safe to show."""
    at: float
    tries: int
    """How often it was tried in vain."""
    directory: str
    user_name: str
