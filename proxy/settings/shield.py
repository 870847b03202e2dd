"""What may reach a directory, so that guessing here locks nobody out there."""

from pydantic import Field

from proxy.accounts.throttle import Limits
from proxy.settings.section import Section
from proxy.settings.values import Duration, duration


class ShieldSettings(Section):
    """
    What is refused before a directory is asked, so that it locks nobody out.

    A refusal looks like a wrong password. Where a directory tells when it locks (`check --connect`
    shows it), the daemon stays one below that by itself, in a window as long. See docs/shield.md.
    """

    enabled: bool = True
    """false: every password is tried, and whoever guesses here locks people out everywhere."""
    attempts: int = Field(default=8, ge=1, le=1000)
    """Failed binds of one person in `window`, from everywhere together."""
    strangers: int = Field(default=5, ge=1, le=1000)
    """How many of them are for sources from which the person did not pass lately, where others are
    known. The rest is for the person's own. At most `attempts`."""
    window: Duration = duration("30m", "1m", "24h")
    """At least as long as the directory counts failed binds."""
    lately: Duration = duration("14d", "1h", "90d")
    """How long a source stays the person's own after the last login from there."""
    source_attempts: int = Field(default=100, ge=5, le=100_000)
    """Failed binds of one source in `window`, over all people; nobody is refused for it who passed
    from there lately. A source is a client and its caller; where the NAS does not say who calls,
    this does not count."""
    code_attempts: int = Field(default=20, ge=1, le=1000)
    """Wrong codes of one person in `window`, from everywhere together, under a policy with `order:
    second-first`."""
    code_strangers: int = Field(default=10, ge=1, le=1000)
    """The same of sources from which no right code came lately. At most `code_attempts`."""
    spray_people: int = Field(default=20, ge=2, le=1000)
    """On so many people one wrong password is tried, from anywhere, until it is refused for
    everybody but those who are known to have passed with it."""
    spray_people_per_source: int = Field(default=10, ge=2, le=1000)
    """The same, from one source. At most `spray_people`."""
    spray_window: Duration = duration("1h", "1m", "24h")
    """How long wrong passwords are compared; then, how long one tried on many is refused."""


def code_limits(settings: ShieldSettings) -> Limits:
    """Give how many wrong codes are looked at before any password was proved."""
    return Limits(
        settings.code_attempts,
        min(settings.code_strangers, settings.code_attempts),
        settings.window,
    )


def shield_limits(settings: ShieldSettings) -> Limits:
    """Give what may reach a directory, as configured."""
    return Limits(settings.attempts, min(settings.strangers, settings.attempts), settings.window)
