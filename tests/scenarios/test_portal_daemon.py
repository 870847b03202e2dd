"""The portal of a daemon of its own: restarts, reloads, networks, first logins, many tries."""

import base64
import re
import time

import pytest

from proxy.factors.totp import TotpSeed, code_at
from proxy.secret import Secret
from proxy.store import accounts
from tests.peers.daemon import Daemon, client
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.phone import Phone
from tests.peers.portal_http import HttpBrowser
from tests.scenarios.conftest import ASKED, Someone

pytestmark = pytest.mark.scenario
OTHER = "127.0.0.99"


@pytest.fixture
def running(slapd, tmp_path):
    policy = {
        "name": "asked",
        "clients": ["asked"],
        "directory": "corp",
        "factors": ["push", "totp", "recovery"],
    }
    clients = {"asked": client(ASKED, challenge=True)}
    daemon = Daemon(tmp_path, slapd.directory_settings(), clients, [policy])
    try:
        yield daemon.start()
        assert [] == daemon.faults()
    finally:
        daemon.stop()


@pytest.fixture
def person(running, names):
    return Someone(running, next(names))


@pytest.fixture
def browser(running):
    return HttpBrowser(running)


def enter(browser, person):
    """Sign in by phone."""
    browser.sign_in(person.name, person.password)
    assert person.phone.answer(person.asked(), "approve", browser.page.number) == 204
    return browser.post("/sign-in/answer", **{"continue": "yes"})


def test_sign_ins_and_sessions_outlive_kill_9(running, browser, person):
    """The number that was shown can be answered after it; who was in stays in."""
    person.enrol_phone()
    browser.sign_in(person.name, person.password)
    number = browser.page.number
    running.kill()
    running.start()
    assert number == browser.get("/sign-in").number
    assert person.phone.answer(person.asked(), "approve", number) == 204
    assert "Overview" == browser.post("/sign-in/answer", **{"continue": "yes"}).title
    running.kill()
    running.start()
    assert "Overview" == browser.get("/").title
    assert "Recovery codes" in browser.get("/recovery").text
    assert "You are signed out." == browser.post("/sign-out").note


def test_networks_hold_at_the_next_request(running, browser, person):
    """After a reload: outside nothing is found, a session of before does not help; phones go on."""
    person.enrol_phone()
    assert "Overview" == enter(browser, person).title
    running.configuration["web"]["portal"] = {"networks": [f"{OTHER}/32"]}
    running.reload()
    assert 404 == browser.get("/").status
    assert 200 == person.phone.proved("GET", "/api/device/v1/approvals")[0]
    inside = HttpBrowser(running, OTHER)
    inside.cookies = dict(browser.cookies)
    assert "Overview" == inside.get("/").title
    running.configuration["web"]["portal"] = {"enabled": False}
    running.reload()
    assert 404 == inside.get("/").status


def test_a_blocked_person_is_out_at_once(running, browser, person):
    """Whatever cookie there is; an admin's command beside the daemon is enough."""
    person.enrol_phone()
    enter(browser, person)
    running.database.now(lambda s: block(s, person.name))
    assert "Sign in" == browser.get("/").title


def block(session, name):
    (account,) = accounts.find_by_name(session, name)
    accounts.block(session, account.id, time.time())


def test_a_first_login_and_what_comes_after_it(running, browser, person):
    """
    The password alone enrols who never had a factor, until a day; a thief with it comes too late.

    After the revocation the password alone does nothing any more; the admin's invitation does.
    """
    browser.sign_in(person.name, person.password)
    assert "Ask your administrator" in browser.page.fault
    running.configuration["web"]["portal"] = {
        "enrolment": "first-login",
        "first_login_until": time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400)),
    }
    running.reload()
    page = browser.sign_in(person.name, person.password)
    assert "You have no second factor yet" in page.text
    browser.get("/phone")
    code = re.search(r"/enroll#([0-9A-Z]+)", browser.post("/phone").text)[1]
    person.phone = Phone(running.url, ca=running.ca)
    assert 201 == person.phone.enroll(code)[0]
    assert "Sign in" == browser.get("/").title
    assert "Overview" == enter(browser, person).title
    running.command("device", "revoke", person.phone.id)
    thief = HttpBrowser(running, OTHER)
    assert "Ask your administrator" in thief.sign_in(person.name, person.password).fault
    assert "Sign in" == thief.get("/phone").title
    invited = running.command("device", "invite", person.name).strip().rpartition("#")[2]
    person.phone = Phone(running.url, ca=running.ca)
    assert 201 == person.phone.enroll(invited)[0]
    assert "Overview" == enter(HttpBrowser(running, OTHER), person).title


def test_codes_are_counted_together_with_those_over_radius(running, browser, person):
    """Five wrong ones, here and there: no right one serves for a while, on either side."""
    seed = person.enrol_totp()
    with person.nas(ASKED) as nas:
        challenge = nas.ask(person.packet())
        for _ in range(2):
            challenge = nas.ask(person.packet("000000", state=challenge.state))
            assert ACCESS_CHALLENGE == challenge.code
        assert ACCESS_REJECT == nas.ask(person.packet("000000", state=challenge.state)).code
        browser.sign_in(person.name, person.password)
        for _ in range(2):
            assert "That code was wrong" in browser.post("/sign-in/answer", code="000000").fault
        right = code_of(seed)
        assert "too many" in browser.post("/sign-in/answer", code=right).fault
        challenge = nas.ask(person.packet())
        refused = nas.ask(person.packet(right, state=challenge.state))
        assert ACCESS_CHALLENGE == refused.code
    running.command("account", "unlock", person.name)
    browser.sign_in(person.name, person.password)
    assert "Overview" == browser.post("/sign-in/answer", code=right).title
    with person.nas(ASKED) as nas:
        challenge = nas.ask(person.packet())
        answered = nas.ask(person.packet(code_of(seed, 30), state=challenge.state))
        assert ACCESS_ACCEPT == answered.code


def code_of(text, ahead=0):
    octets = base64.b32decode(text + "=" * (-len(text) % 8))
    return code_at(TotpSeed(Secret(octets)), int((time.time() + ahead) // 30)).decode()


def test_whoever_guesses_passwords_waits(running, browser, person):
    """Ten in a minute; then the directory is not asked, and nobody is told the password is right."""
    person.enrol_phone()
    for _ in range(10):
        assert 403 == browser.sign_in(person.name, "wrong").status
    page = browser.sign_in(person.name, person.password)
    assert (429, "Too many tries; wait.") == (page.status, page.fault)
    other = HttpBrowser(running, OTHER)
    assert 429 == other.sign_in(person.name, person.password).status
