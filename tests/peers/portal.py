"""The portal as a person uses it: by what is on its pages, found as a screen reader does."""

import base64

from playwright.sync_api import expect

from proxy.factors.totp import TotpSeed, code_at
from proxy.secret import Secret


class Portal:
    """The portal in one page of a browser."""

    def __init__(self, page, url):
        self.page, self.url = page, url

    def open(self, where="/"):
        self.page.goto(self.url + where)
        return self

    # --- what is seen ---

    def heading(self, text):
        """Wait for a page by its heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)
        return self

    def note(self, text):
        expect(self.page.get_by_role("status").first).to_contain_text(text)

    def fault(self, text):
        expect(self.page.get_by_role("alert")).to_contain_text(text)

    def number(self):
        """Give the number that is shown."""
        return self.page.locator(".number").inner_text()

    def link(self):
        """Give the code of the invitation that is shown."""
        found = self.page.get_by_role("link", name="Enrol this device instead")
        return found.get_attribute("href").partition("#")[2]

    def codes(self):
        """Give the recovery codes that are shown."""
        return self.page.locator(".codes li").all_inner_texts()

    def seed(self):
        """Give the seed that is shown as text."""
        text = self.page.locator(".key").inner_text().replace(" ", "")
        return TotpSeed(Secret(base64.b32decode(text)))

    # --- what is done ---

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name):
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def sign_in(self, name, password):
        """Send name and password."""
        if not self.page.url.startswith(f"{self.url}/sign-in"):
            self.open("/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.press("Continue")

    def type(self, code):
        self.page.get_by_label("Code").fill(code)
        self.press("Use the code")

    def enter(self, someone):
        """Sign in by this person's phone; the page goes on by itself."""
        self.sign_in(someone.name, someone.password)
        self.heading("Answer on your phone")
        assert someone.phone.answer(someone.asked(), "approve", self.number()) == 204


def code_now(seed, now):
    """Give the code that an app with this seed shows."""
    return code_at(seed, int(now // seed.period)).decode()
