"""
What one login takes, in counts: `python -m tests.work` shows it, `--record` writes the baseline.
"""

import argparse
import sys

from tests.work import baseline
from tests.work.measure import measure


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.work", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write the baseline anew")
    text = baseline.write(measure())
    if parser.parse_args().record:
        baseline.FILE.write_text(text)
        print(f"{baseline.FILE}: {text.partition(chr(10))[0].removeprefix('# ')}")
    else:
        print(text, end="")


if __name__ == "__main__":
    sys.exit(main())
