"""
Counts what Python does: bytecode instructions, and calls of functions written in Python or in C.

Counts do not depend on the machine, so that they can stand in a file. What happens in a file that
is left out, or below a function that is left out, is not counted. Calls of C are counted where they
are made; what C does is not seen. The first time that a function runs, Python 3.12 tells of none of
its instructions: whatever is counted was to run before.
"""

import gc
import sys
import sysconfig
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
ROOTS = (Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("stdlib")), PROJECT)
"""What a file is named below; the first that holds it."""


@dataclass
class Work:
    """What was done, by function: `file function`."""

    instructions: Counter = field(default_factory=Counter)
    calls: Counter = field(default_factory=Counter)


class Counting:
    """
    A context manager that counts what is done in it, on this thread.

    Args:
        without_files: files, and folders that end with a slash, whose own code is not counted; named
            as the baseline names them.
        without: functions that are not counted, nor what they call.
    """

    def __init__(self, without_files=(), without=()):
        self._without_files = without_files
        self._without = {function.__code__ for function in without}
        self._instructions, self._calls = Counter(), Counter()
        self._counted = {}
        self._before = None
        self._left_out = False
        """Now, below a function that is left out."""

    def __enter__(self):
        gc.disable()
        self._before = sys.gettrace(), sys.getprofile()
        sys.setprofile(self._profile)
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_):
        sys.settrace(self._before[0])
        sys.setprofile(self._before[1])
        gc.enable()

    @property
    def work(self):
        """Give what was counted."""
        work = Work()
        for found, sums in ((self._instructions, work.instructions), (self._calls, work.calls)):
            for code, number in found.items():
                sums[_name(code)] += number
        return work

    def _is_counted(self, code):
        known = self._counted.get(code)
        if known is None:
            known = not _file(code).startswith(self._without_files)
            self._counted[code] = known
        return known

    def _trace(self, frame, event, _):
        code = frame.f_code
        if self._left_out:
            return None
        frame.f_trace_lines = False
        if code in self._without:
            self._left_out = True
            return self._left
        if not self._is_counted(code):
            return None
        self._calls[code] += 1
        frame.f_trace_opcodes = True
        return self._instruction

    def _left(self, frame, event, _):
        self._left_out = event != "return"
        return self._left

    def _instruction(self, frame, event, _):
        if event == "opcode":
            self._instructions[frame.f_code] += 1
        return self._instruction

    def _profile(self, frame, event, _):
        if event == "c_call" and not self._left_out and self._is_counted(frame.f_code):
            self._calls[frame.f_code] += 1


def _name(code):
    """Name a function alike on every machine."""
    return f"{_file(code)} {code.co_qualname}"


def _file(code):
    """Name a file by its path below the packages, the library or the project, wherever they are."""
    path = Path(code.co_filename)
    root = next((root for root in ROOTS if path.is_relative_to(root)), Path())
    return path.relative_to(root).as_posix()
