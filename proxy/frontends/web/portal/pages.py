"""
Templates to octets, with the headers of a page: nothing runs or loads but what this origin has.

What stands in a template's place is escaped; a name that a template uses and was not given is a
fault of ours, never an empty place.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from proxy.frontends.web.assets import POLICY

REFERRER: Final = "same-origin"
"""Other origins hear nothing. Under `no-referrer` browsers send `Origin: null` with our own forms
too (Fetch, append a request Origin header), and it could not be told from another site's."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page."""

    template: str
    places: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """Look elsewhere in the portal, by GET."""

    path: str
    """One of ours, from the root; never what a browser sent."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a script of ours asked."""

    members: Mapping[str, object]


class Templates:
    """All templates, read and compiled once."""

    def __init__(self, url: str) -> None:
        self._by_name = _compiled(urlsplit(url).path)

    def render(self, request: Any, shown: Shown, more: Mapping[str, object]) -> bytes:  # noqa: ANN401
        """Make a page the answer of a request; give the body."""
        request.setResponseCode(shown.status)
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        request.setHeader(b"Content-Security-Policy", POLICY.encode())
        request.setHeader(b"Referrer-Policy", REFERRER.encode())
        request.setHeader(b"Cross-Origin-Opener-Policy", b"same-origin")
        return self._by_name[f"{shown.template}.html"].render({**more, **shown.places}).encode()


@lru_cache(maxsize=4)
def _compiled(base: str) -> Mapping[str, Template]:
    """Compile every template, which takes a tenth of a second; *base* is the path of `web.url`."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = moment
    environment.globals["base"] = base
    return {name: environment.get_template(name) for name in environment.list_templates()}


def fact(request: Any, told: Fact) -> bytes:  # noqa: ANN401 - Twisted's
    """Answer a script."""
    request.setHeader(b"Content-Type", b"application/json")
    return json.dumps(dict(told.members)).encode()


def moment(seconds: float) -> str:
    """Write a time for people, UTC; a script makes it local."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
