"""What a file of seeds has."""

from dataclasses import dataclass, field
from typing import Final

from proxy.factors.totp import TotpSeed

SEEDS_LIMIT: Final = 10_000
"""Seeds of a file: they are kept in one transaction, of a second, in which nobody logs in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A seed and whose it is."""

    line: int
    """From 1."""
    owner: str
    """As the file has it: a user name, or a distinguished name."""
    seed: TotpSeed


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong with one entry of a file."""

    line: int
    message: str
    """What was found and what was wanted; never a secret."""


class BadFile(ValueError):  # noqa: N818 - it names what was found
    """A file that cannot be read at all."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(line, message)


@dataclass(slots=True)
class SeedFile:
    """All that a file has."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    names_entries: bool = False
    """An owner may be a distinguished name."""
    is_signed: bool = False
    """It has a signature, which nobody has verified."""

    def count(self, line: int) -> None:
        """Raise BadFile where there are more seeds than one file may have."""
        if len(self.entries) + len(self.faults) > SEEDS_LIMIT:
            raise BadFile(line, f"found more than {SEEDS_LIMIT} seeds, wanted several files")
