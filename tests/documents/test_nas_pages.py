"""A page for each profile, whose facts are the profile's."""

import pytest

from proxy.settings.nas_pages import FOLDER, LIST, list_text, page_text, with_facts
from proxy.settings.profile import profile_names
from tests.documents.pages import blocks
from tests.documents.test_configurations import compose, keys


def test_every_profile_has_its_page():
    """And each page is of a profile."""
    assert {page.stem for page in FOLDER.glob("*.md")} - {LIST.stem} == set(profile_names())


@pytest.mark.parametrize("name", profile_names())
def test_the_facts_of_a_page_are_the_profiles(name):
    """What stands between the marks is what `make schema` writes."""
    page = (FOLDER / f"{name}.md").read_text()
    assert page == page_text(name, page)


def test_the_list_is_up_to_date():
    """It names every profile with what matters most."""
    page = LIST.read_text()
    assert page == with_facts(page, list_text())


@pytest.mark.parametrize("name", profile_names())
def test_a_page_has_the_block_of_its_client(name):
    """One that names the profile; that `check` reads it is tested with all other blocks."""
    named = []
    for block in blocks(FOLDER / f"{name}.md", "yaml"):
        clients = keys(compose(block.text))["clients"]
        named += [keys(client)["profile"].value for client in keys(clients).values()]
    assert set(named) == {name}
