"""`countersign explain`: which policy a login comes under, why, and what would be answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, get_args

import click

from proxy.accounts.account import Person
from proxy.cli.explained import Explained, facts, lines
from proxy.cli.invocation import Invocation, Misuse, NoAnswer, Refusal
from proxy.cli.output import as_json, show_json
from proxy.cli.rehearsal import (
    Rehearsed,
    in_order,
    read_account,
    read_no_push,
    rehearse,
    with_codes,
)
from proxy.frontends.radius.client_reading import CALLED, eap_terms, terms_of
from proxy.frontends.radius.reading import called_station
from proxy.frontends.web.portal.sign_in import TERMS
from proxy.login.actions import Accept, AskApproval, FindPerson, LoadAccount, Reject
from proxy.login.events import (
    AccountLoaded,
    ApprovalNotAsked,
    DirectoryFailed,
    PersonBarred,
    PersonFound,
    PersonNotFound,
    PersonPresumed,
)
from proxy.login.realm import Realms
from proxy.login.request import PORTAL, ClientTerms, Login, LoginRequest, Method
from proxy.ports import Found
from proxy.radius.caller import normalise_caller
from proxy.radius.values import BadAttribute
from proxy.secret import Secret
from proxy.settings.load import Loaded
from proxy.settings.plain import defence, policies, portal_policies, radius_clients, realms

NO_DIGEST: Final = bytes(32)
LOGIN_ID: Final = "(id of the login)"


class _Moment(click.ParamType[float]):
    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            return datetime.fromisoformat(str(value)).timestamp()
        except (ValueError, OverflowError, OSError):
            self.fail(f"found {value!r}, wanted a time such as 2026-11-24T18:30", param, ctx)


class _Pair(click.ParamType[tuple[str, str]]):
    name = "name=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name:
            self.fail(f"found {value!r}, wanted NAME=VALUE", param, ctx)
        return name, text


@dataclass(frozen=True, slots=True)
class Asked:
    """What a login is imagined to be."""

    client: str
    caller: str | None
    at: float
    attributes: Sequence[tuple[str, str]]
    method: Method | None


@click.command()
@click.argument("user")
@click.option("--client", required=True, metavar="NAME", help="At which NAS; or `portal`.")
@click.option("--from", "caller", metavar="ADDRESS", help="The caller that the NAS tells.")
@click.option("--at", type=_Moment(), help="When, such as 2026-11-24T18:30; default now.")
@click.option(
    "--attribute",
    "attributes",
    type=_Pair(),
    multiple=True,
    metavar="NAME=VALUE",
    help="An attribute of the request; may be given several times.",
)
@click.option("--method", type=click.Choice(get_args(Method)), help="How it comes; default pap.")
@as_json
@click.pass_obj
def explain(
    invocation: Invocation,
    user: str,
    client: str,
    caller: str | None,
    at: float | None,
    attributes: tuple[tuple[str, str], ...],
    method: Method | None,
    as_json: bool,
) -> None:
    """Say which policy a person's login comes under, why, and what would be answered."""
    moment = invocation.now() if at is None else at
    found = explained(invocation, user, Asked(client, caller, moment, attributes, method))
    if as_json:
        show_json(facts(found))
    else:
        for line in lines(found):
            click.echo(line)
    if not found.allowed:
        raise click.exceptions.Exit(1)


def explained(invocation: Invocation, user: str, asked: Asked) -> Explained:
    """
    Rehearse a login.

    Raises:
        Misuse: the client or an attribute is not known.
        NoAnswer: a directory does not answer.
        Refusal: no directory has this person, or one has several.
    """
    loaded = invocation.loaded()
    settings = loaded.settings
    rules = policies(settings, loaded.attributes)
    if asked.client == PORTAL:
        rules = portal_policies(settings)
    finding = _Finding(invocation, user, asked.client, realms(settings))
    request = _request(loaded, finding.typed, asked)
    database = invocation.database()

    def load(question: LoadAccount) -> AccountLoaded:
        return database.now(lambda session: read_account(session, question, asked.at))

    def ask(question: AskApproval) -> ApprovalNotAsked | None:
        rule = defence(settings)
        return database.now(lambda session: read_no_push(session, question, rule, asked.at))

    def went_with(request: LoginRequest) -> Rehearsed:
        return rehearse(request, rules, finding.realms, finding.find, load, ask)

    went, appended = went_with(request), False
    if isinstance(went.action, Reject):
        for again in map(went_with, with_codes(request, went.enrolments)):
            if isinstance(again.action, Accept):
                went, appended = again, True
                break
    found = went.found
    if found is None or found == PersonNotFound("unknown"):
        found = finding.anywhere()
    person = _person(found, user)
    return Explained(settings, loaded.attributes, request, rules, went, person, appended)


