"""What a person sees: enrolments with what is missing, recent logins, "this was not me"."""

import re

from twisted.logger import globalLogPublisher

from proxy.login.fatigue import DEFAULT
from proxy.store import announcements, fatigue
from tests.peers.portal_world import Browser


def test_what_is_enrolled_and_what_is_missing(world, browser):
    """Phone and app apart, codes counted."""
    world.enrol(codes=False)
    page = browser.enter()
    assert ["Enrolled", "Missing", "Missing"] == states(page)
    assert "<b>phone</b>" in page.text


def states(page):
    return re.findall(r'class="state [a-z]+"><span[^>]*></span>([^<]+)<', page.text)


def test_codes_that_run_out(world, browser):
    """Three left or fewer ask for a new sheet."""
    _, codes = world.enrol()
    world.use_up(codes[:7])
    assert ["Enrolled", "Enrolled", "3 left"] == states(browser.enter())
    assert "Make recovery codes" in browser.page.text


def test_recent_logins(world, inside):
    """Each once, newest first, with place, NAS and outcome, of this person alone."""
    world.enrol("bob")
    world.begin(7, b"wrong", origin="203.0.113.5", caller="203.0.113.5")
    world.begin(8, b"pw", username="bob")
    page = inside.get("/logins")
    found = re.findall(r"<dd>([^<]*)</dd>\s*</dl>", page.text)
    assert ["203.0.113.5", "192.0.2.44"] == found
    assert ["Refused: wrong password", "Let in: approved on the phone"] == re.findall(
        r'class="what[^"]*">([^<]+)<', page.text
    )


def block_push(world, *ends):
    one = world.account()
    for end in ends:
        world.write(lambda s, end=end: fatigue.count(s, one, "vpn", end, DEFAULT, world.now()))


def test_a_block_of_pushes_ends_by_a_code(world, browser):
    """Who signed in by a code says so; the phone is asked again, and a letter tells it."""
    world.enrol()
    block_push(world, "denied", "denied", "denied")
    browser.enter_by_code(world.code())
    page = browser.get("/")
    assert "Your phone is not asked" in page.text
    page = browser.post("/pushes")
    assert "Your phone is asked again." == page.note
    assert "Your phone is not asked" not in page.text
    told = world.store.read(lambda s: announcements.due(s, world.now(), 9))
    assert "push-confirmed" == told[-1].kind


def test_a_block_of_pushes_does_not_end_by_a_push(world, inside):
    """Nor by an old code: whoever is worn down by pushes is not led to undo it by one."""
    block_push(world, "reported")
    page = inside.get("/")
    assert "somebody knows your password" in page.text
    assert "sign in with a code" in inside.post("/pushes").fault
    assert world.store.read(lambda s: fatigue.of_account(s, world.account())).is_blocked


def test_a_hundred_failed_pushes_are_an_admins_to_undo(world, browser):
    """The page has no button, and the form does nothing."""
    world.enrol()
    block_push(world, *["denied"] * 100)
    browser.enter_by_code(world.code())
    page = browser.get("/")
    assert "Only your administrator" in page.text
    fields = page.fields("/sign-out")
    page = browser.take(browser.send("POST", "/pushes", fields))
    assert "Only your administrator" in page.fault


def test_this_was_not_me(world, inside):
    """Kept, told to the log once, shown; the person hears what to do."""
    warned = []

    def observe(event):
        if "was not theirs" in (event.get("log_format") or ""):
            warned.append((event["username"], event["client"], event["origin"]))

    globalLogPublisher.addObserver(observe)
    try:
        inside.get("/logins")
        page = inside.post("/logins/not-me")
        assert "change your password now" in page.note
        assert "Reported as not yours" in inside.get("/logins").text
        fields = inside.get("/").fields("/sign-out") | {"login": "0" * 32}
        assert "Recent logins" == inside.take(inside.send("POST", "/logins/not-me", fields)).title
    finally:
        globalLogPublisher.removeObserver(observe)
    assert [("alice", "portal", "192.0.2.44")] == warned


def test_what_was_not_me_blocks_pushes(world, inside):
    """At once, and what is open is void; the next sign-in asks for a code."""
    held = world.begin(9)
    inside.get("/logins")
    inside.post("/logins/not-me")
    world.clock.pump([1, 1])
    assert "report" == world.store.read(lambda s: fatigue.of_account(s, world.account())).blocked_by
    assert ["withdrawn"] == [answer.reason for answer, _ in held]
    told = world.store.read(lambda s: announcements.due(s, world.now(), 9))
    assert {"admin", "person"} == {one.audience for one in told if one.kind == "login-reported"}
    assert "somebody knows your password" in inside.get("/").text


def test_anothers_login_is_not_reported(world, inside):
    """Whoever guesses its id hears nothing of it."""
    world.enrol("bob")
    bob = Browser(world, "192.0.2.45")
    bob.enter("bob")
    login = bob.get("/logins").fields("/logins/not-me")["login"]
    fields = inside.get("/").fields("/sign-out") | {"login": login}
    assert "Recent logins" == inside.take(inside.send("POST", "/logins/not-me", fields)).title
    assert "Reported" not in bob.get("/logins").text
