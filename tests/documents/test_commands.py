"""Every command of this program that a page shows exists, with its options."""

import shlex
from pathlib import Path

import click
import pytest

from proxy.cli.main import FAMILIES, cli
from tests.documents.pages import PAGES, blocks, spans

PROGRAM = "countersign"
BEFORE = {"sudo", "-u", PROGRAM, "exec"}
"""Words that may stand before a command; `countersign` is a user's name too."""
ENDS = {"|", ">", "2>", "<", ";", "&&", "&"}


def shown():
    """Give the words of each command, without the program's name."""
    for page in PAGES:
        for block in blocks(page, "sh", "console"):
            for line in block.text.replace("\\\n", " ").splitlines():
                if words := arguments(line):
                    yield pytest.param(words, id=f"{page}: {' '.join(words)}")
        for span in spans(page):
            if is_program(span.partition(" ")[0]) and (words := arguments(span)):
                yield pytest.param(words, id=f"{page}: {' '.join(words)}")


def arguments(line):
    """Give what follows the program's name in a line of a shell; None: it runs another."""
    words = shlex.split(line, comments=True)
    while words and (words[0] in BEFORE or "=" in words[0]) and any(map(is_program, words[1:])):
        del words[0]
    if not words or not is_program(words[0]):
        return None
    end = next((at for at, word in enumerate(words) if word in ENDS), len(words))
    return words[1:end]


def is_program(word):
    return Path(word).name == PROGRAM


@pytest.mark.parametrize("words", [*shown()])
def test_commands_exist(words):
    """A command that is shown exists, has each option, and takes as many arguments."""
    command, given, rest = cli, [], iter(words)
    for word in rest:
        if word not in getattr(command, "commands", {}):
            command = (
                getattr(command, "commands", {}).get(getattr(command, "default", "")) or command
            )
        if word.startswith("-"):
            name, equals, _ = word.partition("=")
            (option,) = [one for one in command.params if name in (*one.opts, *one.secondary_opts)]
            if not (equals or option.is_flag):
                next(rest)
        elif isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            assert found is not None, f"{command.name} has no {word}"
            command = found
        else:
            given.append(word)
    places = [one for one in command.params if isinstance(one, click.Argument)]
    assert len(given) <= len(places)


def test_every_family_is_shown():
    """No family of commands is without a page."""
    text = "".join(page.read_text() for page in PAGES)
    assert not [name for name in FAMILIES if f"{PROGRAM} {name}" not in text]
