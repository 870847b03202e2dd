"""The portal in a browser, with a real directory, a daemon and an independent phone."""

import time

import pytest
from playwright.sync_api import expect

from proxy.factors.totp import read_seed
from proxy.store import devices
from tests.peers.browser import PHONE, needs_chromium, origins
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.phone import Phone
from tests.peers.portal import Portal, code_now
from tests.scenarios.conftest import ASKED, HELD

pytestmark = [pytest.mark.scenario, needs_chromium]


@pytest.fixture
def context(browser):
    """A browser of this person's own."""
    with browser.visit() as opened:
        yield opened


@pytest.fixture
def portal(context, daemon):
    """The portal; nothing was thrown in it, and nothing asked of anybody else."""
    yield Portal(context.pages[0], daemon.url)
    assert [] == context.faults
    assert {daemon.url} == origins(context.asked)


@pytest.fixture
def inside(portal, someone):
    """The portal of somebody who signed in by phone."""
    someone.enrol_phone()
    portal.open().heading("Sign in")
    portal.enter(someone)
    portal.heading("Your second factors")
    return portal


def test_a_sign_in_goes_on_by_itself(inside, someone):
    """Once the phone has answered, without a press; the phone showed where it comes from."""
    expect(inside.page.locator(".person")).to_have_text(someone.name)
    inside.press("Sign out")
    inside.note("You are signed out.")


def test_a_sign_in_without_scripts(browser, daemon, someone):
    """The page is pressed on."""
    someone.enrol_phone()
    with browser.visit(java_script_enabled=False) as context:
        portal = Portal(context.pages[0], daemon.url)
        portal.sign_in(someone.name, someone.password)
        portal.heading("Answer on your phone")
        assert someone.phone.answer(someone.asked(), "approve", portal.number()) == 204
        portal.press("I have approved, continue")
        portal.heading("Your second factors")


def test_a_form_of_ours_says_where_it_comes_from(inside, context):
    """Browsers send the origin with it: another site's would be told apart."""
    sent = []
    context.on("request", lambda one: sent.append(one.all_headers()) if one.method == "POST" else 0)
    inside.press("Sign out")
    inside.heading("Sign in")
    assert [inside.url] == [headers["origin"] for headers in sent]


def test_another_sites_page_reaches_nothing(inside, context):
    """Neither its form nor its frame: the cookie stays, the session goes on."""
    page = context.new_page()
    page.goto("data:text/html,<title>evil</title>")
    page.evaluate(
        """url => { const form = document.createElement("form");
        form.method = "post"; form.action = url + "/sign-out"; document.body.append(form);
        form.submit() }""",
        inside.url,
    )
    page.wait_for_url(f"{inside.url}/**")
    expect(page.get_by_role("alert")).to_contain_text("another site")
    page.close()
    inside.open().heading("Your second factors")


def test_an_app_is_enrolled_and_used_over_radius(inside, someone):
    """By its QR code or text and a confirming code; then a NAS asks for codes of it."""
    inside.follow("Enrol an app")
    inside.press("Show the code")
    seed = inside.seed()
    width = inside.page.evaluate("document.querySelector('.qr').naturalWidth")
    assert width > 100
    inside.page.get_by_label("Code that the app shows now").fill("000000")
    inside.press("Confirm")
    inside.fault("not the code that the app shows")
    code = code_now(seed, time.time())
    inside.page.get_by_label("Code that the app shows now").fill(code)
    inside.press("Confirm")
    inside.note("Your app is enrolled.")
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet())
        assert ACCESS_CHALLENGE == challenge.code
        used = nas.ask(someone.packet(code, state=challenge.state))
        assert ACCESS_CHALLENGE == used.code, "the confirming code serves no login"
        later = code_now(seed, time.time() + 30)
        assert ACCESS_ACCEPT == nas.ask(someone.packet(later, state=used.state)).code


def test_recovery_codes_let_in_once(inside, browser, someone):
    """Ten, printable; one of them signs in elsewhere, and leads to another phone."""
    inside.follow("Make recovery codes")
    inside.press("Make new codes")
    codes = inside.codes()
    assert 10 == len(codes)
    expect(inside.page.get_by_role("button", name="Print")).to_be_visible()
    with browser.visit(**PHONE) as other:
        elsewhere = Portal(other.pages[0], inside.url)
        elsewhere.sign_in(someone.name, someone.password)
        elsewhere.type(codes[0])
        elsewhere.heading("Your second factors")
        expect(elsewhere.page.get_by_text("9 left")).to_be_visible()
        elsewhere.follow("Replace it")
        elsewhere.press("Enrol the new phone")
        elsewhere.heading("Scan with your phone")


