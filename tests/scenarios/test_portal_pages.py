"""Every page of the portal serves everybody: axe-core's rules, light and dark, the smallest screen."""

import pytest

from tests.peers.access import faults, overflow
from tests.peers.browser import needs_chromium
from tests.peers.phone import Phone
from tests.peers.portal import Portal
from tests.scenarios.conftest import HELD

pytestmark = [pytest.mark.scenario, needs_chromium]


def pages(portal, daemon, someone):
    """Walk through every page and state; give the name of each while it is shown."""
    codes = someone.recovery_codes()
    portal.open().heading("Sign in")
    yield "sign-in"
    portal.sign_in(someone.name, "wrong")
    portal.fault("wrong")
    yield "sign-in-refused"
    portal.sign_in(someone.name, someone.password)
    portal.heading("Your code")
    yield "code"
    portal.type("0000-0000-0000-0000")
    portal.fault("wrong")
    yield "code-wrong"
    portal.type(codes[0])
    portal.heading("Your second factors")
    yield "overview-missing"
    portal.follow("Enrol a phone")
    portal.heading("Enrol a phone")
    yield "phone"
    portal.press("Show the code")
    portal.heading("Scan with your phone")
    portal.page.get_by_text("The link as text").click()
    yield "phone-invited"
    someone.phone = Phone(daemon.url, ca=daemon.ca)
    someone.phone.enroll(portal.link())
    portal.note("Your phone is enrolled.")
    yield "overview-phone"
    portal.follow("Replace it")
    yield "phone-replace"
    portal.follow("App codes")
    yield "totp"
    portal.press("Show the code")
    portal.heading("Scan with your app")
    yield "totp-offered"
    portal.page.get_by_label("Code that the app shows now").fill("000000")
    portal.press("Confirm")
    portal.fault("not the code")
    yield "totp-wrong"
    portal.follow("Recovery codes")
    yield "recovery"
    portal.press("Make new codes")
    portal.heading("Your recovery codes")
    yield "recovery-issued"
    someone.enrol_totp()
    portal.open()
    yield "overview"
    portal.follow("App codes")
    yield "totp-enrolled"
    with someone.nas(HELD) as nas:
        nas.ask(someone.packet("wrong", caller=b"203.0.113.9"))
    portal.follow("Logins")
    yield "logins"
    portal.press("Sign out")
    portal.note("signed out")
    yield "signed-out"
    portal.sign_in(someone.name, someone.password)
    portal.heading("Answer on your phone")
    yield "number"
    portal.type(portal.number())
    portal.page.get_by_text("The number goes on your phone").wait_for()
    yield "number-misplaced"
    portal.page.evaluate("document.querySelector('[name=form]').value = 'x'")
    portal.press("I have approved, continue")
    portal.heading("Not done")
    yield "problem"


def test_every_page_is_for_everybody(browser, daemon, someone):
    """Nothing serious in light or dark, nothing over the side at 320 pixels."""
    found = {}
    with browser.visit() as context:
        portal = Portal(context.pages[0], daemon.url)
        for name in pages(portal, daemon, someone):
            wrong = faults(portal.page) + overflow(portal.page)
            if wrong:
                found[name] = wrong
        assert [] == context.faults
    assert {} == found
