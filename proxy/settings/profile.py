"""
Profiles: what is publicly known of a kind of NAS, one YAML file each in `profiles/`.

A profile is facts, each with its source, or null with a note that says what is missing; nothing in
it is a guess. What a client's keys are by default where it names a profile follows from the facts
(`defaults`), so that the two cannot differ. A profile makes nothing looser: whether a request wants
a Message-Authenticator and whether a code may be appended stays what the client says.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Generic, Literal, Self, TypeVar

from pydantic import BeforeValidator, ValidationError, WithJsonSchema, model_validator

from proxy.settings.document import read_document
from proxy.settings.finding import ConfigurationFaults
from proxy.settings.section import Section
from proxy.settings.values import Duration, InWords, fault, found, written
from proxy.settings.wording import worded

FOLDER: Final = Path(__file__).parent / "profiles"
SUFFIX: Final = ".yaml"

SHORTEST_WAIT, LONGEST_WAIT = 1.0, 300.0
"""Bounds of a client's `wait`."""
USUAL_WAIT: Final = 30.0
"""Its default; more is not made of the end of a login alone, where the NAS's own timers are not
known."""
NO_CALLER: Final = "none"
"""What `caller` is where a NAS is known to say nothing about the caller."""

CallerKind = Literal["device", "address"]
Method = Literal["PAP", "CHAP", "MS-CHAP", "MS-CHAPv2", "EAP"]

T = TypeVar("T")

# `defer_build`: most configurations name few profiles or none, and every command would wait for it.


class Fact(Section, Generic[T], defer_build=True, use_attribute_docstrings=False):
    """One thing that is known, and who says so; or that it is not."""

    value: T | None
    """null: nobody says; the note tells what was looked for."""
    source: str | None = None
    """A name under `sources`."""
    note: str | None = None
    """What the value alone does not say."""

    @model_validator(mode="after")
    def _vouched_for(self) -> Self:
        if self.value is not None and self.source is None:
            raise fault("found a value without `source`, wanted the name of one under `sources`")
        if self.value is None and self.note is None:
            raise fault("found null without `note`, wanted what is missing")
        return self


class SourceSettings(Section, defer_build=True):
    """Where facts are from: a document that anybody can read, or a trial with its versions."""

    title: str
    """The document's own title; of a trial, what was tried."""
    url: str | None = None
    """Left out: a trial."""


class Facts(Section, defer_build=True):
    """What is asked of every kind of NAS."""

    methods: Fact[tuple[Method, ...]]
    """How it can carry the first factor."""
    challenge: Fact[bool]
    """Whether it asks its user for an answer after an Access-Challenge."""
    shows_text: Fact[bool]
    """Whether the user sees the Reply-Message of a challenge."""
    text_limit: Fact[int]
    """How many characters of it."""
    timeout: Fact[Duration]
    """How long one try takes, unless it is told otherwise."""
    tries: Fact[int]
    """How many packets it sends a server in one login, the first one counted."""
    same_port: Fact[bool]
    """Whether a further try comes from the same port."""
    same_identifier: Fact[bool]
    """Whether a further try has the same Identifier and Request Authenticator."""
    servers: Fact[int]
    """How many servers one login can be sent to."""
    limit: Fact[Duration]
    """When the login ends whatever those timers are, unless told otherwise: of the NAS or of the
    program at the user's side."""
    longest: Fact[Duration]
    """The longest wait that it can be told."""
    caller: Fact[str]
    """The attribute that names the caller; `none` where there is none."""
    caller_is: Fact[CallerKind]
    """Whether that is a device (a MAC address) or an address in a network."""
    groups: Fact[tuple[str, ...]]
    """The attributes of an Access-Accept that it takes groups or roles from; [] if from none."""
    message_authenticator: Fact[bool]
    """Whether its requests carry Message-Authenticator, unless told otherwise."""
    held_blocks: Fact[bool]
    """Whether a reply that is held up keeps its other logins waiting."""


