"""
What a NAS says to the daemon in one story, and what it hears, all of it noted.

Packets go out on as many ports as a story wants; every port listens until the story ends. The same
packet is sent again every second that nothing comes, as NASes do.
"""

import select
import time
from contextlib import suppress
from dataclasses import dataclass, field

from tests.peers.daemon import SECRET
from tests.peers.nas import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    ACCESS_REJECT,
    CALLING_STATION_ID,
    STATE,
    USER_NAME,
    Nas,
    read_reply,
    request,
)

AGAIN = 1.0
"""Seconds between two sendings of the same packet."""
WORDS = {ACCESS_ACCEPT: "accept", ACCESS_CHALLENGE: "challenge", ACCESS_REJECT: "reject"}


@dataclass
class Sent:
    """One packet and what came for it."""

    nas: Nas
    octets: bytes
    state: bytes | None
    again_at: float
    heard: list = field(default_factory=list)
    """Different replies, in order; one is all there may be."""


class Talk:
    """The NAS's side of one story; a context manager."""

    def __init__(self, world, history, story, source, random):
        self._world = world
        self._history = history
        self.story = story
        self._source = source
        self._random = random
        self.sent = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.sent:
            one.nas.__exit__()

    def send(self, name, password, state=None, server="127.0.0.1"):
        """Send a new packet from a new port."""
        attributes = [(USER_NAME, name.encode()), (CALLING_STATION_ID, self.story.caller.encode())]
        if state is not None:
            attributes.append((STATE, state))
        octets = request(
            SECRET,
            attributes,
            identifier=self._random.randrange(256),
            authenticator=self._random.randbytes(16),
            password=password.encode(),
        )
        nas = Nas(SECRET, self._world.daemon.server(server), self._source)
        one = Sent(nas, octets, state, time.monotonic() + AGAIN)
        self.sent.append(one)
        self.story.authenticators += 1
        self._note("sends", one, server=server, state=state and state.hex()[:8])
        self._transmit(one)
        return one

    def hear(self, seconds, *wanted):
        """
        Listen, sending again what has no answer; give the first reply to one of *wanted*.

        None: none came in *seconds*.
        """
        ends_at = time.monotonic() + seconds
        while (now := time.monotonic()) < ends_at:
            for one in wanted:
                if one.heard:
                    return one.heard[0]
            silent = [one for one in wanted if not one.heard]
            for one in silent:
                if one.again_at <= now:
                    one.again_at = now + AGAIN
                    self._transmit(one)
            self._listen(min(0.25, ends_at - now))
        return None

    def listen(self, seconds):
        """Only listen."""
        ends_at = time.monotonic() + seconds
        while (now := time.monotonic()) < ends_at:
            self._listen(ends_at - now)

    def repeat(self, one):
        """Send a packet again that has its answer; give the octets that come for it."""
        self._transmit(one)
        one.nas._socket.settimeout(2)
        try:
            return one.nas._socket.recv(8192)
        except OSError:
            return None

    def _transmit(self, one):
        with suppress(OSError):  # the daemon is away and the system says so
            one.nas.send(one.octets)

    def _listen(self, seconds):
        by_socket = {one.nas._socket: one for one in self.sent}
        ready, _, _ = select.select(list(by_socket), [], [], max(0.0, seconds))
        for socket in ready:
            try:
                octets = socket.recv(8192)
            except OSError:
                time.sleep(0.05)
                continue
            self._heard(by_socket[socket], octets)

    def _heard(self, one, octets):
        reply = read_reply(octets, one.octets, SECRET)
        if reply in one.heard:
            return
        one.heard.append(reply)
        self._note("hears", one, reply=WORDS[reply.code], text=reply.text[:60])
        if reply.code == ACCESS_ACCEPT:
            self.story.accepted.add(one.state or one.octets[4:20])
        elif reply.code == ACCESS_CHALLENGE:
            self.story.states.add(reply.state)
        if len(one.heard) > 1 and self.undisturbed():
            self._history.wrong(self.story, "one packet got two answers in one life")

    def _note(self, what, one, **more):
        packet = one.octets[4:8].hex()
        self._history.note(self.story.caller, what, packet=packet, **more)

    def undisturbed(self):
        """Say whether the daemon lived through the story until now."""
        if self._world.epoch != self.story.epoch or self.story.epoch % 2:
            self.story.undisturbed = False
        return self.story.undisturbed
