"""Work on a thread of its own."""

import sys
import threading

import pytest

from proxy.long_work import PATIENT_SWITCH, SWITCH, on_a_thread

FAULT = ValueError("found none")


class FromThread:
    """Obeys `callFromThread`; the test calls when the thread has ended."""

    def __init__(self):
        self.calls = []
        self.called = threading.Event()

    def callFromThread(self, call, *arguments):  # noqa: N802
        self.calls.append((call, arguments))
        self.called.set()

    def turn(self):
        assert self.called.wait(10)
        for call, arguments in self.calls:
            call(*arguments)


def test_work_on_a_thread():
    """Elsewhere, letting the loop go on; what it gives or raises comes back."""
    reactor, seen, results = FromThread(), [], []

    def work():
        seen.append((threading.current_thread().daemon, sys.getswitchinterval()))
        return "made"

    on_a_thread(work, reactor).addCallback(results.append)
    reactor.turn()
    assert (["made"], [(True, pytest.approx(SWITCH))]) == (results, seen)
    assert pytest.approx(PATIENT_SWITCH) == sys.getswitchinterval()

    def fails():
        raise FAULT

    reactor = FromThread()
    on_a_thread(fails, reactor).addErrback(lambda failure: results.append(failure.value))
    reactor.turn()
    assert FAULT is results[1]