def _person(found: Found, user: str) -> Person:
    match found:
        case PersonFound(person) | PersonPresumed(person):
            return person
        case DirectoryFailed(reason):
            raise NoAnswer(f"a directory does not answer: {reason}")
        case PersonNotFound("ambiguous"):
            raise Refusal(f"found more than one {user}, so a login is refused")
        case PersonBarred(reason):
            raise Refusal(f"the directory lets {user} log in no more: {reason}")
        case PersonNotFound():
            raise Refusal(f"found no {user} where a login is looked up")


class _Finding:
    """Searches as the login does; `DIRECTORY/USER` in that directory alone."""

    def __init__(
        self, invocation: Invocation, user: str, client: str, rules: Realms | None
    ) -> None:
        self._invocation = invocation
        self._client = client
        self._directories = tuple(invocation.settings().directories)
        self._said: dict[FindPerson, Found] = {}
        self.typed, self.realms, self._only = user, rules, tuple[str, ...]()
        first, slash, rest = user.partition("/")
        if slash and first in self._directories:
            self.typed, self._only = rest, (first,)
            if rules is not None:
                self.realms = replace(rules, default=None, by_client={})

    def find(self, question: FindPerson) -> Found:
        """Ask the directories that a login asks, in order; the same once."""
        if question not in self._said:
            self._said[question] = self._search(question)
        return self._said[question]

    def _search(self, question: FindPerson) -> Found:
        directories = question.directories
        if self._only:
            directories = tuple(name for name in self._only if name in directories)
        wanted = [(question.username, directories)]
        (said,) = self._invocation.search(self._invocation.settings(), wanted)
        return in_order([said[name] for name in directories])

    def anywhere(self) -> Found:
        """Look for a person whom the login does not find, to say what does not fit."""
        rules = self.realms or Realms()
        places, name = rules.place(self.typed, self._client, self._only or self._directories)
        return self.find(FindPerson(places, name))


def _request(loaded: Loaded, typed: str, asked: Asked) -> LoginRequest:
    terms, naming = _client(loaded, asked.client)
    attributes = _attributes(loaded, asked.attributes)
    caller = asked.caller
    if caller is None and naming in attributes:
        caller = attributes[naming][0]
    method = asked.method or ("portal" if asked.client == PORTAL else "pap")
    if method == "eap":  # with PAP inside; GTC may ask for a code
        terms = eap_terms(terms, mute=True)
    login = Login(
        login_id=LOGIN_ID,
        username=typed,
        client=terms,
        caller=None if caller is None else normalise_caller(caller),
        origin=caller or "",
        join_digest=None,
        request_digest=NO_DIGEST,
    )
    called = called_station(attributes.get(CALLED, ()))
    return LoginRequest(
        login,
        Secret(b"right"),
        attributes,
        asked.at,
        method,
        called=called,
        response=method == "mschapv2",
    )


def _client(loaded: Loaded, name: str) -> tuple[ClientTerms, str | None]:
    """Give what the core knows of a client, and the attribute that names its callers."""
    if name == PORTAL:
        return TERMS, None
    for one in radius_clients(loaded.settings):
        if one.name == name:
            return terms_of(one), one.caller
    known = ", ".join((*loaded.settings.clients, PORTAL))
    raise Misuse(f"found client {name!r}, wanted one of {known}")


def _attributes(loaded: Loaded, given: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Give attributes as they are read from a request."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in given:
        try:
            loaded.attributes.select([name])
            text = loaded.attributes.canonical(name, value)
        except BadAttribute as error:
            raise Misuse(str(error)) from None
        found[name] = (*found.get(name, ()), text)
    return found
