"""The authenticator web app for everybody: keyboard, screen readers, small screens, no network, closed."""

import pytest
from playwright.sync_api import expect

from tests.peers import access
from tests.peers.app import App, number_in
from tests.peers.browser import DESKTOP, PHONE, needs_chromium, origins, until
from tests.peers.nas import ACCESS_ACCEPT
from tests.scenarios.conftest import ASKED, HELD
from tests.scenarios.test_app_enrolment import IPHONE

pytestmark = [pytest.mark.scenario, needs_chromium]

NOTICES = """navigator.serviceWorker.ready
  .then((registration) => registration.getNotifications())
  .then((found) => found.map((one) => [one.title, one.body, one.tag]))"""
NOTHING_WAITS = ["Countersign", "A login had asked for you. It waits no more.", "countersign"]
MAY_WAIT = ["Countersign", "A login may wait for your answer.", "countersign"]
CLICK = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""
OFFER = """() => {
  window.prompted = 0;
  const event = new Event("beforeinstallprompt", { cancelable: true });
  event.prompt = async () => { window.prompted += 1 };
  dispatchEvent(event);
}"""
FORGET = """import(location.origin + "/app/store.js").then((store) => store.remove("phone"))"""
CACHED = """caches.keys().then(async (names) => {
  const found = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return found.flat().map((request) => request.url);
})"""


def good(app):
    """Nothing serious is wrong with the page as it is now."""
    assert [] == access.faults(app.page)
    assert [] == access.overflow(app.page)


def test_no_page_has_a_serious_fault(browser, daemon, someone):
    """Every state that a person may see, in light and dark, and on 320 pixels."""
    with browser.visit(**PHONE) as context, someone.nas(ASKED) as nas, someone.nas(ASKED) as other:
        app = App(context.pages[0], daemon.url).open().heading("Enrol this phone")
        app.page.get_by_label("Code or link").press_sequentially("ABCDU")
        app.press("Scan a QR code")
        app.fault("The camera cannot be used")
        good(app)
        app.open(f"/enroll#{someone.invited()}").heading("Enrol this phone")
        app.page.get_by_text("A phone in a terminal instead").click()
        good(app)
        app.press("Enrol this phone")
        good(app.heading("This phone is enrolled"))
        app.press("Show my recovery codes")
        expect(app.page.locator(".recovery li")).to_have_count(10)
        good(app)
        app.press("Go on")
        app.heading("Nothing to approve")
        app.page.get_by_text("About this phone").click()
        good(app)
        app.press("Unenrol this phone")
        good(app)
        app.press("Keep it")
        nas.ask(someone.packet())
        app.request()
        app.press("Approve")
        app.fault("Type all 6 digits")
        other.ask(someone.packet(caller=b"198.51.100.1"))
        other.ask(someone.packet(caller=b"198.51.100.2"))
        expect(app.page.locator(".warning")).to_be_visible()
        app.request(1)
        good(app)
        app.page.get_by_role("button", name="This was not me").first.click()
        app.told("knows your password")
        good(app)
        daemon.command("device", "revoke", app.kept()["id"])
        good(app.heading("This phone is no longer enrolled"))
        assert {daemon.url} == origins(context.asked)
    with browser.visit(**IPHONE) as context:
        app = App(context.pages[0], daemon.url).open(f"/enroll#{someone.invited(replace=True)}")
        good(app.heading("Add Countersign to your home screen"))


def test_with_the_keyboard_alone(browser, daemon, someone):
    """From the link to the login; the focus is seen, and goes to what is asked."""
    with browser.visit(**DESKTOP) as context, someone.nas(ASKED) as nas:
        app = App(context.pages[0], daemon.url).open(f"/enroll#{someone.invited()}")
        app.heading("Enrol this phone")
        keys = app.page.keyboard
        walk(app.page, "A name for this phone")
        keys.press("Enter")
        app.heading("This phone is enrolled")
        walk(app.page, "Go on")
        keys.press("Enter")
        app.heading("Nothing to approve")
        challenge = nas.ask(someone.packet())
        app.request()
        expect(app.page.get_by_label("Number shown at the login")).to_be_focused()
        assert "none" != app.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        keys.type(number_in(challenge.text))
        keys.press("Enter")
        app.told("Approved")
        assert ACCESS_ACCEPT == nas.ask(someone.packet(b"", state=challenge.state)).code
        nas.ask(someone.packet())
        app.request()
        walk(app.page, "Deny")
        keys.press("Space")
        app.told("Denied")


def walk(page, name):
    """Press Tab until something of this name has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
              const one = document.activeElement;
              return (one.labels?.[0] ?? one).textContent.trim();
            }"""
        )
        if focused == name:
            return
    pytest.fail(f"Tab never came to {name}")


