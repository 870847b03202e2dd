"""Links between the documents lead somewhere."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.documents.pages import PAGES, README, anchors, links

LIST = Path("docs/README.md")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    """Each link to a file of this repository finds it, and the heading in it."""
    for target in links(page):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_is_listed():
    """docs/README.md or the README names every page."""
    listed = {*links(LIST), *(Path(target).name for target in links(README))}
    assert {page.name for page in LIST.parent.glob("*.md")} - {LIST.name} <= listed
