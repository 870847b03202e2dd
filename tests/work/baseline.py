"""
What one login took when it was last recorded: a file for each minor version of Python.

The compiler of each minor version writes other instructions, so that none can stand for another.
One line a function, `INSTRUCTIONS CALLS FILE FUNCTION`, the most first: its diff is the review of a
change that makes a login dearer.
"""

import sys
from pathlib import Path

from tests.work.counter import Work

MAY_GROW = 0.05
"""From one baseline to the next record; a change that is worth more records a new one."""
MAY_SHRINK = 0.5
"""More than this no change saves: the count has lost sight of something, or it was not recorded."""
TOLD = 8
"""Functions that are named where something grew."""
VERSION = "{}.{}".format(*sys.version_info)
FILE = Path(__file__).with_name(f"python-{VERSION}.txt")
COMMAND = f"make baseline PYTHON=python{VERSION}"
"""Records a baseline; in a clone without .venv, or with one of this version."""


def write(work):
    """Write what a login takes."""
    lines = [
        f"{number} {work.calls[name]} {name}"
        for name, number in sorted(work.instructions.items(), key=lambda one: (-one[1], one[0]))
    ]
    return "\n".join([f"# {summary(work)}", *lines, ""])


def summary(work):
    """Say it in one line."""
    return (
        f"one login by password and appended code, Python {VERSION}: "
        f"{work.instructions.total()} instructions, {work.calls.total()} calls"
    )


def read(text):
    """Read what `write` wrote."""
    work = Work()
    for line in text.splitlines():
        if not line.startswith("#"):
            instructions, calls, name = line.split(" ", 2)
            work.instructions[name], work.calls[name] = int(instructions), int(calls)
    return work


def growth(before, now):
    """Say what grew too much, and where, or shrank beyond belief; an empty text: nothing did."""
    told = []
    for what in ("instructions", "calls"):
        old, new = getattr(before, what), getattr(now, what)
        if new.total() < old.total() * (1 - MAY_SHRINK):
            told.append(
                f"{what} of a login fell from {old.total()} to {new.total()}: "
                "is all of it still counted?"
            )
        if new.total() <= old.total() * (1 + MAY_GROW):
            continue
        told.append(
            f"{what} of a login grew by {new.total() / old.total() - 1:.1%}, "
            f"from {old.total()} to {new.total()}; may grow by {MAY_GROW:.0%}. Most of all:"
        )
        grown = {name: number - old[name] for name, number in new.items()}
        most = sorted(grown.items(), key=lambda one: -one[1])[:TOLD]
        told += [f"  {more:+6} to {new[name]:5}  {name}" for name, more in most if more > 0]
    if told:
        told.append(f"If this is what a login has to take: {COMMAND}")
    return "\n".join(told)
