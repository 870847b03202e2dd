"""
What is known of each kind of NAS, for people: the top of each page of docs/nas, and their list.

`make schema` writes it from the profiles, between two marks; a test compares the two. The rest of a
page is written by hand: what to click on the NAS, and the client's block here.
"""

from pathlib import Path
from typing import Final

from proxy.settings.profile import (
    Facts,
    Profile,
    profile_names,
    read_profile,
    shown_value,
)
from proxy.settings.values import written

FOLDER: Final = Path("docs/nas")
LIST: Final = FOLDER / "README.md"
BEGIN: Final = "<!-- What is known; `make schema` writes it from the profile. -->"
END: Final = "<!-- The rest is written by hand. -->"

_ASKED: Final = {
    "methods": "carries the password as",
    "challenge": "asks for an answer to a challenge",
    "shows_text": "shows the text of a challenge",
    "text_limit": "characters of it",
    "timeout": "one try lasts",
    "tries": "tries at one server",
    "same_port": "further tries from the same port",
    "same_identifier": "with the same Identifier and Authenticator",
    "servers": "servers it may ask in one login",
    "limit": "the login ends after",
    "longest": "can be told to wait",
    "caller": "names the caller by",
    "caller_is": "which is a",
    "groups": "takes groups and roles from",
    "message_authenticator": "sends Message-Authenticator",
    "held_blocks": "a held login keeps its others waiting",
}
"""What each fact says, as a row of the table has it."""


def facts_text(name: str, profile: Profile) -> str:
    """Give what stands between the marks of a page."""
    lines = [BEGIN, "", "| it | | source | |", "| --- | --- | --- | --- |"]
    for key, fact in profile.each():
        source = "" if fact.source is None else _source(fact.source, profile)
        value = shown_value(fact.value)
        value = f"`{value}`" if key in {"caller", "groups"} and fact.value else value
        lines.append(f"| {_ASKED[key]} | {value} | {source} | {_cell(fact.note or '')} |")
    lines += ["", "Sources:", ""]
    lines += [f"- {key}: {_titled(key, profile)}" for key in profile.sources]
    given = ", ".join(f"`{key}: {shown_value(value)}`" for key, value in profile.defaults.items())
    lines += ["", f"A client with `profile: {name}` has by default: {given or 'nothing else'}."]
    if profile.raised_wait is not None and profile.raise_source is not None:
        long, source = written(profile.raised_wait), _source(profile.raise_source, profile)
        lines += ["", f"So that it waits {long}, on the NAS ({source}): {profile.raise_wait}."]
    if profile.send_authenticator is not None:
        lines += ["", f"So that it sends Message-Authenticator: {profile.send_authenticator}."]
    return "\n".join([*lines, "", END])


def list_text() -> str:
    """Give what stands between the marks of the list of pages."""
    lines = [BEGIN, "", "| profile | for | challenge | waits | caller |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for name in profile_names():
        profile = read_profile(name)
        assert profile is not None
        waits = shown_value(profile.patience)
        facts = profile.facts
        challenge, caller = shown_value(facts.challenge.value), shown_value(facts.caller_is.value)
        row = (f"[{name}]({name}.md)", profile.title, challenge, waits, caller)
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join([*lines, "", END])


def with_facts(page: str, text: str) -> str:
    """Put a text between the marks of a page. Raises ValueError: a mark is missing."""
    start, end = page.index(BEGIN), page.index(END) + len(END)
    return page[:start] + text + page[end:]


def page_text(name: str, page: str) -> str:
    """Give a page of a profile as it should be."""
    profile = read_profile(name)
    assert profile is not None
    return with_facts(page, facts_text(name, profile))


def _source(key: str, profile: Profile) -> str:
    url = profile.sources[key].url
    return key if url is None else f"[{key}]({url})"


def _titled(key: str, profile: Profile) -> str:
    source = profile.sources[key]
    return source.title if source.url is None else f"[{source.title}]({source.url})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


assert _ASKED.keys() == Facts.model_fields.keys()


if __name__ == "__main__":
    for _name in profile_names():
        _page = FOLDER / f"{_name}.md"
        _page.write_text(page_text(_name, _page.read_text()))
    LIST.write_text(with_facts(LIST.read_text(), list_text()))
