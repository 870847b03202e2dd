"""Soak: `python -m tests.soak [--seconds N] [--seed N] [--rate N] [--folder DIR]`."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.run import soak


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--rate", type=float, default=30, help="logins with codes a second")
    parser.add_argument("--folder", type=Path, help="kept; default: a new temporary one")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="countersign-soak-"))
    folder.mkdir(exist_ok=True)
    wrongs = soak(folder, asked.seed, asked.seconds, asked.rate)
    print("\n".join(wrongs) if wrongs else "soak: nothing is wrong")
    return bool(wrongs)


if __name__ == "__main__":
    sys.exit(main())
