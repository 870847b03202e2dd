"""
The pictures of the documents, taken from the real app: `make pictures`.

A daemon, a directory and a browser are started; a person enrols and is asked. Phones are 390 pixels
wide, pictures in light colours.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.peers.app import App, number_in
from tests.peers.browser import Browser
from tests.peers.daemon import SECRET, Daemon, client, free_port
from tests.peers.nas import CALLING_STATION_ID, USER_NAME, Nas, request
from tests.peers.slapd import Slapd

OUT = Path("docs/pictures")
HOST, SOURCE, CALLER = "mfa.example.org", "127.0.0.10", b"203.0.113.7"
SCREEN = {"viewport": {"width": 390, "height": 700}, "is_mobile": True, "has_touch": True}
IPHONE = {
    **SCREEN,
    "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
}
REACHED = (f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND",)


def take(page, name):
    """Take a picture of the page as long as it is, without what is below its last words."""
    page.evaluate("document.activeElement.blur()")
    end = page.evaluate(
        "Math.max(...[...document.querySelectorAll('main > *')].map((one) => one.getBoundingClientRect().bottom))"
    )
    clip = {"x": 0, "y": 0, "width": 390, "height": end + 24}
    page.screenshot(path=OUT / f"{name}.png", clip=clip, full_page=True, scale="css")


def invited(daemon):
    return daemon.command("device", "invite", "alice", "--replace").split("#")[1].strip()


def main():
    """Take all of them."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        (folder / "daemon").mkdir()
        port = free_port()
        web = {"listen": f"127.0.0.1:{port}", "url": f"https://{HOST}:{port}"}
        policy = {"name": "vpn", "clients": ["vpn"], "directory": "corp"}
        policy["factors"] = ["push", "totp", "recovery"]
        with Slapd(folder / "slapd") as slapd:
            clients = {"vpn": client(SOURCE, challenge=True)}
            directory = slapd.directory_settings()
            daemon = Daemon(folder / "daemon", directory, clients, [policy], web=web)
            daemon.url = web["url"]
            daemon.start()
            try:
                story(daemon, Browser(driver, folder, daemon.ca))
            finally:
                daemon.stop()


def story(daemon, browser):
    with browser.profile("iphone", switches=REACHED, **IPHONE) as context:
        app = App(context.pages[0], daemon.url).open(f"/enroll#{invited(daemon)}")
        app.heading("Add Countersign to your home screen")
        take(app.page, "iphone")
    with browser.profile("phone", switches=REACHED, **SCREEN) as context:
        app = App(context.pages[0], daemon.url).open(f"/enroll#{invited(daemon)}")
        app.heading("Enrol this phone")
        app.page.get_by_label("A name for this phone").fill("Alice's phone")
        take(app.page, "enrol")
        app.press("Enrol this phone")
        app.heading("This phone is enrolled")
        app.press("Show my recovery codes")
        app.page.locator(".recovery").wait_for()
        app.press("Go on")
        app.heading("Nothing to approve")
        with Nas(SECRET, daemon.server(), SOURCE) as nas:
            attributes = [(USER_NAME, b"alice"), (CALLING_STATION_ID, CALLER)]
            challenge = nas.ask(request(SECRET, attributes, password=b"alice-password"))
            app.request()
            app.type(number_in(challenge.text))
            take(app.page, "request")
            app.press("Approve")
            app.told("Approved")


if __name__ == "__main__":
    sys.exit(main())
