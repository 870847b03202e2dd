"""Work that takes long or may block, away from the event loop."""

import sys
from collections.abc import Callable
from threading import Thread
from typing import Any, Final, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")

PATIENT_SWITCH: Final = sys.getswitchinterval()
SWITCH: Final = 0.0005
"""
Seconds after which the thread lets the event loop go on; Python's own default is ten times that,
and a login lets go of the interpreter a dozen times.
"""


def on_a_thread(work: Callable[[], T], reactor: Any) -> Deferred[T]:  # noqa: ANN401 - a reactor
    """
    Run *work* on a thread of its own; fire on the event loop with what came of it.

    Not on the reactor's pool: its threads are for names, and the end of the process waits for them.
    """
    done: Deferred[T] = Deferred()

    def run() -> None:
        sys.setswitchinterval(SWITCH)
        try:
            outcome: T | Failure = work()
        except Exception:  # noqa: BLE001 - it is told to whoever asked
            outcome = Failure()  # type: ignore[no-untyped-call]
        finally:
            sys.setswitchinterval(PATIENT_SWITCH)
        reactor.callFromThread(done.callback, outcome)

    Thread(target=run, name="long work", daemon=True).start()
    return done
