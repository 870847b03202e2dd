"""What pydantic found, said in the operator's words: the key, what was found, what was wanted."""

from collections.abc import Mapping
from difflib import get_close_matches
from inspect import isclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from proxy.settings.finding import Place
from proxy.settings.values import shown, written

_WANTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text, in quotes where YAML reads it as something else",
    "tuple_type": "a list: [one, two]",
    "dict_type": "a mapping: {name: ...}",
    "model_type": "a mapping: {key: value}",
}


def worded(error: ErrorDetails, schema: type[BaseModel]) -> tuple[Place, str]:
    """Give the place and the message of one error."""
    tagged: Place = error["loc"]
    if tagged and tagged[-1] == "[key]":
        tagged = tagged[:-1]
    place = _untagged(tagged, schema)
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    match kind:
        case "extra_forbidden":
            return place, _unknown_key(tagged, schema)
        case "missing":
            return place, "missing, wanted a value"
        case "union_tag_not_found":
            return (*place, _discriminator(context)), "missing, wanted a value"
        case "union_tag_invalid":
            wanted = str(context["expected_tags"]).replace(", ", " or ")
            message = f"found {shown(context['tag'])}, wanted {wanted}"
            return (*place, _discriminator(context)), message
        case "fault":
            return place, str(context["message"])
        case _:
            wanted = _WANTED.get(kind) or _bound(kind, context) or error["msg"]
            is_duration = any(isinstance(bound, float) for bound in context.values())
            seen = written(value) if is_duration and isinstance(value, float) else shown(value)
            return place, f"found {seen}, wanted {wanted}"


def _bound(kind: str, context: Mapping[str, Any]) -> str | None:
    match kind:
        case "greater_than_equal":
            return f"{_number(context['ge'])} or more"
        case "less_than_equal":
            return f"{_number(context['le'])} or less"
        case "literal_error":
            return str(context["expected"])
        case "too_short":
            return "at least one"
        case _:
            return None


def _discriminator(context: Mapping[str, Any]) -> str:
    """Give the key that says which of several sections it is, without pydantic's quotes."""
    return str(context["discriminator"]).strip("'")


def _number(bound: object) -> str:
    return written(bound) if isinstance(bound, float) else str(bound)


def _unknown_key(place: Place, schema: type[BaseModel]) -> str:
    known = sorted(keys_at(place[:-1], schema))
    near = get_close_matches(str(place[-1]), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"wanted one of {', '.join(known)}"
    return f"found an unknown key, {hint}"


def keys_at(place: Place, schema: type[BaseModel]) -> set[str]:
    """Give the keys that the section at a place may have."""
    annotation: object = schema
    for step in place:
        annotation = _inside(annotation, step)
    section = _section(annotation)
    return set() if section is None else set(_keys(section))


def _keys(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """Give the fields of a section by the keys that they are written under."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _untagged(place: Place, schema: type[BaseModel]) -> Place:
    """Leave out which of several sections a place goes through, which pydantic tells."""
    annotation: object = schema
    steps: list[str | int] = []
    for step in place:
        choices = sections_by_type(annotation)
        if step not in choices:
            steps.append(step)
        try:
            annotation = _inside(annotation, step)
        except (KeyError, IndexError):  # an unknown key has no type
            annotation = None
    return tuple(steps)


def sections_by_type(annotation: object) -> dict[str | int, type[BaseModel]]:
    """Give the sections of which `type` chooses one; empty: there is no such choice."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    parts = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else ()
    sections = [part for part in parts if isclass(part) and issubclass(part, BaseModel)]
    if len(sections) < 2:
        return {}
    return {get_args(one.model_fields["type"].annotation)[0]: one for one in sections}


def _inside(annotation: object, step: str | int) -> object:
    """Give the type of what lies one step further in: a key of a section, a name, an index."""
    choices = sections_by_type(annotation)
    if choices:
        return choices[step]
    section = _section(annotation)
    if section is not None:
        return _keys(section)[str(step)].annotation
    return get_args(annotation)[-1 if get_origin(annotation) is dict else 0]


def _section(annotation: object) -> type[BaseModel] | None:
    """Give the section that a type is, or is next to None."""
    parts = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    for part in parts:
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None
