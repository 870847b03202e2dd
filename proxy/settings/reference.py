"""
The reference of every key, for people: docs/reference.md.

`make schema` writes it from the models; a test compares the two. What a key does is its docstring,
type, bounds and default are the model's. Its example is what config/countersign.yaml sets it to; a
key that cannot stand there, because another takes its place, has one at its field.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc, isclass
from pathlib import Path
from textwrap import fill
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import yaml
from annotated_types import Ge, Le, MinLen
from pydantic.fields import FieldInfo

from proxy.settings.schema import Settings
from proxy.settings.section import Section
from proxy.settings.values import InWords, written

EXAMPLE: Final = Path("config/countersign.yaml")
WIDTH: Final = 100
HEAD: Final = """\
# Configuration reference

Every key of the configuration, in the order of
[config/countersign.yaml](../config/countersign.yaml), which sets each of them.
[configuration.md](configuration.md) says how the file works: durations, secrets, lists, and which
policy decides. `NAME` stands for a name of yours, `[]` for each item of a list.

This page is made from the program by `make schema`; `countersign check` judges a file by the same
rules.

## Top level
"""
_TYPES: Final[dict[object, str]] = {
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    str: "text",
}


class NoExample(Exception):  # noqa: N818 - it names what is missing
    """A key that neither config/countersign.yaml nor its field shows in use."""


class NoWords(Exception):  # noqa: N818 - it names what is missing
    """A type that says nothing about itself."""


@dataclass(frozen=True, slots=True)
class _Example:
    """What the example file has at one place: the mappings there, of every item of a list."""

    text: str
    mappings: tuple[yaml.MappingNode, ...]

    def at(self, key: str) -> list[yaml.Node]:
        """Give what a key is set to, wherever it stands."""
        return [
            value for mapping in self.mappings for name, value in mapping.value if name.value == key
        ]

    def written(self, key: str) -> str | None:
        """Give the text of a key's first value."""
        for node in self.at(key):
            return self.text[node.start_mark.index : node.end_mark.index].strip()
        return None

    def inside(self, key: str, *, named: bool) -> "_Example":
        """Go into the section under a key; *named*: under the names there."""
        nodes = self.at(key)
        if named:
            nodes = [value for node in nodes for _, value in node.value]
        listed = [node for node in nodes if isinstance(node, yaml.SequenceNode)]
        nodes += [item for node in listed for item in node.value]
        found = tuple(node for node in nodes if isinstance(node, yaml.MappingNode))
        return _Example(self.text, found)

    def of_type(self, tag: str | None) -> "_Example":
        """Keep the mappings with this `type`; None: all."""
        if tag is None:
            return self
        kept = [one for one in self.mappings if ("type", tag) in _texts(one)]
        return _Example(self.text, tuple(kept))


def _texts(mapping: yaml.MappingNode) -> list[tuple[str, str]]:
    return [
        (name.value, value.value)
        for name, value in mapping.value
        if isinstance(value, yaml.ScalarNode)
    ]


def reference_text(example: str) -> str:
    """Give the page; *example* is the text of the example file. Raises NoExample, NoWords."""
    root = yaml.compose(example, Loader=yaml.BaseLoader)
    assert isinstance(root, yaml.MappingNode)
    parts = _section(Settings, "", _Example(example, (root,)))
    return "\n".join([HEAD, *parts]).rstrip() + "\n"


def _section(section: type[Section], place: str, example: _Example) -> Iterator[str]:
    """Give the keys of a section, then the sections in it."""
    sections = []
    for name, field in section.model_fields.items():
        key = field.alias or name
        here = f"{place}.{key}" if place else key
        inner = _inner(field.annotation)
        if not inner:
            yield from _key(here, key, field, example)
        sections += [(here, key, field, one) for one in inner]
    for here, key, field, chosen in sections:
        kind = get_origin(field.annotation)
        suffix = ".NAME" if kind is dict else "[]" if kind is tuple else ""
        tag = _tag(field.annotation, chosen)
        yield f"## {here}{suffix}{f', type: {tag}' if tag else ''}\n"
        yield _paragraphs(chosen.__doc__ or "")
        if field.description:
            yield _paragraphs(field.description)
        inside = example.inside(key, named=kind is dict)
        yield from _section(chosen, here + suffix, inside.of_type(tag))


def _inner(annotation: object) -> list[type[Section]]:
    """Give the sections that a type holds, one or more to choose from; none: it is a value."""
    if isclass(annotation) and issubclass(annotation, Section):
        return [annotation]
    return [found for part in get_args(annotation) for found in _inner(part)]


def _tag(annotation: object, inner: type[Section]) -> str | None:
    """Give the `type` of a section that others can stand instead of; None: none can."""
    if len(_inner(annotation)) < 2:
        return None
    return str(get_args(inner.model_fields["type"].annotation)[0])


def _key(place: str, key: str, field: FieldInfo, example: _Example) -> Iterator[str]:
    shown = example.written(key)
    if shown is None:
        if not field.examples:
            raise NoExample(f"{place}: wanted it in {EXAMPLE}, or examples= at its field")
        shown = _yaml(field.examples[0])
    yield f"### {place}\n"
    yield _paragraphs(field.description or "")
    yield f"- Type: {_type(field.annotation, field.metadata)}"
    yield f"- Default: {_default(field)}"
    yield f"- Example: `{key}: {shown}`\n"


def _type(annotation: Any, metadata: list[Any]) -> str:  # noqa: ANN401 - any type
    """Name a type, with its bounds."""
    if get_origin(annotation) is Annotated:
        bare, *more = get_args(annotation)
        return _type(bare, [*metadata, *more])
    if NoneType in get_args(annotation):
        (part,) = (part for part in get_args(annotation) if part is not NoneType)
        return _type(part, metadata)
    for one in metadata:
        if isinstance(one, InWords):
            return str(one) + _bounds(metadata)
    parts = get_args(annotation)
    match get_origin(annotation):
        case kind if kind is Literal:
            choices = ", ".join(f"`{choice}`" for choice in parts)
            return choices if len(parts) == 1 else f"one of {choices}"
        case kind if kind is tuple:
            least = " with at least one" if any(isinstance(one, MinLen) for one in metadata) else ""
            return f"list{least}; each: {_type(parts[0], [])}"
        case kind if kind is dict:
            return f"mapping; each value: {_type(parts[1], [])}"
    if annotation not in _TYPES:
        raise NoWords(f"{annotation}: wanted InWords beside its validator")
    return _TYPES[annotation] + _bounds(metadata)


def _bounds(metadata: list[Any]) -> str:
    least = [_number(one.ge) for one in metadata if isinstance(one, Ge)]
    most = [_number(one.le) for one in metadata if isinstance(one, Le)]
    return f", {least[0]} to {most[0]}" if least and most else ""


def _number(bound: object) -> str:
    return f"`{written(bound) if isinstance(bound, float) else bound}`"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none; it must be set"
    extra = field.json_schema_extra
    value = field.get_default(call_default_factory=True)
    if isinstance(extra, dict) and "default" in extra:
        value = extra["default"]
    return "not set" if value is None else f"`{_yaml(value)}`"


def _yaml(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _paragraphs(text: str) -> str:
    """Fill the lines of each paragraph anew."""
    return "".join(
        fill(part, WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"
        for part in cleandoc(text).split("\n\n")
    )


if __name__ == "__main__":
    print(reference_text(EXAMPLE.read_text()), end="")  # noqa: T201 - `make schema` redirects it
