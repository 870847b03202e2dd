"""
Logins with a phone: held until it answers, or with a number to type on it.

A plan says what the person does with the request when the phone shows it; the phone's own thread
carries it out (`phones`). Retries are the three kinds that NASes have: the same packet, a new port
and authenticator, another address of the server.
"""

import re
import threading
import time
from dataclasses import dataclass, field

from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.soak.talk import WORDS, Talk
from tests.soak.world import ASKED, HELD, LIFETIME, WAIT

PATIENCE = 2 * WAIT
ROUNDS = 4
"""How often a login with a number is continued."""


@dataclass
class Plan:
    """What a person does with the requests of one story."""

    story: object
    decision: str | None
    """None: nothing."""
    delay: float = 0.0
    number: str | None = None
    wrong_first: bool = False
    ready: threading.Event = field(default_factory=threading.Event)
    """The NAS has said all that comes before the answer."""
    done: threading.Event = field(default_factory=threading.Event)
    """The server took the answer, or never will."""


class Pushing:
    """Plays the stories of people with phones."""

    def __init__(self, world, history, random):
        self._world = world
        self._history = history
        self._random = random

    def play(self, person):
        """Play one story."""
        kind = self._random.choice(
            [
                self._held,
                self._held,
                self._held,
                self._ignored,
                self._late,
                self._number,
                self._number,
            ]
        )
        self._world.unlock(person.name)
        source = ASKED if kind == self._number else HELD
        story = self._history.begin(person.name, kind.__name__.strip("_"), self._world.epoch)
        with Talk(self._world, self._history, story, source, self._random) as talk:
            kind(talk, person)
            if not talk.undisturbed():
                person.tidy = True
        person.plans.pop(story.caller, None)
        if len(story.pushes) > (1 if story.undisturbed else story.authenticators):
            self._history.wrong(story, f"{len(story.pushes)} pushes for one login")

    def _plan(self, person, talk, decision, **more):
        plan = person.plans[talk.story.caller] = Plan(talk.story, decision, **more)
        return plan

    def _held(self, talk, person):
        """Approved, denied or reported in time, after one kind of retry."""
        decision = self._random.choice(["approve", "approve", "approve", "deny", "report"])
        plan = self._plan(person, talk, decision, delay=self._random.uniform(0, 2.5))
        server = self._random.choice(["127.0.0.1", "127.0.0.2"])
        talk.send(person.name, person.password)
        for _ in range(self._random.choice([0, 0, 1, 2])):
            talk.hear(1.2, talk.sent[-1])
            talk.send(person.name, person.password, server=server)
        talk.listen(0.3)
        plan.ready.set()
        talk.hear(PATIENCE, talk.sent[-1])
        talk.listen(0.3)
        self._judge_held(talk, decision)

    def _judge_held(self, talk, decision):
        accepts = [one for one in talk.sent for reply in one.heard if reply.code == ACCESS_ACCEPT]
        if decision != "approve" and accepts:
            self._history.wrong(talk.story, f"access-accept, though the person chose {decision}")
        self._one_session(talk)
        if not talk.undisturbed():
            return
        if decision == "approve" and accepts != [talk.sent[-1]]:
            self._history.wrong(
                talk.story, f"wanted one access-accept, for the newest packet; {self._heard(talk)}"
            )
        if decision != "approve" and not talk.sent[-1].heard:
            self._history.wrong(talk.story, f"wanted access-reject; {self._heard(talk)}")

    def _one_session(self, talk):
        if len(talk.story.accepted) > len(talk.story.approved):
            self._history.wrong(talk.story, "more sessions than approvals")

    def _heard(self, talk):
        return "came " + ", ".join(
            "/".join(WORDS[reply.code] for reply in one.heard) or "nothing" for one in talk.sent
        )

    def _ignored(self, talk, person):
        """Nobody answers: refused within the wait; the request ends by itself."""
        self._plan(person, talk, None)
        one = talk.send(person.name, person.password)
        reply = talk.hear(PATIENCE, one)
        if talk.undisturbed() and (reply is None or reply.code != ACCESS_REJECT):
            self._history.wrong(talk.story, f"wanted access-reject; {self._heard(talk)}")
        self._one_session(talk)
        person.free_at = time.monotonic() + LIFETIME

    def _late(self, talk, person):
        """Approved when the NAS has given up: the next try passes, once; no second push."""
        plan = self._plan(person, talk, "approve", delay=WAIT + 0.5)
        plan.ready.set()
        one = talk.send(person.name, person.password)
        talk.hear(PATIENCE, one)
        plan.done.wait(PATIENCE)
        again = talk.send(person.name, person.password)
        talk.hear(PATIENCE, again)
        self._one_session(talk)
        if talk.undisturbed():
            came = [reply.code for one in talk.sent for reply in one.heard]
            if came != [ACCESS_REJECT, ACCESS_ACCEPT]:
                self._history.wrong(talk.story, f"wanted reject, then accept; {self._heard(talk)}")

    def _number(self, talk, person):
        """The number that the NAS shows is typed on the phone; the login goes on by `continue`."""
        decision = self._random.choice(["approve", "approve", "deny"])
        plan = self._plan(
            person,
            talk,
            decision,
            wrong_first=decision == "approve" and self._random.random() < 0.3,
        )
        one = talk.send(person.name, person.password)
        reply = talk.hear(PATIENCE, one)
        shown = re.search(r"\d{6}", reply.text) if reply is not None else None
        if shown is None:
            plan.decision = None
        else:
            plan.number = shown[0]
        plan.ready.set()
        if shown is None:
            if talk.undisturbed():
                self._history.wrong(talk.story, f"wanted a number; {self._heard(talk)}")
            return
        for _ in range(ROUNDS):
            goes_on = talk.send(person.name, "", reply.state)
            reply = talk.hear(PATIENCE, goes_on)
            if reply is None or reply.code != ACCESS_CHALLENGE:
                break
        self._one_session(talk)
        if talk.undisturbed() and decision == "approve" and len(talk.story.accepted) != 1:
            self._history.wrong(talk.story, f"wanted one access-accept; {self._heard(talk)}")
        if decision == "deny" and talk.story.accepted:
            self._history.wrong(talk.story, "access-accept, though the person denied")
