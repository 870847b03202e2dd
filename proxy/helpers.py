"""Everything that the hall puts questions to, and which question goes where."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import assert_never

from proxy.login.actions import (
    AskApproval,
    BriefQuestion,
    ChangePassword,
    CheckFirstFactor,
    CheckPasscode,
    ClaimApproval,
    FindAccount,
    FindPerson,
    LoadAccount,
    RecallSecondFactor,
    WithdrawApproval,
)
from proxy.login.events import Event
from proxy.ports import (
    Accounts,
    Approvals,
    FirstFactor,
    ParkedLogins,
    Passcodes,
    Recall,
    Transcript,
)


@dataclass(frozen=True, slots=True)
class Helpers:
    """Everything that the hall puts questions to."""

    first_factor: FirstFactor
    accounts: Accounts
    approvals: Approvals
    passcodes: Passcodes
    parked: ParkedLogins
    transcript: Transcript
    remembered: Recall

    def put(  # noqa: C901 - one line for each question
        self, question: BriefQuestion, first_factor: FirstFactor
    ) -> Awaitable[Event]:
        """
        Put a question to whoever answers it; give what will be its answer.

        Args:
            first_factor: who checks passwords for this login, to its end.
        """
        match question:
            case FindPerson():
                return first_factor.find(question)
            case CheckFirstFactor():
                return first_factor.check(question)
            case ChangePassword():
                return first_factor.change(question)
            case LoadAccount():
                return self.accounts.load(question)
            case FindAccount():
                return self.accounts.find(question)
            case AskApproval():
                return self.approvals.ask(question)
            case ClaimApproval():
                return self.approvals.claim(question)
            case WithdrawApproval():
                return self.approvals.withdraw(question)
            case CheckPasscode():
                return self.passcodes.check(question)
            case RecallSecondFactor():
                return self.remembered.recall(question)
            case _:
                assert_never(question)
