"""The phones: each a thread with the product's own phone module, and a person who has a plan."""

import threading

from proxy.phone.client import Refused, Unreachable

POLL = 5


class PhoneThread(threading.Thread):
    """Waits for requests and answers them as planned."""

    def __init__(self, person, history):
        super().__init__(name=f"phone of {person.name}", daemon=True)
        self._person = person
        self._history = history
        self._met = set()
        self._ending = threading.Event()

    def stop(self):
        self._ending.set()

    def run(self):
        begun = False
        while not self._ending.is_set():
            tidying = self._person.tidy
            try:
                found = self._look(begun=begun and not tidying)
                begun = True
                for shown in found:
                    self._meet(shown, tidying=tidying)
            except (Unreachable, Refused) as error:
                begun = False
                self._history.note(self.name, "waits", told=str(error))
                self._ending.wait(0.3)
                continue
            if tidying:
                self._person.tidy = False

    def _look(self, *, begun):
        inbox = self._person.inbox
        found = (inbox.changed(POLL) or []) if begun else inbox.open()
        assert not inbox.refused, "a request did not verify"
        return found

    def _meet(self, shown, *, tidying):
        plan = self._person.plans.get(shown.request.origin)
        if plan is None:
            if tidying:
                self._person.inbox.answer(shown, "deny")
            return
        if shown.request.id in self._met:
            return
        self._met.add(shown.request.id)
        self._history.note(shown.request.origin, "is shown", approval=shown.request.id)
        plan.story.pushes.add(shown.request.id)
        if plan.decision is None:
            return
        plan.ready.wait(30)
        self._ending.wait(plan.delay)
        if plan.decision is not None:
            if plan.wrong_first:
                self._answer(shown, plan, "000000" if plan.number != "000000" else "111111")
            self._answer(shown, plan, plan.number)
        plan.done.set()

    def _answer(self, shown, plan, number):
        """Answer until the server says what became of it."""
        right = number == plan.number
        if plan.decision == "approve" and right:
            plan.story.approved.add(shown.request.id)
        while not self._ending.is_set():
            try:
                self._person.inbox.answer(shown, plan.decision, number)
                told = "taken"
            except Unreachable:
                self._history.note(plan.story.caller, "an answer got lost")
                self._ending.wait(0.3)
                continue
            except Refused as error:
                told = error.kind
            self._history.note(plan.story.caller, f"answers {plan.decision}", told=told)
            return