class Profile(Section, defer_build=True):
    """One kind of NAS."""

    title: str
    """What people call it."""
    raise_wait: str | None = None
    """What to set on the NAS, and to what, so that it waits long enough for a phone. Left out, as
    the next two then are: nobody says."""
    raised_wait: Duration | None = None
    """How long it waits then."""
    raise_source: str | None = None
    """Who says so: a name under `sources`."""
    send_authenticator: str | None = None
    """What to set on the NAS so that it sends Message-Authenticator, where it does not."""
    facts: Facts
    sources: dict[str, SourceSettings]
    """By the names that facts use."""

    @model_validator(mode="after")
    def _sources_are_used(self) -> Self:
        raising = {self.raise_wait is None, self.raised_wait is None, self.raise_source is None}
        if len(raising) > 1:
            raise fault("found some of raise_wait, raised_wait, raise_source, wanted all or none")
        used = (self.raise_source, *(fact.source for _, fact in self.each()))
        named = {source for source in used if source is not None}
        if missing := named - self.sources.keys():
            raise fault(f"found no source {', '.join(sorted(missing))} under `sources`")
        if unused := self.sources.keys() - named:
            raise fault(f"found source {', '.join(sorted(unused))}, which no fact names")
        return self

    def each(self) -> list[tuple[str, Fact[object]]]:
        """Give the facts by their names, in the order of the schema."""
        return [(name, getattr(self.facts, name)) for name in Facts.model_fields]

    @property
    def patience(self) -> float | None:
        """Seconds that it waits for one server unless told otherwise; None: nobody says."""
        facts = self.facts
        ends = [] if facts.limit.value is None else [facts.limit.value]
        if facts.timeout.value is not None and facts.tries.value is not None:
            ends.append(facts.timeout.value * facts.tries.value)
        return min(ends) if ends else None

    @property
    def wait(self) -> str | None:
        """Give what a client's `wait` is, as it would be written; None: nobody says enough."""
        if self.patience is None:
            return None
        known = self.facts.timeout.value is not None
        most = LONGEST_WAIT if known else USUAL_WAIT
        return written(min(max(self.patience, SHORTEST_WAIT), most))

    @property
    def defaults(self) -> Mapping[str, object]:
        """What a client's keys are where it names this profile, as they would be written."""
        facts = self.facts
        given: dict[str, object] = {}
        if facts.challenge.value is not None:
            given["challenge"] = facts.challenge.value and facts.shows_text.value is not False
        if self.wait is not None:
            given["wait"] = self.wait
        if facts.caller.value == NO_CALLER:
            given["join"] = "user"
        elif facts.caller.value is not None:
            given["caller"] = facts.caller.value
        if facts.caller_is.value is not None:
            given["caller_is"] = facts.caller_is.value
        if facts.text_limit.value is not None:
            given["text_limit"] = facts.text_limit.value
        return given


UNKNOWN: Final = "not known"


def shown_value(value: object) -> str:
    """Write the value of a fact, or of a key, for people."""
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "true" if value else "false"
        case float():
            return written(value)
        case tuple():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value)


def profile_names() -> list[str]:
    """Give the names that a client's `profile` may have."""
    return sorted(file.stem for file in FOLDER.glob(f"*{SUFFIX}"))


@cache
def read_profile(name: str) -> Profile | None:
    """Give a profile; None: there is none of that name. Raises ConfigurationFaults."""
    return read_profile_file(FOLDER / f"{name}{SUFFIX}") if name in profile_names() else None


def read_profile_file(file: Path) -> Profile:
    """Read a profile. Raises ConfigurationFaults, every fault with its line."""
    document = read_document(file)
    try:
        return Profile.model_validate(document.value)
    except ValidationError as error:
        faults = [document.fault(*worded(one, Profile)) for one in error.errors(include_url=False)]
        raise ConfigurationFaults(faults) from None


def _name(value: object) -> str:
    if not isinstance(value, str) or value not in profile_names():
        raise found(value, f"the name of a profile: {', '.join(profile_names())}")
    return value


ProfileName = Annotated[
    str,
    BeforeValidator(_name),
    InWords("name of a profile"),
    WithJsonSchema({"type": "string", "enum": profile_names()}),
]


def with_defaults(client: object) -> object:
    """Give a client's keys as they were written, beside what its profile says of the others."""
    name = client.get("profile") if isinstance(client, dict) else None
    profile = read_profile(name) if isinstance(name, str) else None
    return {**profile.defaults, **client} if profile and isinstance(client, dict) else client
