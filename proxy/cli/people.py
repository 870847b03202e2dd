"""
USER on a command line to an account.

The name is looked up in the directories as a login's is: what counts is what the directory returns.
`DIRECTORY/USER` names one of them, as a realm does. Where a directory does not answer, or no longer
has the person, an account that the store knows still serves for showing and taking away, never for
enrolling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import click

from proxy.accounts.account import Account, Person
from proxy.cli.invocation import Invocation, Misuse, NoAnswer, Refusal, Wanted
from proxy.login.events import DirectoryFailed, PersonFound, PersonNotFound, PersonPresumed
from proxy.login.realm import Realms
from proxy.ports import Found
from proxy.settings.plain import realms
from proxy.store import accounts


def account_to_enrol(invocation: Invocation, typed: str) -> Account:
    """Give the account of a person whom the directory has now; make it where it is new."""
    person = _look_up(invocation, typed).person()
    account = invocation.database().now(
        lambda session: accounts.ensure(session, person, invocation.now())
    )
    must_be_the_same(account)
    return account


def persons_of(invocation: Invocation, names: Sequence[str]) -> list[Person | str]:
    """
    Give, for each name, the person whom the directory has now, or why there is none.

    Raises:
        NoAnswer: a directory does not answer.
    """
    found: list[Person | str] = []
    for lookup in _look_up_all(invocation, names):
        try:
            found.append(lookup.person())
        except NoAnswer:
            raise
        except Refusal as refusal:
            found.append(refusal.message)
    return found


def must_be_the_same(account: Account) -> None:
    """Raise Refusal where the directory has another person under the name of who enrolled."""
    if account.blocked == "another-person":
        raise Refusal(
            f"{_full(account)} is another person than the one who enrolled: "
            f"`countersign account decide {_full(account)}` says whose the enrolments are"
        )


def known_account(invocation: Invocation, typed: str) -> Account:
    """Give an account, from the store alone where the directory does not help."""
    lookup = _look_up(invocation, typed)
    if lookup.persons:
        person = lookup.person()
        return invocation.database().now(
            lambda session: accounts.ensure(session, person, invocation.now())
        )
    return lookup.stored()


def _full(account: Account | Person) -> str:
    return f"{account.directory}/{account.user_name}"


def _look_up(invocation: Invocation, typed: str) -> "_Lookup":
    (lookup,) = _look_up_all(invocation, [typed])
    lookup.must_be_clear()
    return lookup


def _look_up_all(invocation: Invocation, names: Sequence[str]) -> list["_Lookup"]:
    settings = invocation.settings()
    rules = realms(settings) or Realms()
    wanted = [_wanted(tuple(settings.directories), typed, rules) for typed in names]
    answers = invocation.search(settings, wanted)
    return [
        _Lookup(invocation, name, directories, said)
        for (name, directories), said in zip(wanted, answers, strict=True)
    ]


def _wanted(directories: tuple[str, ...], typed: str, rules: Realms) -> Wanted:
    first, slash, rest = typed.partition("/")
    if slash and first in directories:
        places, name = replace(rules, default=None).place(rest, None, (first,))
    else:
        places, name = rules.place(typed, None, directories)
    return name, places


class _Lookup:
    """What the directories say about a name."""

    def __init__(
        self,
        invocation: Invocation,
        name: str,
        directories: tuple[str, ...],
        answers: Mapping[str, Found],
    ) -> None:
        self._invocation = invocation
        self._name, self._directories = name, directories
        self.persons: list[Person] = []
        self._silent: list[str] = []
        self._several: list[str] = []
        presumed: list[Person] = []
        for directory, answer in answers.items():
            match answer:
                case PersonFound():
                    self.persons.append(answer.person)
                case PersonPresumed():
                    presumed.append(answer.person)
                case DirectoryFailed():
                    self._silent.append(f"directory {directory} does not answer: {answer.reason}")
                case PersonNotFound(reason="ambiguous"):
                    self._several.append(f"directory {directory} has more than one {self._name}")
        if not self.persons:  # a directory that cannot be searched may have anybody
            self.persons = presumed

    def must_be_clear(self) -> None:
        """Raise Refusal where a directory has several entries of that name."""
        if self._several:
            raise Refusal(self._several[0])

    def person(self) -> Person:
        """Give the one person of that name."""
        self.must_be_clear()
        if len(self.persons) > 1:
            raise Misuse(_several(self._name, [_full(person) for person in self.persons]))
        if self._silent:
            raise NoAnswer("; ".join(self._silent))
        if not self._directories:
            raise Refusal(f"found no directory for {self._name}: its realm is none of theirs")
        if not self.persons:
            raise Refusal(f"found no {self._name} in {', '.join(self._directories)}")
        return self.persons[0]

    def stored(self) -> Account:
        """Give the one account of that name in the store, and say that the directory did not."""
        found = [
            account
            for account in self._invocation.database().now(
                lambda session: accounts.find_by_name(session, self._name)
            )
            if account.directory in self._directories
        ]
        if len(found) > 1:
            raise Misuse(_several(self._name, [_full(account) for account in found]))
        if not found:
            self.person()  # says what is missing
            raise Refusal(f"found no account {self._name}")
        for line in self._silent or [f"no directory has {self._name} any more"]:
            click.echo(f"countersign: {line}; taking the account that the store knows", err=True)
        return found[0]


def _several(name: str, choices: list[str]) -> str:
    return f"several directories know {name}, wanted one of {', '.join(sorted(choices))}"
