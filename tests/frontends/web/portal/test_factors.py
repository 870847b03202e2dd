"""Phone, app and recovery codes, as a person enrols, replaces and removes them."""

import base64
import re
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from proxy.accounts.device import Candidate
from proxy.accounts.enrolment import normal_code
from proxy.factors.rsa_keys import RsaPublicKey
from proxy.factors.totp import TotpSeed, code_at
from proxy.login.circumstances import CameBy
from proxy.secret import Secret
from proxy.store import accounts, devices, privacyidea, totp
from tests.peers.hall import MASTER
from tests.peers.portal_world import POLICY, URL, Browser
from tests.peers.privacyidea_phone import key_of, scanned


def code_of(page, world):
    """Give the code that an app shows which read this page's text."""
    text = re.search(r'class="code key">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    seed = TotpSeed(Secret(base64.b32decode(text)))
    return code_at(seed, int(world.now() // 30)).decode()


def enrol(world, page, name="new phone"):
    """Enrol a phone by the link of a page; say what came of it."""
    code = re.search(rf"{URL}/enroll#([0-9A-Z-]+)", page.text)[1]
    candidate = Candidate(name, "{}", name, "proof")
    return world.write(
        lambda s: devices.enrol(s, MASTER, normal_code(code), candidate, world.now())
    )


def has(world):
    return world.store.read(lambda s: accounts.enrolments(s, world.account()))


@pytest.fixture
def coded(world, browser):
    """Alice's browser; she has no phone and signed in by a recovery code, and has an app too."""
    _, codes = world.enrol(phone=False)
    browser.sign_in()
    browser.post("/sign-in/answer", code=codes[0])
    return browser


@pytest.fixture
def by_app(world, browser):
    """Alice's browser; she has a phone and an app, and signed in by the app."""
    world.enrol()
    browser.sign_in()
    browser.post("/sign-in/answer", code=world.code().decode())
    return browser


# --- the phone ---


def test_a_first_phone(world, coded):
    """A link and its QR code, on a page that nothing keeps; the phone comes by it."""
    coded.get("/phone")
    page = coded.post("/phone")
    assert "Scan with your phone" == page.title
    assert 'src="data:image/svg+xml' in page.text
    assert "no-store" == page.header("Cache-Control")
    assert '{"since": 0}' == coded.get("/phone/news").text
    assert "alice" == enrol(world, page).account_name
    assert "new phone" in coded.get("/?done=phone").text
    assert "Your phone is enrolled." == coded.page.note


def test_a_phone_with_the_privacyidea_authenticator(world, coded):
    """Its QR code is what that app scans; the first one has the server's key made."""
    coded.get("/phone")
    assert not world.portal.store.has_app_key()
    page = coded.post("/phone", app="privacyidea")
    assert world.portal.store.has_app_key()
    facts = scanned(re.search(r"<code>(otpauth://pipush/[^<]*)</code>", page.text)[1])
    assert (f"{URL}/api/privacyidea", "alice") == (facts["url"], facts["label"])
    assert "Enrol this device instead" not in page.text
    key = RsaPublicKey.parse_der(
        key_of().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    rolled = world.write(
        lambda s: privacyidea.roll_out(
            s, MASTER, facts["serial"], facts["enrollment_credential"], key, "form", world.now()
        )
    )
    assert "done" == rolled


def test_another_kind_of_app_replaces_no_phone_without_a_proof(by_app):
    """Neither in place of the one that there is, nor beside it."""
    fields = by_app.get("/").fields("/sign-out") | {"app": "privacyidea"}
    for more in ({}, {"replace": "yes"}):
        page = by_app.take(by_app.send("POST", "/phone", fields | more))
        assert (403, False) == (page.status, "pipush" in page.text)


def test_a_link_is_in_no_place_that_is_sent(coded):
    """Its code stands behind the `#` alone."""
    coded.get("/phone")
    coded.post("/phone")
    code = re.search(r"#([0-9A-Z-]+)", coded.page.text)[1]
    assert all(code not in (value or "") for _, value in coded.page.headers)


def test_a_phone_is_replaced_by_the_old_ones_approval(world, inside):
    """The old one is retired when the new one enrols."""
    inside.get("/phone")
    page = inside.post("/phone")
    assert has(world).device_id == "phone of alice"
    assert "phone of alice" == enrol(world, page).replaced
    assert has(world).device_id == "new phone"
    assert "Sign in" == inside.get("/").title


def test_a_phone_is_replaced_by_a_recovery_code(world, browser):
    """Where the old one is lost; who has it and the password is out at that moment."""
    _, codes = world.enrol()
    thief = Browser(world, "198.51.100.9")
    thief.enter()
    browser.sign_in()
    browser.post("/sign-in/answer", code=codes[0])
    browser.get("/phone")
    enrol(world, browser.post("/phone"))
    assert "Overview" == browser.get("/").title
    assert "Sign in" == thief.get("/").title


def test_a_phone_is_not_replaced_by_a_code_of_the_app(world, by_app):
    """Whoever has the app and the password may have stolen both; the page says what it takes."""
    page = by_app.get("/phone")
    assert "approve on the phone that you have" in page.text
    fields = by_app.get("/").fields("/sign-out") | {"replace": "yes"}
    page = by_app.take(by_app.send("POST", "/phone", fields))
    assert 403 == page.status
    assert "approve on the phone that you have, use its passkey, or use a recovery code" in (
        page.fault
    )


def test_a_second_phone_beside_the_first_is_none(world, inside):
    """Without asking to replace it."""
    fields = inside.get("/").fields("/sign-out")
    assert "You have a phone already" in inside.take(inside.send("POST", "/phone", fields)).fault


def test_a_proof_is_good_for_five_minutes(world, inside):
    """Then the page asks for name and password again, and comes back."""
    world.clock.advance(301)
    inside.get("/phone")
    assert "First prove that it is you" in inside.page.text
    fields = inside.get("/").fields("/sign-out") | {"replace": "yes"}
    page = inside.take(inside.send("POST", "/phone", fields))
    assert "Prove that it is you" == page.title
    assert "phone" == page.fields("/sign-in")["then"]
    before = inside.cookies["__Host-countersign-session"]
    waiting = inside.posting("/sign-in", username="alice", password="pw")
    inside.take(waiting)
    assert "Replace your phone" == inside.approve().title
    assert before != inside.cookies["__Host-countersign-session"]
    assert "Scan with your phone" == inside.post("/phone").title


def test_a_proof_ends_the_session_before(world, inside):
    """One browser, one session."""
    old = dict(inside.cookies)
    world.clock.advance(301)
    inside.get("/sign-in?then=phone")
    inside.take(inside.posting("/sign-in", username="alice", password="pw"))
    inside.approve()
    thief = Browser(world)
    thief.cookies = old
    assert "Sign in" == thief.get("/").title


# --- the app ---


def test_an_app_is_enrolled_by_its_code(world, inside):
    """It serves once the code was right; the code itself is used up."""
    world.write(lambda s: totp.remove(s, world.account()))
    inside.get("/totp")
    page = inside.post("/totp/new")
    assert "otpauth://totp/mfa.example.org:alice?" in page.text
    assert not has(world).has("totp")
    code = code_of(page, world)
    assert "Your app is enrolled." == inside.post("/totp", code=f"{code[:3]} {code[3:]}").note
    assert has(world).has("totp")
    other = Browser(world)
    other.sign_in()
    assert "That code was wrong" in other.post("/sign-in/answer", code=code).fault


def test_a_wrong_code_keeps_the_offer(world, inside):
    """The same seed is shown, the old app serves on."""
    inside.get("/totp")
    page = inside.post("/totp/new")
    shown = code_of(page, world)
    page = inside.post("/totp", code="000000")
    assert "not the code that the app shows" in page.fault
    assert shown == code_of(page, world)


def test_an_offer_is_for_one_session_and_ten_minutes(world, inside):
    """Another browser's, an altered one, an old one: none serves."""
    inside.get("/totp")
    page = inside.post("/totp/new")
    code, offer = code_of(page, world), page.fields("/totp")["offer"]
    second = Browser(world)
    world.clock.advance(30)
    second.enter()
    fields = second.get("/").fields("/sign-out")
    for text in (offer, offer[:-8], "x" * 40, "\u00fc", ""):
        page = second.take(second.send("POST", "/totp", fields | {"offer": text, "code": code}))
        assert "shown too long ago" in page.fault
    world.clock.advance(601)
    fields = inside.get("/").fields("/sign-out")
    page = inside.take(inside.send("POST", "/totp", fields | {"offer": offer, "code": code}))
    assert "shown too long ago" in page.fault


def test_a_seed_is_not_offered_without_a_proof(world, inside):
    """Nor kept."""
    inside.get("/totp")
    page = inside.post("/totp/new")
    offer, fields = page.fields("/totp")["offer"], inside.get("/").fields("/sign-out")
    world.clock.advance(301)
    code = "000000"
    assert "Prove that it is you" == inside.take(inside.send("POST", "/totp/new", fields)).title
    page = inside.take(inside.send("POST", "/totp", fields | {"offer": offer, "code": code}))
    assert "Prove that it is you" == page.title


def test_an_app_is_removed(world, inside):
    """Where another factor is left."""
    inside.get("/totp")
    assert "Your app is removed." == inside.post("/totp/remove").note
    assert not has(world).has("totp")


def test_the_last_factor_stays(world, browser):
    """Who has nothing else keeps the app."""
    account = world.account()
    world.write(lambda s: totp.enroll(s, MASTER, account, seed(), world.now()))
    browser.sign_in()
    browser.post("/sign-in/answer", code=code_at(seed(), int(world.now() // 30)).decode())
    browser.get("/totp")
    assert "your only second factor" in browser.post("/totp/remove").fault
    assert has(world).has("totp")


def seed():
    return TotpSeed(Secret(b"12345678901234567890"))


# --- recovery codes ---


def test_recovery_codes_are_shown_once(world, inside):
    """Ten; those of before are over."""
    inside.get("/recovery")
    page = inside.post("/recovery")
    codes = re.findall(r'<li class="code">([0-9A-Z-]+)</li>', page.text)
    assert 10 == len(set(codes))
    assert codes[0] not in inside.get("/recovery").text
    world.clock.advance(30)
    other = Browser(world)
    other.sign_in()
    assert "Overview" == other.post("/sign-in/answer", code=codes[3]).title
    assert 9 == has(world).recovery_codes


def test_recovery_codes_want_a_proof(world, inside):
    """As everything that binds."""
    world.clock.advance(301)
    inside.get("/recovery")
    assert "Prove that it is you" == inside.post("/recovery").title
    assert 10 == has(world).recovery_codes


# --- sessions elsewhere ---


def test_a_change_ends_the_sessions_of_other_browsers(world, inside):
    """Whoever else was in has to show the second factor again."""
    second = Browser(world)
    world.clock.advance(31)
    second.enter()
    inside.get("/recovery")
    inside.post("/recovery")
    assert "Sign in" == second.get("/").title
    assert "Overview" == inside.get("/").title


# --- the first login ---


@pytest.fixture
def first(world, browser):
    """Bob's browser, who never had a second factor, in the days of first logins."""
    world.first_login_until = world.now() + 3600
    world.account("bob")
    browser.sign_in("bob")
    return browser


def test_a_first_login_may_enrol(first):
    """And nothing else."""
    assert "You have no second factor yet" in first.page.text
    for path in ("/logins", "/recovery"):
        assert "Overview" == first.get(path).title
    fields = first.get("/").fields("/sign-out")
    assert "Sign in" == first.take(first.send("POST", "/recovery", fields)).title


def test_no_first_login_for_whom_a_policy_does_not_let_enrol(world, browser):
    """They are told to ask; `methods: [portal]` holds for sign-ins here."""
    world.first_login_until = world.now() + 3600
    here = (CameBy(frozenset({"portal"})),)
    rule = replace(POLICY, enrolment=False, circumstances=here)
    world.runner.configure((rule,), world.directory, 100)
    world.account("bob")
    assert "Ask your administrator for one" in browser.sign_in("bob").fault
    assert "Sign in" == browser.get("/phone").title


def test_a_first_login_ends_with_the_enrolment_of_a_phone(world, first):
    """The person signs in anew, with the phone."""
    first.get("/phone")
    page = first.post("/phone")
    assert "bob" == enrol(world, page).account_name
    assert '{"signed_out": true}' == first.get("/phone/news", **{"Sec-Fetch-Mode": "cors"}).text
    assert "Sign in" == first.get("/phone").title


def test_a_first_login_ends_with_the_enrolment_of_an_app(world, first):
    """Which is a page that says so."""
    first.get("/totp")
    page = first.post("/totp/new")
    page = first.post("/totp", code=code_of(page, world))
    assert ("Sign in", "You have a second factor now. Sign in with it.") == (page.title, page.note)


def test_two_first_logins_enrol_once(world, first):
    """The slower one finds that there is a factor."""
    second = Browser(world, "192.0.2.45")
    second.sign_in("bob")
    first.get("/phone"), second.get("/totp")
    offered = second.post("/totp/new")
    enrol(world, first.post("/phone"))
    assert "Sign in" == second.post("/totp", code=code_of(offered, world)).title
    assert not world.store.read(lambda s: accounts.enrolments(s, world.account("bob"))).has("totp")


def test_a_first_login_after_the_last_day(world, browser):
    """The password alone leads nowhere; a session of before enrols no more."""
    world.first_login_until = world.now() + 60
    world.account("bob")
    browser.sign_in("bob")
    browser.get("/phone")
    world.clock.advance(60)
    assert "Sign in" == browser.post("/phone").title
    assert "Ask your administrator" in browser.sign_in("bob").fault


@pytest.mark.parametrize("had", ["phone", "app", "codes"])
def test_the_thief_with_the_password_after_a_revocation(world, browser, had):
    """Whoever ever had a factor is no first login, whatever is left: the invitation alone helps."""
    world.first_login_until = world.now() + 3600
    if had == "phone":
        world.enrol("alice", codes=False)
        world.revoke_phone()
    elif had == "app":
        account = world.account()
        world.write(lambda s: totp.enroll(s, MASTER, account, seed(), world.now()))
        world.write(lambda s: totp.remove(s, account))
    else:
        _, codes = world.enrol("alice", phone=False)
        world.write(lambda s: totp.remove(s, world.account()))
        world.use_up(codes)
    page = browser.sign_in()
    assert 403 == page.status
    assert "Ask your administrator for an invitation" in page.fault
    assert "__Host-countersign-session" not in browser.cookies
    for path in ("/phone", "/totp"):
        assert "Sign in" == browser.get(path).title


def test_a_revocation_ends_every_session(world, inside):
    """Whatever it was that let it in: an admin takes no half away."""
    second = Browser(world)
    second.sign_in()
    second.post("/sign-in/answer", code=world.code().decode())
    assert "Overview" == second.get("/").title
    world.revoke_phone()
    assert ["Sign in"] * 2 == [one.get("/phone").title for one in (inside, second)]
