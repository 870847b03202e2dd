"""What the written configuration does not hold, or holds otherwise, each with its line."""

from dataclasses import dataclass, field
from typing import Literal

from proxy.cli.authproxy.cfg import Fault, Section

Kind = Literal["to do", "differs", "no counterpart"]
"""What to do about it: something, before the first login; to know it; to do without."""


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """One thing to know about a line of authproxy.cfg."""

    line: int
    kind: Kind
    message: str
    """Never with a secret."""


@dataclass(slots=True)
class Notes:
    """Collects remarks and faults; keys that nothing took are told at the end."""

    remarks: list[Remark] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _taken: set[tuple[str, str]] = field(default_factory=set)

    def say(self, line: int, kind: Kind, message: str) -> None:
        """Make a remark."""
        remark = Remark(line, kind, message)
        if remark not in self.remarks:
            self.remarks.append(remark)

    def fault(self, line: int, message: str) -> None:
        """Note what makes the file useless."""
        self.faults.append(Fault(line, message))

    def take(self, section: Section, *keys: str) -> None:
        """Note that these keys have been looked at."""
        self._taken.update((section.name, key) for key in keys)

    def take_numbered(self, section: Section, *stems: str) -> None:
        """Note that `stem`, `stem_1` and so on have been looked at."""
        for key in section.entries:
            head, _, number = key.rpartition("_")
            if key in stems or (number.isdigit() and head in stems):
                self._taken.add((section.name, key))

    def leave(self, section: Section, reasons: dict[str, str]) -> None:
        """Tell why keys have no counterpart, and of the others that nothing knows them."""
        for key, entry in section.entries.items():
            if (section.name, key) in self._taken:
                continue
            reason = reasons.get(key) or reasons.get(key.rstrip("0123456789").rstrip("_"))
            message = f"{section.name}.{key}: " + (reason or "a key that is not known here")
            self.say(entry.line, "no counterpart", message)
