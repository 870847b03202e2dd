"""
Fuzz some targets, or all: `python -m tests.fuzz [TARGET ...] [--seconds N] [--save]`.

What a target found so far is in `.fuzz/TARGET` and is where its next run begins. An input that fails
ends its target with a traceback and is kept as `.fuzz/TARGET-crash-...`: give that file's octets to
the corpus, and write the test that fails.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.fuzz.corpus import packed, save, saved, unpack
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

HERE = Path(".fuzz")
LONGEST = 4096
"""Octets of an input: the longest RADIUS packet (RFC 2865 section 3)."""
SLOWEST = 10
"""Seconds that one input may take, a thousand times what an honest one takes."""
MEMORY = 1024
"""Megabytes that a target may have."""


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=600, help="for each target (default 600)")
    parser.add_argument("--save", action="store_true", help="save what led somewhere new")
    asked = parser.parse_args()
    if unknown := set(asked.targets) - TARGETS.keys():
        parser.error(f"found {', '.join(sorted(unknown))}, wanted some of {', '.join(TARGETS)}")
    failed = []
    for name in asked.targets or TARGETS:
        if not _fuzz(name, asked.seconds):
            failed.append(name)
        elif asked.save:
            save(name, {*saved(name), *packed(HERE / name)} - set(seeds(name)))
    print(f"failed: {', '.join(failed)}" if failed else "nothing failed")
    return bool(failed)


def _fuzz(name, seconds):
    """Fuzz one target; say whether nothing failed."""
    unpack([*saved(name), *seeds(name)], HERE / name)
    print(f"--- {name}: {seconds} s", flush=True)
    options = {
        "max_total_time": seconds,
        "max_len": LONGEST,
        "timeout": SLOWEST,
        "rss_limit_mb": MEMORY,
        "artifact_prefix": f"{HERE / name}-",
        "print_final_stats": 1,
    }
    command = [sys.executable, "-m", "tests.fuzz.inside", name, str(HERE / name)]
    command += [f"-{option}={value}" for option, value in options.items()]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
