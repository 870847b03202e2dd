"""
The app closed and woken: notices turned on by a tap, a login, the message, the notice, the answer.

Chromium's own push service is out of reach here, so the page's PushManager gives the subscription
that a browser would have made with the tests' push service; what that service got is then handed to
the service worker, as the browser does. All else is real.
"""

import json

import pytest
from playwright.sync_api import expect

from tests.peers.app import App
from tests.peers.browser import PHONE, Browser, needs_chromium, until
from tests.peers.nas import ACCESS_ACCEPT
from tests.peers.phone import b64
from tests.peers.push_service import BrowserKeys, verified_token
from tests.scenarios.conftest import HELD, Someone
from tests.scenarios.test_app_access import CLICK, NOTICES, pusher

pytestmark = [pytest.mark.scenario, needs_chromium]

SUBSCRIBING = """(() => {
  const made = () => Number(localStorage.getItem("made") ?? 0);
  const told = %s;
  const subscription = () => ({
    endpoint: `${told.endpoint}/${made()}`,
    options: { applicationServerKey: new Uint8Array(JSON.parse(localStorage.getItem("bound"))).buffer },
    toJSON: () => ({ ...told, endpoint: `${told.endpoint}/${made()}` }),
    unsubscribe: async () => (localStorage.removeItem("bound"), true),
  });
  PushManager.prototype.getSubscription = async () =>
    localStorage.getItem("bound") === null ? null : subscription();
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
    if (!userVisibleOnly) throw new DOMException("no", "NotAllowedError");
    localStorage.setItem("bound", JSON.stringify([...new Uint8Array(applicationServerKey)]));
    localStorage.setItem("made", made() + 1);
    return subscription();
  };
})()"""
BOUND = """JSON.parse(localStorage.getItem("bound"))"""
MOVING = """async (told) => {
  const { pushManager } = self.registration;
  pushManager.getSubscription = async () => null;
  pushManager.subscribe = async () => ({ endpoint: told.endpoint, toJSON: () => told });
  const moved = new ExtendableEvent("pushsubscriptionchange");
  let done;
  moved.waitUntil = (work) => (done = work);
  self.dispatchEvent(moved);
  await done;
}"""
RETIRED = (
    "This phone is no longer enrolled. If you did not replace it, tell your administrator at once."
)


@pytest.fixture(scope="module")
def trusting(driver, pushing, tmp_path_factory):
    return Browser(driver, tmp_path_factory.mktemp("browser"), pushing.ca)


class Phone:
    """A browser with the app in it, whose push service is the tests' own."""

    def __init__(self, context, daemon, service, name):
        self.context, self.keys = context, BrowserKeys()
        self.someone = Someone(daemon, name)
        endpoint = service.url(path=f"/push/{name}")
        told = json.dumps(self.keys.subscription(endpoint))
        context.grant_permissions(["notifications"], origin=daemon.url)
        context.add_init_script(SUBSCRIBING % told)
        self.app = App(context.pages[0], daemon.url).enrol(self.someone.invited())

    def turn_on(self):
        self.app.press("Turn on notices")
        expect(self.app.page.get_by_role("button", name="Turn off notices")).to_be_focused()

    def opened(self, message):
        return json.loads(self.keys.opened(message.body))


@pytest.fixture
def phone(trusting, pushing, push_service, names):
    with trusting.visit(**PHONE) as context:
        yield Phone(context, pushing, push_service, next(names))
        assert [] == context.faults


def test_the_app_is_woken_for_a_login(phone, push_service, pushing):
    """From the tap to the Access-Accept."""
    app, page = phone.app, phone.app.page
    phone.turn_on()
    push = pusher(phone.context, app)
    with phone.someone.nas(HELD) as nas:
        page.goto(f"{pushing.url}/app/#/")
        nas.send(phone.someone.packet())
        message = push_service.message()
        bound = b64(bytes(page.evaluate(BOUND)))
        verified_token(message.headers["authorization"], bound, push_service.origin())
        assert {"v": 1} == phone.opened(message)
        approval = app.request().get_attribute("id").removeprefix("request-")
        push()
        shown = [["Is this you?", "A login to held from 192.0.2.77", approval]]
        assert shown == until(page, NOTICES)
        phone.context.service_workers[0].evaluate(CLICK)
        page.wait_for_url(f"{pushing.url}/app/#/approvals/{approval}")
        app.press("Approve")
        app.told("Approved")
        assert ACCESS_ACCEPT == nas.receive(5)[0]


def test_a_subscription_that_was_dropped_is_made_anew(phone, push_service):
    """When the app is opened after a 410; one that is good is only told again."""
    phone.turn_on()
    with phone.app.page.expect_response("**/push-subscription"):
        phone.app.open()
    push_service.answers = [410]
    with phone.someone.nas(HELD) as nas:
        packet = phone.someone.packet()
        nas.send(packet)
        assert push_service.message().path.endswith("/1")
        phone.app.request()
        phone.app.press("Approve")
        phone.app.told("Approved")
        assert ACCESS_ACCEPT == nas.hear(packet).code
        with phone.app.page.expect_response("**/push-subscription") as told:
            phone.app.open()
        assert 204 == told.value.status
        nas.send(phone.someone.packet())
        assert push_service.message().path.endswith("/2")


def test_notices_turned_off(phone, push_service):
    """The server forgets where the phone was woken, and does so after the app was opened again."""
    phone.turn_on()
    phone.app.press("Turn off notices")
    expect(phone.app.page.get_by_role("button", name="Turn on notices")).to_be_focused()
    phone.app.open().heading("Nothing to approve")
    expect(phone.app.page.get_by_role("button", name="Turn on notices")).to_be_visible()
    with phone.someone.nas(HELD) as nas:
        nas.send(phone.someone.packet())
        phone.app.request()
        assert push_service.message(1) is None


def test_a_phone_that_was_revoked_is_told(phone, push_service, pushing):
    """By one last push, whose notice says so."""
    phone.turn_on()
    push = pusher(phone.context, phone.app)
    pushing.command("device", "revoke", phone.app.kept()["id"])
    assert {"v": 1} == phone.opened(push_service.message())
    push()
    assert [["Countersign", RETIRED, "countersign"]] == until(phone.app.page, NOTICES)


def test_notices_that_are_not_allowed(trusting, pushing, names):
    """The app says where they are allowed, and works without."""
    with trusting.visit(**PHONE) as context:
        context.add_init_script(
            """Object.defineProperty(Notification, "permission", { get: () => "denied" });"""
        )
        app = App(context.pages[0], pushing.url).enrol(Someone(pushing, next(names)).invited())
        expect(app.page.get_by_text("Notices are not allowed for this site.")).to_be_visible()


def test_a_browser_without_web_push(trusting, pushing, names):
    """As Safari outside the home screen."""
    with trusting.visit(**PHONE) as context:
        context.add_init_script("delete ServiceWorkerRegistration.prototype.pushManager;")
        app = App(context.pages[0], pushing.url).enrol(Someone(pushing, next(names)).invited())
        expect(app.page.get_by_text("shows no notices while the app is closed")).to_be_visible()


def test_a_subscription_that_its_service_moved(phone, push_service):
    """The service worker tells the server, though the app is closed."""
    phone.turn_on()
    worker = phone.context.service_workers[0]
    worker.evaluate(MOVING, phone.keys.subscription(push_service.url(path="/push/moved")))
    with phone.someone.nas(HELD) as nas:
        nas.send(phone.someone.packet())
        assert "/push/moved" == push_service.message().path
