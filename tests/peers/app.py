"""
The authenticator web app as a person uses it: by what is on its pages, found as a screen reader does.
"""

import re

from playwright.sync_api import expect

from tests.peers.browser import SECONDS

KEPT = """name => new Promise((resolve, reject) => {
  const opening = indexedDB.open("countersign");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const database = opening.result;
    if (!database.objectStoreNames.contains("kept")) { database.close(); return resolve(null); }
    const asked = database.transaction("kept").objectStore("kept").get(name);
    asked.onsuccess = () => { database.close(); resolve(asked.result ?? null); };
  };
})"""
"""Gives what the app keeps under a name."""

expect.set_options(timeout=SECONDS * 1000)


class App:
    """The app in one page of a browser."""

    def __init__(self, page, url):
        self.page, self.url = page, url

    def open(self, where="/app/"):
        self.page.goto(self.url + where)
        return self

    # --- what is seen ---

    def heading(self, text):
        """Wait for a page by its heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)
        return self

    def request(self, number=0):
        """Wait for a request; give its card."""
        card = self.page.get_by_role("region", name="Is this you?").nth(number)
        expect(card).to_be_visible()
        return card

    def facts(self):
        """Give what a request says, by name."""
        card = self.request()
        names, values = card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts()
        return dict(zip(names, values, strict=True))

    def told(self, text):
        """Wait for what the app tells after an answer or an end."""
        expect(self.page.locator(".notice")).to_contain_text(text)

    def fault(self, text):
        """Wait for what it finds wrong."""
        expect(self.page.locator(".fault", has_text=text)).to_be_visible()

    # --- what is done ---

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def type(self, number):
        self.page.get_by_label("Number shown at the login").fill(number)

    def enrol(self, code):
        """Follow the link, enrol, go on to the app."""
        self.open(f"/enroll#{code}").heading("Enrol this phone")
        self.press("Enrol this phone")
        self.heading("This phone is enrolled")
        self.press("Go on")
        return self.heading("Nothing to approve")

    # --- what is inside ---

    def kept(self, name="phone"):
        """Give what the app keeps; private keys show as empty objects."""
        return self.page.evaluate(KEPT, name)


def number_in(text):
    """Give the number that a login shows."""
    return re.search(r"\b\d{6}\b", text)[0]