def test_a_screen_reader_is_told(browser, daemon, someone):
    """Of a request at once, of what came of the answer, of what is wrong with a field."""
    with browser.visit(**PHONE) as context, someone.nas(ASKED) as nas:
        app = App(context.pages[0], daemon.url).enrol(someone.invited())
        nas.ask(someone.packet())
        expect(app.page.locator("#alert")).to_have_text(
            "Is this you? A login to asked from 192.0.2.77 waits for your answer. "
            "You never logged in from there before."
        )
        field = app.page.get_by_label("Number shown at the login")
        expect(field).to_have_accessible_description(
            "The login shows 6 digits. Type them here only if you see them yourself."
        )
        app.press("Approve")
        expect(field).to_be_focused()
        assert "true" == field.get_attribute("aria-invalid")
        expect(app.page.get_by_role("alert").filter(has_text="Type all 6")).to_be_visible()
        app.press("Deny")
        expect(app.page.locator("#status")).to_have_text("Denied. The login is refused.")
        expect(app.page.get_by_role("heading", level=1)).to_be_focused()


def test_it_opens_without_a_network(browser, daemon, someone):
    """With all that it is made of, and nothing of the API is kept; back online it goes on."""
    with browser.visit(**PHONE) as context, someone.nas(HELD) as nas:
        app = App(context.pages[0], daemon.url).enrol(someone.invited())
        app.page.evaluate("navigator.serviceWorker.ready")
        until(app.page, "navigator.serviceWorker.controller !== null")
        assert not [url for url in app.page.evaluate(CACHED) if "/api/" in url]
        context.set_offline(True)
        app.open().heading("Nothing to approve")
        expect(app.page.get_by_text("No connection to the server")).to_be_visible()
        context.set_offline(False)
        expect(app.page.get_by_text("No connection to the server")).to_have_count(0)
        nas.send(someone.packet())
        app.request()


def test_a_push_shows_a_notice_which_opens_the_request(browser, daemon, someone):
    """The app looks elsewhere; the payload says nothing; the notice goes with the request."""
    with browser.visit(**PHONE) as context, someone.nas(HELD) as nas:
        context.grant_permissions(["notifications"], origin=daemon.url)
        app = App(context.pages[0], daemon.url).enrol(someone.invited())
        push = pusher(context, app)
        app.page.goto(f"{daemon.url}/app/#/")
        nas.send(someone.packet())
        approval = app.request().get_attribute("id").removeprefix("request-")
        push()
        shown = [["Is this you?", "A login to held from 192.0.2.77", approval]]
        assert shown == until(app.page, NOTICES)
        context.service_workers[0].evaluate(CLICK)
        app.page.wait_for_url(f"{daemon.url}/app/#/approvals/{approval}")
        app.press("Deny")
        app.told("Denied")
        until(app.page, NOTICES, lambda found: found == [])


def test_every_push_shows_a_notice(browser, daemon, someone):
    """Where nothing waits any more, and where the requests could not be fetched."""
    with browser.visit(**PHONE) as context:
        context.grant_permissions(["notifications"], origin=daemon.url)
        app = App(context.pages[0], daemon.url).enrol(someone.invited())
        push = pusher(context, app)
        push()
        assert [NOTHING_WAITS] == until(app.page, NOTICES)
        app.page.evaluate(FORGET)
        push()
        until(app.page, NOTICES, lambda found: found == [MAY_WAIT])


def pusher(context, app):
    """Give what delivers a push to the app's service worker, as the browser does."""
    until(app.page, "navigator.serviceWorker.controller !== null")
    registrations = []
    session = context.new_cdp_session(app.page)
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(told["registrations"]),
    )
    session.send("ServiceWorker.enable")
    while not registrations:
        app.page.wait_for_timeout(50)
    number = registrations[-1]["registrationId"]
    told = {"origin": app.url, "registrationId": number, "data": '{"v": 1}'}
    return lambda: session.send("ServiceWorker.deliverPushMessage", told)


def test_it_can_be_installed(browser, daemon, someone):
    """The browser has nothing against it; where it offers that, the person is told, once."""
    with browser.profile(someone.name, **PHONE) as context:
        app = App(context.pages[0], daemon.url).enrol(someone.invited())
        app.page.evaluate("navigator.serviceWorker.ready")
        session = context.new_cdp_session(app.page)
        asked = "Page.getInstallabilityErrors"
        assert [] == session.send(asked)["installabilityErrors"]
        manifest = session.send("Page.getAppManifest")
        assert ([], f"{daemon.url}/app/manifest.webmanifest") == (
            manifest["errors"],
            manifest["url"],
        )
        button = app.page.get_by_role("button", name="Add to the home screen")
        app.page.evaluate(OFFER)
        button.click()
        assert 1 == app.page.evaluate("window.prompted")
        expect(button).to_be_hidden()
        app.open("/healthz")
        assert session.send(asked)["installabilityErrors"]


def test_the_checks_find_what_is_wrong(browser, daemon):
    """A picture without a text, and a row that is too wide."""
    with browser.visit() as context:
        app = App(context.pages[0], daemon.url).open().heading("Enrol this phone")
        app.page.evaluate("document.querySelector('main').append(new Image(900, 9))")
        assert {"image-alt"} == {found[1] for found in access.faults(app.page)}
        assert access.overflow(app.page)
