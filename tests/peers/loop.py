"""An event loop that is turned by hand: what a thread reports waits until the test asks for it."""

from queue import SimpleQueue


class HandTurnedLoop:
    """Obeys `proxy.store.engine.Loop`; no time passes in it."""

    def __init__(self):
        self._calls = SimpleQueue()

    def callFromThread(self, call, *args):  # noqa: N802 - the reactor's name
        self._calls.put((call, args))

    def callLater(self, delay, call, *args):  # noqa: N802 - the reactor's name
        self._calls.put((call, args))

    def turn(self):
        """Run the next call; wait for it where the thread has not made it yet."""
        call, args = self._calls.get(timeout=10)
        call(*args)

    def result(self, deferred):
        """Turn until *deferred* has fired; give its result or raise its failure."""
        results = []
        deferred.addBoth(results.append)
        while not results:
            self.turn()
        if hasattr(results[0], "raiseException"):
            results[0].raiseException()
        return results[0]
