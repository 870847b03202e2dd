"""How a phone comes to its key in the authenticator web app, and how it loses it again."""

import pytest
import segno
from playwright.sync_api import expect

from proxy.crockford import encode, normalise
from tests.peers.app import App
from tests.peers.browser import PHONE, Browser, needs_chromium
from tests.peers.nas import ACCESS_ACCEPT
from tests.scenarios.conftest import ASKED, HELD

pytestmark = [pytest.mark.scenario, needs_chromium]

IPHONE = {
    **PHONE,
    "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
}
DATABASES = "indexedDB.databases().then((found) => found.map((one) => one.name))"
READ = """async (texts) => {
  const { normalise } = await import(location.origin + "/app/crockford.js");
  return texts.map(normalise);
}"""


@pytest.fixture
def app(browser, daemon):
    """The app in a browser that never saw it."""
    with browser.visit(**PHONE) as context:
        yield App(context.pages[0], daemon.url)
        assert [] == context.faults


def test_the_code_leaves_the_address_and_the_history_at_once(app, someone):
    """Before anything is pressed: nobody who goes back finds it; it is not told to the server."""
    code = someone.invited()
    app.open("/healthz").open(f"/enroll#{code}").heading("Enrol this phone")
    assert f"{app.url}/enroll" == app.page.url
    app.page.go_back()
    app.page.go_forward()
    app.heading("Enrol this phone")
    assert f"{app.url}/enroll" == app.page.url
    assert not [url for url in app.page.context.asked if code in url]


def test_a_link_opens_in_the_app_that_is_open(app, someone):
    """Typed over the address, so that only its fragment changes."""
    app.open("/enroll").heading("Enrol this phone")
    app.page.evaluate("code => { location.hash = code }", someone.invited())
    expect(app.page.get_by_label("A name for this phone")).to_be_visible()
    assert "#" not in app.page.url


def test_a_code_is_typed_in_groups_and_checked_while_typed(app, someone):
    """O is 0, I and L are 1; what can be no character is told at once."""
    code = someone.invited()
    app.open().heading("Enrol this phone")
    field = app.page.get_by_label("Code or link")
    field.press_sequentially(code[:6].lower().replace("0", "o").replace("1", "l"))
    expect(field).to_have_value(f"{code[:4]}-{code[4:6]}")
    expect(app.page.get_by_text("6 of 26 characters")).to_be_visible()
    field.press_sequentially("u")
    app.fault("A code has no U.")
    field.press("Backspace")
    expect(app.page.locator(".fault", has_text="no U")).to_have_count(0)
    app.press("Go on")
    app.fault("26 characters; 6 are here")
    field.press_sequentially(code[6:])
    expect(field).to_have_value("-".join(code[at : at + 4] for at in range(0, 26, 4)))
    app.press("Go on")
    app.press("Enrol this phone")
    app.heading("This phone is enrolled")


def test_codes_are_read_as_the_server_reads_them(app):
    """Both sides of the same rules."""
    good = encode(bytes(range(16)))
    texts = [good, good.lower(), "-".join(good), good.replace("0", "O"), good.replace("1", "l")]
    texts += [good[:-1], good + "0", good[:-1] + "U", good[:-1] + "É", "", "I" * 26]
    app.open("/healthz")
    assert [normalise(text, 26) for text in texts] == app.page.evaluate(READ, texts)


def test_a_link_is_pasted(app, someone):
    """The whole of it; one of another server is refused."""
    app.open().heading("Enrol this phone")
    code = someone.invited()
    field = app.page.get_by_label("Code or link")
    field.fill(f"https://mfa.example.org/enroll#{code}")
    app.fault("belongs to another server")
    field.fill("")
    app.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    app.page.evaluate("text => navigator.clipboard.writeText(text)", f"{app.url}/enroll#{code}")
    app.press("Paste")
    app.press("Go on")
    expect(app.page.get_by_label("A name for this phone")).to_be_visible()


