"""Logins that want the person verified: the app in a browser that has an authenticator."""

import json
import time
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from proxy.factors.totp import read_seed
from tests.peers import access
from tests.peers.app import App
from tests.peers.browser import PHONE, Browser, needs_chromium
from tests.peers.daemon import Daemon, client
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.phone import Phone
from tests.peers.portal import Portal, code_now
from tests.scenarios.conftest import ASKED, HELD, Someone

pytestmark = [pytest.mark.scenario, needs_chromium]
TICK = "Check that it is me: fingerprint, face or PIN"
CHEATS = """async () => {
  const { Device } = await import(location.origin + "/app/device.js");
  const { get } = await import(location.origin + "/app/store.js");
  const { assert } = await import(location.origin + "/app/passkey.js");
  const { verified } = await import(location.origin + "/app/inbox.js");
  const asked = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = ({ publicKey }) =>
    asked({ publicKey: { ...publicKey, userVerification: "discouraged" } });
  const device = new Device(await get("phone"));
  const { requests: [request] } = await verified(device, await device.approvals());
  const id = await get(`passkey of ${device.phone.id}`);
  const wrapped = async ({ answer }) => ({
    type: "application/json",
    body: JSON.stringify({ answer, assertion: await assert(answer, id) }),
  });
  return device.answer(request, "approve", null, wrapped).then(() => "taken", ({ kind }) => kind);
}"""
"""Approves by an assertion for which nobody was verified; gives what the server says of it."""


@pytest.fixture(scope="module")
def daemon(slapd, tmp_path_factory):
    """One whose pages have a name: passkeys are made for names, never for addresses."""
    rule = {"directory": "corp", "number_matching": "off", "verify_user": True}
    running = Daemon(
        tmp_path_factory.mktemp("named"),
        slapd.directory_settings(),
        {"held": client(HELD, wait="20s"), "asked": client(ASKED, challenge=True, wait="20s")},
        [
            {"name": "held", "clients": ["held"], "factors": ["push"], **rule},
            {"name": "asked", "clients": ["asked"], "factors": ["push", "totp"], **rule},
        ],
        host="localhost",
    )
    try:
        yield running.start()
        assert [] == running.faults()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def browser(driver, daemon, tmp_path_factory):
    return Browser(driver, tmp_path_factory.mktemp("passkeys"), daemon.ca)


@pytest.fixture
def someone(daemon, names):
    return Someone(daemon, next(names))


class Built:
    """An authenticator built into the device, as Chromium's debugging protocol makes one."""

    def __init__(self, page, **changed):
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            **changed,
        }
        made = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._named = {"authenticatorId": made["authenticatorId"]}

    def recognises(self, it):
        """Let it verify its person from now on, or not."""
        given = {**self._named, "isUserVerified": it}
        self._session.send("WebAuthn.setUserVerified", given)

    def credentials(self):
        return self._session.send("WebAuthn.getCredentials", self._named)["credentials"]


@contextmanager
def phone(browser, daemon, **changed):
    """A browser on a device with an authenticator: the app, and that."""
    with browser.visit(**PHONE) as context:
        page = context.pages[0]
        built = Built(page, **changed)
        yield App(page, daemon.url), built
        assert [] == context.faults


def test_approved_by_a_fingerprint(browser, daemon, someone):
    """Made with the enrolment, used with the approval, kept with the answer; verified or nothing."""
    with phone(browser, daemon) as (app, built), someone.nas(HELD) as nas:
        app.enrol(someone.invited())
        (credential,) = built.credentials()
        assert "localhost" == credential["rpId"]
        expect(app.page.locator("main")).to_contain_text("can check that it is you")
        (told,) = daemon.json("device", "list", someone.name)
        assert {"synced": False, "only": False} == told["passkey"]

        packet = someone.packet()
        nas.send(packet)
        app.request()
        assert "verify-user" == app.page.evaluate(CHEATS)
        app.page.reload()
        app.request()
        built.recognises(False)
        app.press("Approve")
        app.fault("You were not verified")
        assert [] == access.faults(app.page)
        built.recognises(True)
        app.press("Approve")
        app.told("Approved")
        assert ACCESS_ACCEPT == nas.hear(packet).code
        assert built.credentials()[0]["signCount"] == _stored(daemon, "sign_count", "passkeys")
        assertion = json.loads(_stored(daemon, "assertion", "approvals"))
        assert {"id", "rawId", "type", "response"} <= assertion.keys()


