"""The page with every key."""

from pathlib import Path

import pytest
from pydantic import Field

from proxy.settings import reference
from proxy.settings.reference import EXAMPLE, NoExample, NoWords, reference_text
from proxy.settings.schema import Settings
from proxy.settings.section import Section

PAGE = Path("docs/reference.md")


def test_reference_is_up_to_date():
    """docs/reference.md is what the models say; `make schema` writes it."""
    assert PAGE.read_text() == reference_text(EXAMPLE.read_text())


def test_every_key_is_there():
    """As many keys as the models have, each with its type, default and example."""
    schema = Settings.model_json_schema()
    sections = [schema, *schema["$defs"].values()]
    leaves = [
        key
        for section in sections
        for key, field in section.get("properties", {}).items()
        if "#/$defs/" not in str(field)
    ]
    lines = PAGE.read_text().splitlines()
    for word in ("### ", "- Type: ", "- Default: ", "- Example: "):
        assert len(leaves) == sum(line.startswith(word) for line in lines)


def entry(key):
    text = PAGE.read_text()
    assert f"### {key}\n" in text
    return text.partition(f"### {key}\n")[2].partition("\n#")[0]


def test_a_key_of_a_named_section():
    """Bounds and default are written as the operator writes them; the example is the file's."""
    assert (
        entry("clients.NAME.wait")
        .strip()
        .endswith("- Type: duration, `1s` to `5m`\n- Default: `30s`\n- Example: `wait: 30s`")
    )


def test_a_key_that_takes_the_place_of_another():
    """What the example file cannot set has an example of its own."""
    assert "- Example: `nested: active-directory`" in entry("directories.NAME.groups.nested")


def test_a_list_of_choices():
    """The items of a list are told."""
    assert "- Type: list; each: one of `push`, `totp`, `recovery`" in entry("policies[].factors")


class Strange(Section):
    """A section."""

    shape: complex = Field(default=1j, examples=["1j"])
    """A key."""


class Bare(Section):
    """A section."""

    size: int = 1
    """A key."""


@pytest.mark.parametrize(("section", "wanted"), [(Strange, NoWords), (Bare, NoExample)])
def test_a_key_that_says_too_little(monkeypatch, section, wanted):
    """A type without words, or a key that nothing shows in use, is not passed over."""
    monkeypatch.setattr(reference, "Settings", section)
    with pytest.raises(wanted):
        reference_text("store: x")
