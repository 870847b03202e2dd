"""
What happened, as the outside saw it: one `Story` a login attempt of a person, with all its retries.

Each story has a caller of its own (`10.x.y.z`), which the daemon records as the login's origin and
shows on the phone: by it a story is found again in the store. Every event goes to a file as a line
of JSON, so that a failure can name its history.
"""

import json
import threading
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Story:
    """One login attempt, whatever it took."""

    caller: str
    person: str
    kind: str
    epoch: int
    """The daemon's life in which it began."""
    accepted: set[bytes] = field(default_factory=set)
    """What each Access-Accept belonged to: a State, or the authenticator of a packet without one."""
    states: set[bytes] = field(default_factory=set)
    """Of the challenges that came."""
    authenticators: int = 0
    """Different packets that were sent."""
    pushes: set[str] = field(default_factory=set)
    """Ids of the requests that the phone showed for it."""
    approved: set[str] = field(default_factory=set)
    """Those that were approved, or may have been: the answer to the phone got lost."""
    undisturbed: bool = True
    """The daemon lived through it."""


class History:
    """All stories of a run; may be used by many threads."""

    def __init__(self, folder):
        self.file = folder / "history.jsonl"
        self.stories = []
        self.wrongs = []
        self._lock = threading.Lock()
        self._written = self.file.open("w")
        self._began = time.monotonic()
        self._served = {}

    def begin(self, person, kind, epoch):
        with self._lock:
            number = len(self.stories) + 1
            caller = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            story = Story(caller, person, kind, epoch)
            self.stories.append(story)
        self.note(caller, "begins", person=person, kind=kind, epoch=epoch)
        return story

    def note(self, whose, what, **more):
        """Write an event; *whose* is a story's caller, or `daemon`."""
        at = round(time.monotonic() - self._began, 3)
        line = json.dumps({"at": at, "whose": whose, "what": what, **more})
        with self._lock:
            self._written.write(line + "\n")

    def serve(self, story, code, belongs):
        """A code let somebody in: no other login may have had it."""
        with self._lock:
            known = self._served.setdefault((story.person, code), (belongs, story.caller))
        if known[0] != belongs:
            self.wrong(story, f"code {code} served {known[1]} before")

    def wrong(self, story, what):
        """Note what must never happen; the run goes on, and fails at its end."""
        self.note(story.caller, "WRONG", told=what)
        with self._lock:
            self.wrongs.append((story.caller, what))

    def of(self, *callers):
        """Give the lines of some stories, and of the daemon."""
        with self._lock:
            self._written.flush()
        wanted = {"daemon", *callers}
        return [
            line
            for line in self.file.read_text().splitlines()
            if json.loads(line)["whose"] in wanted
        ]

    def close(self):
        self._written.close()
