"""The authenticator web app: a person's first login and all that may come of one."""

import re

import pytest
from playwright.sync_api import expect

from tests.peers.app import App, number_in
from tests.peers.browser import PHONE, needs_chromium, origins
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_REJECT
from tests.scenarios.conftest import ASKED, HELD
from tests.scenarios.test_radclient_logins import radclient, wanted

pytestmark = [pytest.mark.scenario, needs_chromium]
EXPORTED = """async () => {
  const { get } = await import(location.origin + "/app/store.js");
  const { privateKey } = await get("phone");
  const refused = await crypto.subtle.exportKey("pkcs8", privateKey).catch((error) => error.name);
  return [privateKey.extractable, refused];
}"""
"""Gives whether the key is extractable, and what comes of an export."""


@pytest.fixture
def context(browser):
    """A browser of this person's own."""
    with browser.visit(**PHONE) as opened:
        yield opened


@pytest.fixture
def app(context, daemon):
    """The app, not enrolled yet; nothing was thrown in it, and nothing asked of anybody else."""
    opened = App(context.pages[0], daemon.url)
    yield opened
    assert [] == context.faults
    assert {daemon.url} == origins(context.asked)


def test_from_the_invitation_to_a_login(app, someone, daemon):
    """Enrolled by the link, asked by radclient, the number typed, let in."""
    app.enrol(someone.invited())
    nas = f",Calling-Station-Id=203.0.113.7,Packet-Src-IP-Address={ASKED}"
    told = radclient(daemon, wanted(someone.name, someone.password, nas))
    assert "Received Access-Challenge" in told
    facts = app.facts()
    assert (someone.name, "asked", "203.0.113.7") == (facts["Who"], facts["To"], facts["From"])
    assert re.fullmatch(r"\d\d:\d\d:\d\d", facts["At"])
    app.type(number_in(re.search(r'Reply-Message = "(.*)"', told)[1]))
    app.press("Approve")
    app.told("Approved")
    app.heading("Nothing to approve")
    state = re.search(r"State = (0x[0-9a-f]+)", told)[1]
    continued = wanted(someone.name, '""', f"{nas},State={state}")
    assert "Received Access-Accept" in radclient(daemon, continued)


@pytest.fixture
def enrolled(app, someone):
    """The app of an enrolled phone."""
    return app.enrol(someone.invited())


def test_denied(enrolled, someone):
    """The login that is held is refused."""
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        enrolled.request()
        enrolled.press("Deny")
        enrolled.told("Denied. The login is refused.")
        assert ACCESS_REJECT == nas.hear(packet).code


def test_reported(enrolled, someone, daemon):
    """It is refused, the person is told what to do, and the record says so."""
    before = len(daemon.text())
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        enrolled.request()
        enrolled.press("This was not me")
        enrolled.told("knows your password")
        assert ACCESS_REJECT == nas.hear(packet).code
    assert "report" in daemon.said("report", before)


def test_approved_without_a_number(enrolled, someone):
    """Where none is asked there is no field for one."""
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        expect(enrolled.request().get_by_role("textbox")).to_have_count(0)
        enrolled.press("Approve")
        enrolled.told("Approved")
        assert ACCESS_ACCEPT == nas.hear(packet).code


def test_a_wrong_number_is_refused_and_counted(enrolled, someone):
    """Told and asked again; the third closes the request, which disappears, and the login ends."""
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet())
        wrong = "000000" if number_in(challenge.text) != "000000" else "111111"
        enrolled.request()
        enrolled.press("Approve")
        enrolled.fault("Type all 6 digits")
        for _ in range(2):
            enrolled.type(wrong)
            enrolled.press("Approve")
            enrolled.fault("not the number")
        enrolled.type(wrong)
        enrolled.press("Approve")
        enrolled.heading("Nothing to approve")
        assert ACCESS_REJECT == nas.ask(someone.packet(b"", state=challenge.state)).code


def test_what_was_wrong_may_be_typed_right(enrolled, someone):
    """One wrong number does not end it."""
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet())
        number = number_in(challenge.text)
        enrolled.request()
        enrolled.type(number[1:] + ("0" if number[1:] + "0" != number else "1"))
        enrolled.press("Approve")
        enrolled.fault("not the number")
        enrolled.type(number)
        enrolled.press("Approve")
        enrolled.told("Approved")
        assert ACCESS_ACCEPT == nas.ask(someone.packet(b"", state=challenge.state)).code


