"""
Which phones are listening, and what wakes them.

A poll or an event stream waits here for the next change of its phone's list: a request opened,
answered, withdrawn, another origin seen, the phone retired. It then reads the list afresh.
"""

from twisted.internet.defer import Deferred


class Inbox:
    """Waits by device id; nothing is kept for a phone that does not listen."""

    def __init__(self) -> None:
        self._listening: dict[str, set[Deferred[None]]] = {}

    def wait(self, device_id: str) -> Deferred[None]:
        """Wait for the next change; may be cancelled."""
        waiting: Deferred[None] = Deferred(lambda gone: self._forget(device_id, gone))
        self._listening.setdefault(device_id, set()).add(waiting)
        return waiting

    def changed(self, device_id: str) -> None:
        """Wake whoever waits for this phone."""
        for waiting in self._listening.pop(device_id, ()):
            waiting.callback(None)

    def listening(self) -> int:
        """Give the number of phones that listen now."""
        return len(self._listening)

    def _forget(self, device_id: str, gone: Deferred[None]) -> None:
        waiting = self._listening.get(device_id)
        if waiting is not None:
            waiting.discard(gone)
            if not waiting:
                del self._listening[device_id]
