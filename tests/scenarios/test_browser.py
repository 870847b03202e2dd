"""The browser of the stories: what it trusts and what it can reach."""

import pytest
from playwright.sync_api import Error

from tests.peers.browser import Browser, needs_chromium, origins

pytestmark = [pytest.mark.scenario, needs_chromium]


def test_the_daemon_is_trusted_by_its_ca(browser, daemon):
    """A secure context, in which a service worker may be; all that was asked is known."""
    with browser.profile("trusting") as context:
        page = context.pages[0]
        assert page.goto(f"{daemon.url}/enroll").status == 200
        assert page.evaluate("isSecureContext && 'serviceWorker' in navigator")
        assert {daemon.url} == origins(context.asked)


def test_storage_outlives_the_browser(browser, daemon):
    """A profile that is opened again has what it had."""
    with browser.profile("kept") as context:
        context.pages[0].goto(f"{daemon.url}/enroll")
        context.pages[0].evaluate("localStorage.setItem('told', 'once')")
    with browser.profile("kept") as context:
        context.pages[0].goto(f"{daemon.url}/enroll")
        assert "once" == context.pages[0].evaluate("localStorage.getItem('told')")


@pytest.mark.parametrize("url", ["https://example.org", "https://192.0.2.1", "https://127.0.0.2"])
def test_nothing_else_is_reachable(browser, url):
    """Neither a name nor an address."""
    with (
        browser.profile("elsewhere") as context,
        pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"),
    ):
        context.pages[0].goto(url)


def test_without_the_ca_the_daemon_is_not_trusted(driver, daemon, tmp_path):
    """Certificates are verified as everywhere."""
    with (
        Browser(driver, tmp_path).profile() as context,
        pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"),
    ):
        context.pages[0].goto(daemon.url)
