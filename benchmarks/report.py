"""The figures as Markdown, with the machine they were measured on."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measures import Row
from benchmarks.process import NotStarted, find_program


def table(rows: Sequence[Row]) -> str:
    """Write the rows as a table."""
    lines = [
        "| row | measure | ours | beside | value | must | aim | holds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in sorted(rows, key=lambda row: row.number):
        sign = "≤" if row.most else "≥"
        lines.append(
            f"| {row.number} | {row.measure} | {row.ours} | {row.beside} | {_short(row.value)}"
            f" | {sign} {_short(row.must)} | {sign} {_short(row.aim)}"
            f" | {'yes' if row.holds else '**no**'} |"
        )
    return "\n".join(lines)


def _short(value: float) -> str:
    if not value:
        return "0"
    return f"{value:.3f}" if value < 0.2 else f"{value:.2f}"


def machine() -> str:
    """Say when and where this was measured."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    parts = [
        datetime.now(UTC).strftime("%Y-%m-%d"),
        f"{os.cpu_count()} cores ({processor})",
        f"Linux {platform.release()}",
        f"Python {platform.python_version()}",
        _version("freeradius", "-v"),
        _version("slapd", "-VV"),
    ]
    return "Measured " + ", ".join(part for part in parts if part) + "."


def _version(program: str, option: str) -> str:
    try:
        asked = subprocess.run(
            [find_program(program), option], capture_output=True, text=True, check=False
        )
    except NotStarted:
        return ""
    for word in (asked.stdout + asked.stderr).split():
        if word[:1].isdigit() and "." in word:
            name = {"freeradius": "FreeRADIUS", "slapd": "OpenLDAP"}[program]
            return f"{name} {word.rstrip(',').partition('+')[0]}"
    return ""
