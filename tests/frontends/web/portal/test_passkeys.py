"""Proving oneself by the phone's passkey, which replaces a phone whose app was lost."""

import json
import re

import pytest

from proxy.accounts.device import Candidate
from proxy.accounts.enrolment import normal_code
from proxy.accounts.passkey import NewPasskey, Passkey
from proxy.accounts.web_session import RECENT
from proxy.store import devices
from tests.peers.authenticator import Authenticator, cbor
from tests.peers.hall import MASTER
from tests.peers.portal_world import URL

ACTION = "/phone/passkey"


def enrol_phone(world, built, name="phone", *, synced=False):
    """Give alice a phone with a passkey."""
    account = world.account()
    passkey = Passkey(built.credential_id, cbor(built.key.cose), 0, synced, False)

    def job(session):
        code = devices.invite(session, MASTER, account, replace=True, ttl=900, now=world.now())
        candidate = Candidate(name, "{}", name, "proof", NewPasskey(passkey, "registration"))
        return devices.enrol(session, MASTER, normal_code(code), candidate, world.now())

    return world.write(job)


@pytest.fixture
def built():
    return Authenticator(URL, counter=0)


@pytest.fixture
def by_app(world, browser, built):
    """Alice's browser; her phone has a passkey, and she signed in by an app's code."""
    world.enrol(phone=False)
    enrol_phone(world, built)
    browser.sign_in()
    browser.post("/sign-in/answer", code=world.code().decode())
    return browser


def asked(browser):
    """Give the text that the page wants an assertion for."""
    return browser.get("/phone").fields(ACTION)["text"]


def sent(browser, text, assertion):
    """Send an assertion; give the page that comes."""
    fields = browser.get("/").fields("/sign-out")
    more = {"text": text, "assertion": json.dumps(assertion)}
    return browser.take(browser.send("POST", ACTION, fields | more))


def proves(browser, text, assertion):
    """Send an assertion; say whether the phone may be replaced then."""
    page = sent(browser, text, assertion)
    if page.status == 403:
        assert "not the passkey of your phone" in page.fault
    return "Enrol the new phone" in browser.get("/phone").text


def test_it_replaces_the_phone(world, by_app, built):
    """The page names the credential; a new phone is invited, and enrols in place of the old one."""
    text = asked(by_app)
    assert re.search(r'data-passkey="[\w-]+"', by_app.page.text)
    assert proves(by_app, text, built.assertion(text))
    page = by_app.post("/phone", replace="yes")
    assert "Scan with your phone" == page.title


def test_for_five_minutes(world, by_app, built):
    """As every proof."""
    text = asked(by_app)
    assert proves(by_app, text, built.assertion(text))
    world.clock.advance(RECENT)
    assert "Enrol the new phone" not in by_app.get("/phone").text


@pytest.mark.parametrize(
    "bent",
    [
        {"flags": 0x01},
        {"origin": "https://evil.example"},
        {"party": "evil.example"},
        {"challenge": "AAAA"},
        {"type": "webauthn.create"},
        {"credential_id": b"another"},
        {"key": Authenticator(URL).key},
    ],
)
def test_what_does_not_serve(by_app, built, bent):
    """No verified person, another site, text, credential or key."""
    text = asked(by_app)
    assert not proves(by_app, text, built.assertion(text, **bent))


@pytest.mark.parametrize("found", [None, [], {}, {"response": 1}, "x" * 8000])
def test_what_is_no_assertion(by_app, found):
    """It is refused, as one that does not verify."""
    assert not proves(by_app, asked(by_app), found)


def test_it_serves_once(world, browser, by_app):
    """The same text with the same assertion proves nothing later, even without a counter."""
    built = Authenticator(URL)
    enrol_phone(world, built, "another phone")
    text = asked(by_app)
    assertion = built.assertion(text)
    assert proves(by_app, text, assertion)
    world.clock.advance(RECENT - 1)
    assert 403 == sent(by_app, text, assertion).status
    world.clock.advance(1)
    assert "Enrol the new phone" not in by_app.get("/phone").text


def test_a_counter_that_stands(world, by_app, built):
    """There may be a copy of the passkey."""
    text = asked(by_app)
    assert proves(by_app, text, built.assertion(text))
    world.clock.advance(RECENT)
    text = asked(by_app)
    assert not proves(by_app, text, built.assertion(text, counter=1))


def test_a_text_that_was_not_sealed_for_this_session(world, by_app, built):
    """Nor one that is older than its page serves."""
    assert not proves(by_app, "made up", built.assertion("made up"))
    text = asked(by_app)
    world.clock.advance(300)
    assert not proves(by_app, text, built.assertion(text))


def test_a_phone_that_was_replaced(world, by_app, built):
    """Its passkey is nobody's."""
    text = asked(by_app)
    enrol_phone(world, Authenticator(URL), "another phone")
    assert not proves(by_app, text, built.assertion(text))


def test_a_passkey_that_is_copied_to_other_devices(world, by_app):
    """It is not asked for where the settings take none."""
    built = Authenticator(URL)
    enrol_phone(world, built, "synced", synced=True)
    assert "data-passkey" in by_app.get("/phone").text
    text = asked(by_app)
    world.synced_passkeys = False
    assert "data-passkey" not in by_app.get("/phone").text
    assert not proves(by_app, text, built.assertion(text, flags=0x01 | 0x04 | 0x08))