def test_denied_without_one(browser, daemon, someone):
    """Whoever did not begin it need not be verified."""
    with phone(browser, daemon) as (app, built), someone.nas(HELD) as nas:
        app.enrol(someone.invited())
        built.recognises(False)
        packet = someone.packet()
        nas.send(packet)
        app.request()
        app.press("Deny")
        app.told("Denied")
        assert ACCESS_REJECT == nas.hear(packet).code


def test_a_phone_that_was_enrolled_without(browser, daemon, someone):
    """No push is sent to it: another factor serves, else the person is told where to enrol."""
    with phone(browser, daemon) as (app, built):
        app.open(f"/enroll#{someone.invited()}").heading("Enrol this phone")
        assert [] == access.faults(app.page)
        assert [] == access.overflow(app.page)
        app.page.get_by_label(TICK).uncheck()
        app.press("Enrol this phone")
        app.heading("This phone is enrolled")
        assert [] == built.credentials()
    with someone.nas(HELD) as nas:
        reply = nas.ask(someone.packet())
        assert ACCESS_REJECT == reply.code
        assert daemon.url in reply.text
    someone.enrol_totp()
    with someone.nas(ASKED) as nas:
        assert ACCESS_CHALLENGE == nas.ask(someone.packet()).code
        phone_id = daemon.json("device", "list", someone.name)[0]["id"]
        assert 0 == _stored(
            daemon, f"count(*) FILTER (WHERE device_id = '{phone_id}')", "approvals"
        )


def test_nobody_recognised_at_the_enrolment(browser, daemon, someone):
    """Nothing is enrolled, the code is not used up, and the page says what to do."""
    with phone(browser, daemon, isUserVerified=False) as (app, built):
        app.open(f"/enroll#{someone.invited()}").heading("Enrol this phone")
        app.press("Enrol this phone")
        app.fault("No passkey was made")
        assert [] == daemon.json("device", "list", someone.name)
        built.recognises(True)
        app.press("Enrol this phone")
        app.heading("This phone is enrolled")
        assert 1 == len(daemon.json("device", "list", someone.name))


def test_passkeys_that_a_cloud_account_copies(browser, daemon, someone):
    """Where they are taken no more, old ones serve no more and none enrols; one of the device does."""
    with phone(browser, daemon, defaultBackupEligibility=True) as (app, _):
        app.enrol(someone.invited())
    (told,) = daemon.json("device", "list", someone.name)
    assert told["passkey"]["synced"]
    daemon.configuration["passkey"] = {"synced": False}
    daemon.reload()
    code = someone.invited(replace=True)
    try:
        with someone.nas(HELD) as nas:
            assert ACCESS_REJECT == nas.ask(someone.packet()).code
        with phone(browser, daemon, defaultBackupEligibility=True) as (app, _):
            app.open(f"/enroll#{code}").heading("Enrol this phone")
            app.press("Enrol this phone")
            app.fault("Passkeys that are copied to other devices are not taken here")
        with phone(browser, daemon) as (app, _):
            app.enrol(code)
    finally:
        del daemon.configuration["passkey"]
        daemon.reload()


def test_the_app_is_lost_and_the_passkey_is_not(browser, daemon, someone):
    """In the portal it replaces the phone, which a code of an app may not; nobody else's does."""
    with phone(browser, daemon) as (app, built):
        app.enrol(someone.invited())
        seed = read_seed(someone.enrol_totp())
        portal = Portal(app.page, daemon.url)
        portal.sign_in(someone.name, someone.password)
        portal.type(code_now(seed, time.time()))
        portal.heading("Your second factors").follow("Replace it")
        built.recognises(False)
        portal.press("Use the passkey")
        portal.fault("No passkey was used")
        built.recognises(True)
        portal.press("Use the passkey")
        expect(app.page.get_by_role("button", name="Enrol the new phone")).to_be_visible()
        assert [] == access.faults(app.page)
        portal.press("Enrol the new phone")
        someone.phone = Phone(daemon.url, ca=daemon.ca)
        assert someone.phone.enroll(portal.link())[0] == 201
    (now,) = daemon.json("device", "list", someone.name)
    assert now["passkey"] is None


def _stored(daemon, column, table):
    """Give the newest value of a column."""
    found = daemon.database.connect().execute(
        f"SELECT {column} FROM {table} ORDER BY rowid DESC LIMIT 1"
    )
    return found.fetchone()[0]