def test_a_link_is_scanned(browser, daemon, someone, tmp_path):
    """By this device's camera; the camera is off afterwards."""
    film = tmp_path / "code.y4m"
    film.write_bytes(filmed(f"{daemon.url}/enroll#{someone.invited()}"))
    switches = (
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
        "--use-fake-ui-for-media-stream",
    )
    with browser.profile(someone.name, switches=switches, **PHONE) as context:
        app = App(context.pages[0], daemon.url).open().heading("Enrol this phone")
        app.press("Scan a QR code")
        expect(app.page.get_by_label("A name for this phone")).to_be_visible()
        app.press("Enrol this phone")
        app.heading("This phone is enrolled")
        expect(app.page.locator("video")).to_have_count(0)


def filmed(text, scale=8):
    """Give a film of one picture, a QR code (YUV4MPEG2)."""
    rows = [list(row) for row in segno.make(text, error="m").matrix_iter(scale=scale, border=6)]
    size = len(rows)
    luma = b"".join(bytes(16 if dark else 235 for dark in row) for row in rows)
    frame = b"FRAME\n" + luma + b"\x80" * (size * size // 2)
    return f"YUV4MPEG2 W{size} H{size} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 3


def test_without_a_camera_it_says_so(app):
    """And the code can be typed."""
    app.open().heading("Enrol this phone")
    app.press("Scan a QR code")
    app.fault("The camera cannot be used")
    assert app.kept() is None


def test_a_code_that_is_used_up(app, someone):
    """Told in words; no phone is kept."""
    code = someone.invited()
    someone.invited()
    app.open(f"/enroll#{code}").heading("Enrol this phone")
    app.press("Enrol this phone")
    app.fault("used up or too old")
    assert app.kept() is None
    assert app.kept("candidate") is None


def test_a_clock_that_is_wrong_is_corrected_once(app, someone):
    """An hour behind: enrolled, and asked, all the same."""
    app.page.clock.install(time="2020-01-01T00:00:00Z")
    app.enrol(someone.invited())
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        expect(app.request().get_by_role("timer")).to_contain_text("2:0")
        app.press("Approve")
        app.told("Approved")
        assert ACCESS_ACCEPT == nas.hear(packet).code


def test_what_is_lost_with_the_storage_is_said(app, someone):
    """Before the key is made, and it is asked to be kept."""
    app.page.add_init_script(
        "window.asked = 0; navigator.storage.persist = async () => { window.asked += 1; return true }"
    )
    app.open(f"/enroll#{someone.invited()}").heading("Enrol this phone")
    expect(app.page.get_by_text("gone for good")).to_be_visible()
    app.press("Enrol this phone")
    app.heading("This phone is enrolled")
    assert 1 == app.page.evaluate("window.asked")
    expect(app.page.get_by_text("has not promised to keep it")).to_be_visible()


def test_recovery_codes_are_issued_with_the_phone(app, someone):
    """Once, to be written down; one of them lets in without the phone. Later there are none."""
    app.open(f"/enroll#{someone.invited()}").heading("Enrol this phone")
    app.press("Enrol this phone")
    app.heading("This phone is enrolled")
    app.press("Show my recovery codes")
    codes = app.page.locator(".recovery li")
    expect(codes).to_have_count(10)
    code = codes.first.inner_text()
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet())
        assert ACCESS_ACCEPT == nas.ask(someone.packet(code, state=challenge.state)).code
    app.open(f"/enroll#{someone.invited(replace=True)}").heading("Enrol this phone")
    app.press("Enrol this phone")
    app.heading("This phone is enrolled")
    expect(app.page.get_by_role("button", name="Show my recovery codes")).to_have_count(0)


def test_the_link_of_a_terminal_is_still_shown(app, someone):
    """With the code, to be copied."""
    code = someone.invited()
    app.open(f"/enroll#{code}").heading("Enrol this phone")
    app.page.get_by_text("A phone in a terminal instead").click()
    expect(
        app.page.get_by_text(f"countersign phone enroll '{app.url}/enroll#{code}'")
    ).to_be_visible()


