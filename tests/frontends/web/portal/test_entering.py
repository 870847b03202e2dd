"""Signing in and out, as a browser sees it."""

import json
from ipaddress import ip_network

import pytest
from twisted.internet.defer import succeed

from proxy.accounts.account import Person
from proxy.login.events import (
    FirstFactorChallenged,
    FirstFactorFailed,
    PersonPresumed,
    PersonProved,
    Relayed,
)
from proxy.store import accounts, logins
from tests.peers.hall import FakeDirectory
from tests.peers.portal_world import URL, Browser


def test_a_sign_in_by_phone(world, browser):
    """Name and password, the number on the phone, and the person is in."""
    world.enrol()
    page = browser.sign_in()
    assert "Answer on your phone" == page.title
    assert 6 == len(page.number)
    assert [("portal", "192.0.2.44")] == [(one.client, one.origin) for one in world.pushes]
    page = browser.approve()
    assert "Overview" == page.title
    assert "alice" in page.text


def test_a_sign_in_by_code(world, browser):
    """The code of the app in place of the phone; the push is withdrawn."""
    world.enrol()
    browser.sign_in()
    page = browser.post("/sign-in/answer", code=world.code().decode())
    assert "Overview" == page.title
    assert [] == world.open()


def test_a_sign_in_by_recovery_code(world, browser):
    """For whoever has nothing else."""
    _, codes = world.enrol(phone=False)
    browser.sign_in()
    assert "Overview" == browser.post("/sign-in/answer", code=codes[0]).title
    other = Browser(world)
    other.sign_in()
    assert "That code was wrong" in other.post("/sign-in/answer", code=codes[0]).fault


@pytest.mark.parametrize(
    ("name", "password"), [("alice", "no"), ("nobody", "pw"), ("", ""), ("a\0", "pw")]
)
def test_a_wrong_name_or_password(world, browser, name, password):
    """The same words after the same delay, whichever is wrong."""
    world.enrol()
    browser.get("/sign-in")
    waiting = browser.posting("/sign-in", username=name, password=password)
    world.clock.advance(0.9)
    assert b"" == waiting.value()
    world.clock.advance(0.6)
    page = browser.take(waiting)
    assert (403, "Sign in") == (page.status, page.title)
    assert "The name or the password is wrong, or you may not sign in here." == page.fault
    assert "__Host-countersign-session" not in browser.cookies


def test_without_a_second_factor_nobody_gets_in(world, browser):
    """The password was right, so the person is told how to come to one."""
    world.account()
    page = browser.sign_in()
    assert 403 == page.status
    assert "Ask your administrator for an invitation" in page.fault
    assert "Sign in" == browser.get("/").title


def test_continuing_before_the_answer_waits_for_it(world, browser):
    """The page comes when the phone has answered."""
    world.enrol()
    browser.sign_in()
    number = browser.page.number
    waiting = browser.posting("/sign-in/answer", **{"continue": "yes"})
    assert b"" == waiting.value()
    world.answer("approve", number)
    assert "Overview" == browser.take(waiting).title


def test_continuing_without_an_answer_shows_the_number_again(world, browser):
    """The same number, once the wait is over."""
    world.enrol()
    browser.sign_in()
    number = browser.page.number
    waiting = browser.posting("/sign-in/answer", **{"continue": "yes"})
    world.clock.advance(20)
    assert number == browser.take(waiting).number


def test_a_script_hears_of_the_answer(world, browser):
    """No before, yes after; what the phone said is not told."""
    world.enrol()
    browser.sign_in()
    number = browser.page.number
    assert '{"news": false}' == browser.get("/sign-in/news").text
    world.answer("approve", number)
    assert '{"news": true}' == browser.get("/sign-in/news").text


@pytest.mark.parametrize(("decision", "words"), [("deny", "denied"), ("report", "not yours")])
def test_a_denied_sign_in(world, browser, decision, words):
    """It is over, and says so."""
    world.enrol()
    browser.sign_in()
    world.answer(decision)
    waiting = browser.posting("/sign-in/answer", **{"continue": "yes"})
    world.clock.advance(1.5)
    page = browser.take(waiting)
    assert words in page.fault
    assert "Sign in" == browser.get("/sign-in").title


def test_three_wrong_codes_end_a_sign_in(world, browser):
    """As over RADIUS."""
    world.enrol(phone=False)
    browser.sign_in()
    for _ in range(2):
        assert "That code was wrong" in browser.post("/sign-in/answer", code="000000").fault
    waiting = browser.posting("/sign-in/answer", code="000000")
    world.clock.advance(1.5)
    assert "too many" in browser.take(waiting).fault


def test_wrong_codes_count_together_with_those_over_radius(world, browser):
    """After five in a row no code is looked at, wherever the next one comes from."""
    world.enrol(phone=False)
    for _ in range(2):
        browser.sign_in()
        for _ in range(3):
            waiting = browser.posting("/sign-in/answer", code="000000")
            world.clock.advance(1.5)
            browser.take(waiting)
    browser.sign_in()
    assert (
        "That code was wrong" in browser.post("/sign-in/answer", code=world.code().decode()).fault
    )


