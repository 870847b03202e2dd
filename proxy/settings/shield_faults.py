"""What of the shield's keys does not fit together, or is unwise."""

from collections.abc import Iterator

from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.schema import Settings


def shield_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults between the shield's keys."""
    shield = settings.shield
    for part, whole in (
        ("strangers", "attempts"),
        ("code_strangers", "code_attempts"),
        ("spray_people_per_source", "spray_people"),
    ):
        most, found = getattr(shield, whole), getattr(shield, part)
        if found > most and part in shield.model_fields_set:
            message = f"found {found}, wanted at most shield.{whole}, which is {most}"
            yield document.fault(("shield", part), message)


def shield_warnings(settings: Settings, document: Document) -> Iterator[Finding]:
    """Warn of what lets people be locked out, or be guessed."""
    if not settings.shield.enabled:
        message = "false: whoever guesses here locks people out of everything"
        yield document.warning(("shield", "enabled"), message)
    elif settings.shield.attempts == 1:
        message = "1 leaves a person nothing once a stranger has guessed"
        yield document.warning(("shield", "attempts"), message)