def test_a_phone_is_replaced(inside, daemon, someone):
    """After the old one approved, which is told and refused; its session is over, too."""
    inside.follow("Replace it")
    inside.press("Enrol the new phone")
    new = Phone(daemon.url, ca=daemon.ca)
    assert new.enroll(inside.link())[0] == 201
    inside.note("You have a second factor now. Sign in with it.")
    status, _, told = someone.phone.proved("GET", "/api/device/v1/approvals")
    assert (401, True) == (status, b"device-retired" in told)
    someone.phone = new
    with someone.nas(HELD) as nas:
        someone.answer_soon()
        assert ACCESS_ACCEPT == nas.ask(someone.packet()).code


def test_a_change_wants_a_fresh_proof_of_the_phone(portal, daemon, someone):
    """Whoever came in by the app cannot replace the phone; the phone's approval can."""
    someone.enrol_phone()
    seed = read_seed(someone.enrol_totp())
    portal.sign_in(someone.name, someone.password)
    portal.type(code_now(seed, time.time()))
    portal.heading("Your second factors").follow("Replace it")
    portal.follow("Prove it")
    portal.heading("Prove that it is you")
    portal.page.get_by_label("Password").fill(someone.password)
    portal.press("Continue")
    assert someone.phone.answer(someone.asked(), "approve", portal.number()) == 204
    portal.heading("Replace your phone")
    portal.press("Enrol the new phone")
    portal.heading("Scan with your phone")


def test_the_thief_with_the_password_after_a_revocation(portal, daemon, someone):
    """The phone was revoked: neither the portal nor a NAS lets the password alone do anything."""
    someone.enrol_phone()
    daemon.database.now(lambda s: devices.retire(s, someone.phone.id, "revoked", time.time()))
    portal.sign_in(someone.name, someone.password)
    portal.fault("Ask your administrator for an invitation")
    for path in ("/", "/phone", "/totp", "/recovery", "/logins"):
        portal.open(path).heading("Sign in")
    with someone.nas(HELD) as nas:
        assert ACCESS_REJECT == nas.ask(someone.packet()).code
    assert someone.phone.proved("GET", "/api/device/v1/approvals")[0] == 401


def test_a_login_is_reported(inside, daemon, someone):
    """It is in the list with place and NAS; the log warns of it."""
    with someone.nas(HELD) as nas:
        nas.ask(someone.packet("wrong", caller=b"203.0.113.9"))
    before = len(daemon.text())
    inside.follow("Logins")
    first = inside.page.get_by_role("listitem").filter(has_text="203.0.113.9")
    expect(first).to_contain_text("Refused: wrong password")
    expect(first).to_contain_text("held")
    first.get_by_role("button").click()
    inside.note("change your password now")
    assert someone.name in daemon.said("was not theirs", before)
    inside.follow("Logins")
    expect(first).to_contain_text("Reported as not yours")


def test_signing_out_everywhere(inside, browser, someone):
    """The other browser is out too."""
    with browser.visit() as other:
        elsewhere = Portal(other.pages[0], inside.url)
        elsewhere.enter(someone)
        elsewhere.heading("Your second factors")
        elsewhere.press("Sign out everywhere")
        elsewhere.note("You are signed out everywhere.")
    inside.open().heading("Sign in")
    assert f"{inside.url}/sign-in" == inside.page.url


def test_by_keyboard_alone(portal, someone):
    """From the first key to the last: each field and button is reached, and seen to be."""
    codes = someone.recovery_codes()
    portal.open().heading("Sign in")
    keys = portal.page.keyboard
    field = portal.page.locator("input:focus")
    expect(field).to_have_count(1)
    keys.type(someone.name)
    keys.press("Tab")
    keys.type(someone.password)
    keys.press("Enter")
    portal.heading("Your code")
    expect(field).to_have_count(1)
    keys.type(codes[0])
    keys.press("Enter")
    portal.heading("Your second factors")
    keys.press("Tab")
    expect(portal.page.locator(":focus")).to_have_text("Skip to the content")
    keys.press("Enter")
    expect(portal.page.locator("main")).to_be_focused()
    keys.press("Tab")
    expect(portal.page.locator(":focus")).to_have_text("Enrol a phone")
    keys.press("Enter")
    portal.heading("Enrol a phone")


def test_nothing_secret_is_in_the_log(inside, daemon, someone):
    """No password, code, id of a session or link."""
    token = next(one for one in inside.page.context.cookies() if one["name"].endswith("-session"))
    inside.follow("Make recovery codes")
    inside.press("Make new codes")
    inside.heading("Your recovery codes")
    text = daemon.text()
    for secret in (someone.password, token["value"], *inside.codes()):
        assert secret not in text