def test_a_withdrawn_request_disappears(enrolled, someone):
    """A newer login of the same caller takes its place; nothing has to be pressed."""
    with someone.nas(ASKED) as nas:
        nas.ask(someone.packet())
        first = enrolled.request().get_attribute("id")
        nas.ask(someone.packet())
        expect(enrolled.page.locator(f"#{first}")).to_have_count(0)
        assert first != enrolled.request().get_attribute("id")


def test_an_answered_request_disappears(enrolled, someone):
    """Answered in another tab of the same phone; the answer holds."""
    other = App(enrolled.page.context.new_page(), enrolled.url).open().heading("Nothing to approve")
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        enrolled.request()
        other.request()
        other.press("Deny")
        enrolled.heading("Nothing to approve")
        assert ACCESS_REJECT == nas.hear(packet).code


def test_an_expired_request_disappears(enrolled, someone, tmp_path):
    """When its countdown is over, by the server's time, though no list says so."""
    page = enrolled.page
    page.clock.install()
    page.reload()
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        expect(enrolled.request().get_by_role("timer")).to_contain_text(re.compile(r"[12]:\d\d"))
        page.clock.fast_forward(125_000)
        enrolled.heading("Nothing to approve")
        enrolled.told("ended without an answer")


def test_two_logins_and_a_third(enrolled, someone):
    """Each with its own origin and number; the third is told of."""
    with someone.nas(ASKED) as nas, someone.nas(ASKED) as other:
        here = nas.ask(someone.packet())
        enrolled.request()
        there = other.ask(someone.packet(caller=b"198.51.100.1"))
        expect(enrolled.request(1)).to_contain_text("198.51.100.1")
        other.ask(someone.packet(caller=b"198.51.100.2"))
        expect(enrolled.page.locator(".warning")).to_contain_text("198.51.100.2")
        first, second = enrolled.request(0), enrolled.request(1)
        second.get_by_role("textbox").fill(number_in(there.text))
        second.get_by_role("button", name="Approve").click()
        enrolled.told("Approved")
        going_on = someone.packet(b"", state=there.state, caller=b"198.51.100.1")
        assert ACCESS_ACCEPT == other.ask(going_on).code
        first.get_by_role("textbox").fill(number_in(here.text))
        first.get_by_role("button", name="Approve").click()
        enrolled.heading("Nothing to approve")
        assert ACCESS_ACCEPT == nas.ask(someone.packet(b"", state=here.state)).code


def test_a_blocked_account_is_told_so(enrolled, someone, daemon):
    """And goes on by itself when it is blocked no more."""
    told = enrolled.page.get_by_text("Your account is blocked")
    daemon.command("account", "block", someone.name)
    expect(told).to_be_visible()
    daemon.command("account", "unblock", someone.name)
    expect(told).to_have_count(0)


def test_a_proxy_that_holds_streams_back(browser, daemon, someone):
    """Polls do as well: asked once for each change, not again and again."""
    with browser.visit(**PHONE, service_workers="block") as context, someone.nas(HELD) as nas:
        context.route("**/api/device/v1/events", lambda route: None)
        app = App(context.pages[0], daemon.url)
        app.page.clock.install()
        app.enrol(someone.invited())
        app.page.clock.fast_forward(9000)
        packet = someone.packet()
        nas.send(packet)
        app.request()
        polls = [url for url in context.asked if "/approvals?" in url]
        assert 1 < len(polls) < 5
        app.press("Deny")
        app.told("Denied")
        assert ACCESS_REJECT == nas.hear(packet).code


def test_the_server_is_away_for_a_while(enrolled, someone, daemon):
    """Told, tried again, and asked when it is back."""
    away = enrolled.page.get_by_text("No connection to the server")
    daemon.stop()
    expect(away).to_be_visible()
    daemon.start()
    expect(away).to_have_count(0)
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        enrolled.request()
        enrolled.press("Approve")
        assert ACCESS_ACCEPT == nas.hear(packet).code


def test_the_app_is_closed_and_opened_again(browser, someone, daemon):
    """The key is kept by the browser, and can be exported by nobody."""
    with browser.profile(someone.name, **PHONE) as context:
        App(context.pages[0], daemon.url).enrol(someone.invited())
    with browser.profile(someone.name, **PHONE) as context, someone.nas(HELD) as nas:
        app = App(context.pages[0], daemon.url).open()
        packet = someone.packet()
        nas.send(packet)
        app.request()
        app.press("Approve")
        assert ACCESS_ACCEPT == nas.hear(packet).code
        assert [False, "InvalidAccessError"] == app.page.evaluate(EXPORTED)