@pytest.mark.parametrize("where", ["/enroll", "/app/"])
def test_in_safari_on_ios_no_key_is_made(browser, daemon, someone, where):
    """The code is shown, to be copied, and is not used up; nothing is kept."""
    code = someone.invited()
    with browser.visit(**IPHONE) as context:
        app = App(context.pages[0], daemon.url).open(f"{where}#{code}")
        app.heading("Add Countersign to your home screen")
        assert code == app.page.locator("#code").inner_text().replace("\n", "").replace(" ", "")
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        app.press("Copy the code")
        app.press("Copied")
        assert code == app.page.evaluate("navigator.clipboard.readText()").replace("-", "")
        assert f"{app.url}/app/" == app.page.url
        assert [] == app.page.evaluate(DATABASES)
        assert not [url for url in context.asked if "/api/" in url]
    with browser.visit(**IPHONE) as context:
        context.add_init_script("Object.defineProperty(navigator, 'standalone', { value: true })")
        app = App(context.pages[0], daemon.url).open().heading("Enrol this phone")
        app.page.get_by_label("Code or link").fill(code)
        app.press("Go on")
        app.press("Enrol this phone")
        app.heading("This phone is enrolled")


def test_a_phone_is_replaced(browser, daemon, someone):
    """The old one is told, and refused; the new one answers."""
    with browser.visit(**PHONE) as first, browser.visit(**PHONE) as second:
        old = App(first.pages[0], daemon.url).enrol(someone.invited())
        new = App(second.pages[0], daemon.url)
        new.open(f"/enroll#{someone.invited(replace=True)}").heading("Enrol this phone")
        new.press("Enrol this phone")
        new.heading("This phone is enrolled")
        old.heading("This phone is no longer enrolled")
        new.press("Go on")
        new.heading("Nothing to approve")
        with someone.nas(HELD) as nas:
            packet = someone.packet()
            nas.send(packet)
            new.request()
            old.open().heading("This phone is no longer enrolled")
            new.press("Approve")
            assert ACCESS_ACCEPT == nas.hear(packet).code
        old.press("Start anew")
        old.heading("Enrol this phone")
        assert old.kept() is None


def test_a_second_phone_wants_a_link_that_replaces(app, someone):
    """An ordinary one is refused while the first is enrolled."""
    code = someone.invited()
    someone.enrol_phone()
    app.open(f"/enroll#{code}").heading("Enrol this phone")
    app.press("Enrol this phone")
    expect(app.page.locator(".fault:not(:empty)")).to_be_visible()
    assert app.kept() is None


def test_a_phone_takes_its_own_place(app, someone):
    """The same browser again: told which phone it holds; a failure leaves that one as it was."""
    app.enrol(someone.invited())
    before = app.kept()["id"]
    app.open(f"/enroll#{someone.invited(replace=True)}").heading("Enrol this phone")
    expect(app.page.get_by_text(f"holds the phone of {someone.name} already")).to_be_visible()
    someone.invited(replace=True)
    app.press("Enrol this phone")
    app.fault("used up or too old")
    assert before == app.kept()["id"]
    app.enrol(someone.invited(replace=True))
    assert before != app.kept()["id"]


def test_unenrolled(app, someone):
    """Not where it is the last factor; else the key is gone, here and there."""
    app.enrol(someone.invited())
    app.page.get_by_text("About this phone").click()
    app.press("Unenrol this phone")
    app.press("Unenrol")
    app.fault("only second factor")
    someone.enrol_totp()
    app.press("Unenrol")
    app.heading("Enrol this phone")
    app.told("unenrolled")
    assert app.kept() is None
    app.open().heading("Enrol this phone")


def test_without_a_service_worker(driver, daemon, someone, tmp_path):
    """Where the person went past a certificate's warning there is none: all else goes on."""
    strange = Browser(driver, tmp_path)
    with strange.visit(**PHONE, ignore_https_errors=True) as context, someone.nas(HELD) as nas:
        app = App(context.pages[0], daemon.url).enrol(someone.invited())
        packet = someone.packet()
        nas.send(packet)
        app.request()
        app.press("Approve")
        app.told("Approved")
        assert ACCESS_ACCEPT == nas.hear(packet).code
        assert [] == context.service_workers


def test_a_browser_that_keeps_nothing(app, someone):
    """Told so; the code is not used up."""
    app.page.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }"
    )
    app.open(f"/enroll#{someone.invited()}").heading("This browser cannot be a phone")
    assert not [url for url in app.page.context.asked if "/api/" in url]
