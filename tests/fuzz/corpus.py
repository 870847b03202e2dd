"""
Saved inputs, one file a target: a line is one input, written as Python writes octets.

The fuzzer wants a folder of files; a reviewer wants a text. Seeds, which are what honest peers
send, are made by `seeds`; the files hold what was found beyond them: new paths through the code and
every input that ever failed.
"""

import ast
from hashlib import sha1
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
KEPT = 120
"""Inputs of one target that are kept; all are replayed by every `make check`."""
LONGEST = 1024
"""Octets of a kept input."""


def saved(name):
    """Give the saved inputs of a target."""
    file = FOLDER / f"{name}.txt"
    lines = file.read_text("ascii").splitlines() if file.exists() else []
    return [ast.literal_eval(f"b{line}") for line in lines]


def save(name, inputs):
    """Save these inputs; of many, some of every length."""
    known = sorted((o for o in inputs if len(o) <= LONGEST), key=lambda o: (len(o), o))
    share = max(1.0, len(known) / KEPT)
    kept = [known[int(number * share)] for number in range(min(len(known), KEPT))]
    lines = [f"{octets!r}"[1:] for octets in kept]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), "ascii")


def unpack(inputs, folder):
    """Write inputs as the files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for octets in inputs:
        (folder / sha1(octets, usedforsecurity=False).hexdigest()).write_bytes(octets)


def packed(folder):
    """Give the inputs that are the files of a folder."""
    return [file.read_bytes() for file in sorted(folder.iterdir())]
