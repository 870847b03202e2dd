"""
One target in a process of its own: `python -m tests.fuzz.inside TARGET FOLDER [FOLDER] OPTION...`.

libFuzzer takes the folders and options; what `proxy` does is followed by atheris. Run by
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
