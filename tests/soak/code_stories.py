"""
Logins with codes: appended to the password, or in answer to a challenge.

Each story knows what must come where the daemon lived through it. What must never come is wrong
whatever happened: an Access-Accept for a wrong password or code, a code that serves twice.
"""

from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.soak.talk import WORDS, Talk
from tests.soak.world import APPENDED, ASKED, HELD, WAIT

PATIENCE = 2 * WAIT
"""Seconds of one exchange, a restart of the daemon in them."""
SAFE_FAILURES = 3
"""Wrong codes in a row that still leave room for one more before a wait begins."""


class Coding:
    """Plays the stories of some people with apps."""

    def __init__(self, world, history, random):
        self._world = world
        self._history = history
        self._random = random

    def play(self, person):
        """Play one story that this person is ready for."""
        kinds = [self._wrong_password, self._right, self._right, self._challenge, self._challenge]
        if person.failures < SAFE_FAILURES:
            kinds += [self._wrong_code, self._challenge_after_a_wrong_code]
        else:
            kinds = [self._wrong_password, self._right]
        kind = self._random.choice(kinds)
        code = None if kind in (self._wrong_password, self._wrong_code) else person.fresh_code()
        if code is None and kind not in (self._wrong_password, self._wrong_code):
            kind = self._wrong_password
        source = ASKED if "challenge" in kind.__name__ else APPENDED
        if kind == self._wrong_password:
            source = self._random.choice([APPENDED, ASKED, HELD])
        story = self._history.begin(person.name, kind.__name__.strip("_"), self._world.epoch)
        with Talk(self._world, self._history, story, source, self._random) as talk:
            kind(talk, person, code)

    def _expect(self, talk, one, code, unless=()):
        """Judge what came for a packet by what must come."""
        reply = one.heard[0] if one.heard else None
        if talk.undisturbed() and (reply is None or reply.code != code):
            came = "nothing" if reply is None else f"{WORDS[reply.code]}: {reply.text}"
            self._history.wrong(talk.story, f"wanted {WORDS[code]}, came {came}")
        return reply is not None and reply.code == code

    def _never(self, talk, one, why):
        if any(reply.code == ACCESS_ACCEPT for reply in one.heard):
            self._history.wrong(talk.story, f"access-accept for {why}")

    def _wrong_password(self, talk, person, _):
        one = talk.send(person.name, self._random.choice(["wrong", f"{person.password}x", "x,1"]))
        talk.hear(PATIENCE, one)
        self._never(talk, one, "a wrong password")
        self._expect(talk, one, ACCESS_REJECT)

    def _wrong_code(self, talk, person, _):
        person.failures += 1
        one = talk.send(person.name, f"{person.password},{person.wrong_code()}")
        talk.hear(PATIENCE, one)
        self._never(talk, one, "a wrong code")
        self._expect(talk, one, ACCESS_REJECT)
        if not talk.undisturbed():
            person.failures += 1  # the packet may have been looked at in two lives

    def _right(self, talk, person, code):
        """Password and code; then, now and then, the code again, or the very same packet."""
        one = talk.send(person.name, f"{person.password},{code}")
        talk.hear(PATIENCE, one)
        if self._expect(talk, one, ACCESS_ACCEPT):
            person.failures = 0
            self._history.serve(talk.story, code, one.octets[4:20])
        elif not talk.undisturbed():
            person.failures += 1  # used in the life before, then typed again
        after = self._random.random()
        if after < 0.15:
            self._code_again(person, code)
        elif after < 0.3 and one.heard and talk.undisturbed():
            again = talk.repeat(one)
            if talk.undisturbed() and again is None:
                self._history.wrong(talk.story, "a retransmission got no answer")

    def _code_again(self, person, code):
        """Somebody saw the code and types it too."""
        if person.failures >= SAFE_FAILURES:
            return
        person.failures += 1
        story = self._history.begin(person.name, "code_again", self._world.epoch)
        with Talk(self._world, self._history, story, APPENDED, self._random) as talk:
            one = talk.send(person.name, f"{person.password},{code}")
            talk.hear(PATIENCE, one)
            if any(reply.code == ACCESS_ACCEPT for reply in one.heard):
                self._history.serve(story, code, one.octets[4:20])
            self._expect(talk, one, ACCESS_REJECT)
            if not talk.undisturbed():
                person.failures += 1

    def _challenge(self, talk, person, code):
        state = self._ask(talk, person)
        if state is not None:
            self._answer(talk, person, state, code)

    def _challenge_after_a_wrong_code(self, talk, person, code):
        state = self._ask(talk, person)
        if state is None:
            return
        person.failures += 1
        one = talk.send(person.name, person.wrong_code(), state)
        talk.hear(PATIENCE, one)
        self._never(talk, one, "a wrong code")
        if self._expect(talk, one, ACCESS_CHALLENGE):
            self._answer(talk, person, one.heard[0].state, code)

    def _ask(self, talk, person):
        """Give the State of the challenge that a right password brings; None: none came."""
        one = talk.send(person.name, person.password)
        talk.hear(PATIENCE, one)
        self._never(talk, one, "a password alone")
        return one.heard[0].state if self._expect(talk, one, ACCESS_CHALLENGE) else None

    def _answer(self, talk, person, state, code):
        """Answer a challenge; then, now and then, once more the same, or something else."""
        sent = [talk.send(person.name, code, state)]
        if self._random.random() < 0.2:  # the NAS's retry, from elsewhere, while it goes on
            sent.append(talk.send(person.name, code, state, server="127.0.0.2"))
        reply = talk.hear(PATIENCE, *sent)
        if talk.undisturbed() and (reply is None or reply.code != ACCESS_ACCEPT):
            came = "nothing" if reply is None else WORDS[reply.code]
            self._history.wrong(talk.story, f"wanted accept for the code, came {came}")
        if reply is not None and reply.code == ACCESS_ACCEPT:
            person.failures = 0
            self._history.serve(talk.story, code, state)
        if reply is None or self._random.random() > 0.3:
            return
        same = talk.send(person.name, code, state)
        talk.hear(PATIENCE, same)
        other = talk.send(person.name, "123", state)
        talk.hear(PATIENCE, other)
        self._never(talk, other, "a second answer to a State")
        self._expect(talk, same, reply.code)
        self._expect(talk, other, ACCESS_REJECT)
