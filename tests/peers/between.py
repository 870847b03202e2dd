"""
Between a NAS and the daemon, in this process: counts what goes through, and can stop it for a while.

After an Access-Accept the next packet waits until *then* has been called, once. So a story can
change something between two logins that follow at once.
"""

import socket
import threading

ACCESS_ACCEPT, ACCESS_REJECT = 2, 3


class Between:
    """A UDP port that stands for the daemon's; `with` opens it."""

    def __init__(self, port, then=None):
        self._daemon = ("127.0.0.1", port)
        self._then = then
        self.rounds = [0]
        """Requests of each login that were answered, in order; the last one is going on."""
        self.accepts = []
        """The attributes of each Access-Accept, as octets."""
        self._ended = threading.Event()

    def __enter__(self):
        self._near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._near.bind(("127.0.0.1", 0))
        self._near.settimeout(0.2)
        self._far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._far.bind(("127.0.0.1", 0))
        self._far.settimeout(30)
        self.port = self._near.getsockname()[1]
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self._near.close()
        self._far.close()

    def _carry(self):
        """One request at a time, as eapol_test sends them."""
        while not self._ended.is_set():
            try:
                asked, peer = self._near.recvfrom(4096)
            except TimeoutError:
                continue
            if self.accepts and self._then is not None:
                then, self._then = self._then, None
                then()
            self._far.sendto(asked, self._daemon)
            try:
                answer = self._far.recv(4096)
            except TimeoutError:
                continue
            self.rounds[-1] += 1
            if answer[0] in (ACCESS_ACCEPT, ACCESS_REJECT):
                self.rounds.append(0)
            if answer[0] == ACCESS_ACCEPT:
                self.accepts.append(answer[20:])
            self._near.sendto(answer, peer)
