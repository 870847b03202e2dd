"""The documents, and what stands in them: fenced blocks, code spans, links, headings."""

import re
from pathlib import Path
from typing import NamedTuple

README = Path("README.md")
PAGES = sorted([README, Path("CHANGELOG.md"), *Path("docs").rglob("*.md")])
_FENCE = re.compile(r"^( *)```(\w*) ?(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block."""

    mark: str
    """What follows the language."""
    text: str
    line: int
    """Of its fence."""


def blocks(page, *languages):
    """Give the fenced blocks of a page, in these languages."""
    text = page.read_text()
    for found in _FENCE.finditer(text):
        indent, language, mark, body = found.groups()
        if language in languages:
            dedented = re.sub(f"^{indent}", "", body, flags=re.MULTILINE)
            yield Block(mark, dedented, text.count("\n", 0, found.start()) + 1)


def prose(page):
    """Give a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def spans(page):
    """Give what stands between backticks."""
    return _SPAN.findall(prose(page))


def links(page):
    """Give where links lead."""
    return _LINK.findall(prose(page))


def anchors(page):
    """Give the anchors of a page's headings, as GitHub makes them."""
    plain = (
        re.sub(r"[^\w\- ]", "", line.strip().lower()) for line in _HEADING.findall(prose(page))
    )
    return {line.replace(" ", "-") for line in plain}