def test_the_number_typed_here_is_no_wrong_code(world, browser):
    """The page says where it goes."""
    world.enrol()
    browser.sign_in()
    page = browser.post("/sign-in/answer", code=browser.page.number)
    assert "The number goes on your phone" in page.text


def test_starting_again_forgets_the_sign_in(world, browser):
    """The page asks for name and password."""
    world.enrol()
    browser.sign_in()
    assert "Sign in" == browser.post("/sign-in/cancel").title


def test_ids_are_fresh_and_bound_to_the_browser(world, browser):
    """Each step gives a new one; none that was planted before a sign-in serves after it."""
    world.enrol()
    browser.get("/sign-in")
    before = dict(browser.cookies)
    browser.sign_in()
    middle = dict(browser.cookies)
    browser.approve()
    name = "__Host-countersign-sign-in"
    assert 3 == len({before[name], middle[name], browser.cookies[name]})
    assert {"__Host-countersign-session"} == set(browser.cookies) - set(before)
    planted = Browser(world)
    planted.cookies = middle
    assert "Sign in" == planted.get("/").title
    assert "Sign in" == planted.get("/sign-in").title


def test_cookies_are_for_this_origin_alone(inside):
    """Secure, HttpOnly, SameSite=Strict, no Domain, the whole origin; they end with the browser."""
    inside.get("/sign-in")
    waiting = inside.send("GET", "/sign-in")
    (cookie,) = [line for line in waiting.value().decode().split("\r\n") if "Set-Cookie" in line]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"path=/", "secure", "httponly", "samesite=strict"} == parts


def test_the_id_of_a_session_is_not_in_the_store(world, inside):
    """Only its digest."""
    token = inside.cookies["__Host-countersign-session"].encode()
    world.store.read(lambda s: None)
    assert token not in world.database.path.read_bytes()


def test_signing_out(world, inside):
    """The cookie serves no more, not even one that was kept."""
    kept = dict(inside.cookies)
    page = inside.post("/sign-out")
    assert "You are signed out." == page.note
    assert "__Host-countersign-session" not in inside.cookies
    thief = Browser(world)
    thief.cookies = kept
    assert "Sign in" == thief.get("/").title


def test_signing_out_everywhere(world, inside):
    """All browsers of this person, no one else's."""
    second, bob = Browser(world), Browser(world, "192.0.2.45")
    world.enrol("bob")
    world.clock.advance(31)
    second.enter()
    bob.enter("bob")
    assert "You are signed out everywhere." == inside.post("/sign-out-everywhere").note
    assert "Sign in" == second.get("/").title
    assert "Overview" == bob.get("/").title


def test_a_session_ends_when_it_is_idle(world, inside):
    """After 15 minutes without a request, however often there was one before."""
    for _ in range(3):
        world.clock.advance(14 * 60)
        assert "Overview" == inside.get("/").title
    world.clock.advance(15 * 60)
    assert "Sign in" == inside.get("/").title


def test_a_session_ends_after_eight_hours(world, inside):
    """However busy it is."""
    for _ in range(8 * 6 - 1):
        world.clock.advance(10 * 60)
        assert "Overview" == inside.get("/").title
    world.clock.advance(10 * 60)
    assert "Sign in" == inside.get("/").title


def test_a_blocked_account_has_no_session(world, inside):
    """At once."""
    world.write(lambda s: accounts.block(s, world.account(), world.now()))
    assert "Sign in" == inside.get("/").title


def test_outside_of_the_networks_there_are_no_pages(world, browser):
    """Not found, as any path that there is not; phones are served all the same."""
    world.networks = (ip_network("198.51.100.0/24"),)
    for path in ("/", "/sign-in", "/phone", "/logins"):
        page = browser.get(path)
        assert (404, f"{URL}/problems/not-found") == (page.status, page_kind(page))
    assert 404 == browser.take(browser.send("POST", "/sign-in", {})).status
    assert 401 == browser.get("/api/device/v1/me").status
    assert "Sign in" == Browser(world, "198.51.100.7").get("/").title


def test_where_the_portal_is_off_there_are_no_pages(world, browser):
    """Not found."""
    world.enabled = False
    assert 404 == browser.get("/sign-in").status


def page_kind(page):
    return json.loads(page.body)["type"]


# --- other sites, and whoever guesses ---


