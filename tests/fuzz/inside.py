"""
One target in a process of its own: `python -m tests.fuzz.inside TARGET FOLDER OPTION...`.

atheris (libFuzzer) takes the folder and options, and follows the paths through `proxy`. Run by
`tests.fuzz`.
"""

import sys

import atheris

with atheris.instrument_imports(include=["proxy"]):
    from tests.fuzz.targets import TARGETS


def main():
    program, name, *told = sys.argv
    atheris.Setup([program, *told], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
