"""What is told about a line of the configuration."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Place = tuple[str | int, ...]
"""The way to a key: names of mappings and indexes of lists, from the top."""


def dotted(place: Place) -> str:
    """Write a place as an operator would say it: `policies[0].clients`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def printable(text: str) -> str:
    """Write what no terminal should be given as escapes: line ends, controls, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A fault, with which nothing starts; a warning; or a note on what was found."""

    file: Path
    line: int
    """From 1."""
    message: str
    """What was found and what was wanted; never a secret."""
    severity: Literal["fault", "warning", "note"] = "fault"

    def __str__(self) -> str:
        mark = "" if self.severity == "fault" else f"{self.severity}: "
        return printable(f"{self.file}:{self.line}: {mark}{self.message}")


class ConfigurationFaults(Exception):  # noqa: N818 - it names what was found
    """The configuration cannot be used; every fault that was found, in the order of the file."""

    def __init__(self, faults: list[Finding]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(map(str, self.faults)))