def test_a_form_of_another_site_is_refused(world, inside):
    """By its Origin, even with the right token; by what the browser says of the site."""
    inside.get("/")
    fields = inside.page.fields("/sign-out")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{URL}:8443"},
        {"Origin": None, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        page = inside.take(inside.send("POST", "/sign-out", fields, headers))
        assert (403, "The form was sent by the page of another site.") == (page.status, page.fault)
    assert "Overview" == inside.get("/").title


def test_a_form_without_the_token_is_refused(world, inside):
    """Missing, altered, another browser's."""
    other = Browser(world)
    other.get("/sign-in")
    for token in (None, "", "x" * 43, other.page.fields("/sign-in")["form"]):
        fields = {} if token is None else {"form": token}
        page = inside.take(inside.send("POST", "/sign-out", fields))
        assert (403, "Not done") == (page.status, page.title)
    assert "Overview" == inside.get("/").title
    assert ["stale-form"] * 4 == world.counted


def test_a_sign_in_form_wants_its_own_browser(world, browser):
    """Nobody signs a person in under a name of theirs from another site."""
    world.enrol()
    browser.get("/sign-in")
    fields = browser.page.fields("/sign-in") | {"username": "alice", "password": "pw"}
    victim = Browser(world)
    victim.get("/sign-in")
    page = victim.take(victim.send("POST", "/sign-in", fields))
    assert 403 == page.status
    assert [] == world.directory.binds


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"a=1&a=2", "application/x-www-form-urlencoded", 400),
        (
            b"&".join(b"%d=1" % number for number in range(17)),
            "application/x-www-form-urlencoded",
            400,
        ),
        (b"form=%ff", "application/x-www-form-urlencoded", 400),
        (b"\xff", "application/x-www-form-urlencoded", 400),
        (b"form=" + b"x" * 9000, "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"form=1", "multipart/form-data; boundary=x", 415),
    ],
)
def test_what_is_no_form_is_refused(world, browser, body, media_type, status):
    """With a page that says so."""
    browser.get("/sign-in")
    headers = {"Content-Type": media_type}
    assert status == browser.take(browser.send("POST", "/sign-in", None, headers, body)).status


def test_other_methods_are_not_taken(world, browser):
    """405, as everywhere; HEAD is GET without its body."""
    assert 405 == browser.take(browser.send("PUT", "/sign-in")).status
    assert 405 == browser.take(browser.send("GET", "/sign-out")).status
    page = browser.take(browser.send("HEAD", "/sign-in"))
    assert (200, b"") == (page.status, page.body)


def test_a_place_to_go_is_one_of_ours(world, browser):
    """A browser names it by a word; whatever else it sends leads to the overview."""
    world.enrol()
    page = browser.get("/sign-in?then=https://evil.example")
    assert {"then": "", "form": page.fields("/sign-in")["form"]} == page.fields("/sign-in")
    browser.sign_in(then="//evil.example")
    assert "Overview" == browser.approve().title


def test_whoever_guesses_waits(world, browser):
    """Ten failures in a minute from one place, or under one name; the directory is not asked."""
    world.enrol()
    for _ in range(10):
        browser.sign_in(password="wrong")
    binds = len(world.directory.binds)
    page = browser.sign_in()
    assert (429, "Too many tries; wait.") == (page.status, page.fault)
    assert int(page.header("Retry-After")) > 30
    assert 429 == Browser(world, "198.51.100.9").sign_in().status
    assert binds == len(world.directory.binds)
    world.clock.advance(61)
    assert "Answer on your phone" == browser.sign_in().title


def test_what_a_page_may_do(world, browser):
    """Nothing of another origin runs, loads or frames it; nothing is kept by caches."""
    page = browser.get("/sign-in")
    policy = page.header("Content-Security-Policy")
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert "no-store" == page.header("Cache-Control")
    assert "same-origin" == page.header("Referrer-Policy")


def test_what_is_typed_is_shown_as_text(world, browser):
    """A name with markup in it."""
    page = browser.sign_in(name='"><script>x</script>')
    assert b"<script>x" not in page.body
    assert b"&lt;script&gt;x" in page.body


def test_a_record_of_each_sign_in(world, inside):
    """Under the client `portal`, with challenge and outcome."""
    rows = world.store.read(lambda s: logins.recent(s, world.account(), 9))
    found = [(row["client"], row["origin"], row["outcome"], row["reason"]) for row in rows]
    assert [
        ("portal", "192.0.2.44", "accept", "push"),
        ("portal", "192.0.2.44", "challenge", "type-number"),
    ] == found
    assert not any('"pw"' in row["transcript"] for row in rows)


class Presuming(FakeDirectory):
    """A RADIUS server that asks for a PIN before it says who somebody is."""

    def find(self, question):
        return succeed(PersonPresumed(person(question.username)))

    def check(self, question):
        self.binds.append(question.password.reveal())
        if question.state is None:
            return succeed(FirstFactorChallenged("sealed", "Your PIN?", echo=False, lifetime=None))
        if question.password.reveal() == b"4711":
            return succeed(PersonProved(question.person, None))
        return succeed(FirstFactorFailed("no", relayed=Relayed("", None)))


def person(name):
    return Person("corp", name, None, name, frozenset())


def test_a_radius_servers_own_question(world, browser):
    """It is shown with a field that hides what is typed; then the second factor is asked."""
    world.enrol(phone=False)
    directory = Presuming()
    world.runner.configure(world.policies, directory, 1000)
    page = browser.sign_in()
    assert "Your PIN?" in page.text
    assert 'type="password"' in page.text
    page = browser.post("/sign-in/answer", code="4711")
    assert "Your code" == page.title
    assert "Overview" == browser.post("/sign-in/answer", code=world.code().decode()).title
    assert [b"pw", b"4711"] == directory.binds
    browser.sign_in()
    waiting = browser.posting("/sign-in/answer", code="0815")
    assert "This sign-in is over." in browser.take(waiting).fault
