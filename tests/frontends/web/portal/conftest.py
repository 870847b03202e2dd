"""A portal in memory, and a browser at it."""

import pytest

from tests.peers.portal_world import Browser, PortalWorld


@pytest.fixture
def world(database):
    world = PortalWorld(database)
    yield world
    world.store.close()


@pytest.fixture
def browser(world):
    return Browser(world)


@pytest.fixture
def inside(world, browser):
    """Alice's browser, signed in by her phone; she has codes too."""
    world.enrol()
    browser.enter()
    return browser
