"""Codes that the app makes in a browser: enrolled there, equal to oathtool's, used at a NAS."""

import re

import pytest

from proxy.factors.totp import TotpSeed, otpauth_uri
from proxy.secret import Secret
from tests.peers import access
from tests.peers.browser import PHONE, needs_chromium, until
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_REJECT
from tests.scenarios.conftest import APPENDED
from tests.scenarios.test_codes import code, wrong

pytestmark = [pytest.mark.scenario, needs_chromium]

MODULE = "import('/app/codes.js')"
SHOWN = ".passcode"
LOSE_FIRST_PUT = """
const asked = window.fetch;
window.fetch = async (url, init) => {
  if (init?.method !== "PUT" || sessionStorage.lost) return asked(url, init);
  sessionStorage.lost = WHAT === "answer" ? (await asked(url, init)).status : "unasked";
  throw new TypeError("the network is gone");
};
"""


def enrol_app(someone, page):
    """Enrol the browser as this person's phone."""
    page.clock.install()
    page.goto(f"{someone.daemon.url}/enroll#{someone.invited()}")
    page.get_by_role("button", name="Enrol this phone").click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("This phone answers for").wait_for()


def shown(page):
    """Give the code that the page shows, waiting for one."""
    page.wait_for_function(
        "() => /^[0-9]{3} [0-9]{3}$/.test(document.querySelector('.passcode')?.textContent ?? '')",
        timeout=40_000,
    )
    return page.locator(SHOWN).inner_text().replace(" ", "")


def good(page):
    """Nothing serious is wrong with the page for anybody, nor on the smallest screen."""
    assert [] == access.faults(page)
    assert [] == access.overflow(page)


def turn(page):
    """Let the phone's clock be in the next step, whose code has not served."""
    page.clock.fast_forward(30_000)


def watched_seed(page):
    """Give the seeds that the server sends to the page from now on."""
    seeds = []

    def look(response):
        if response.url.endswith("/totp") and response.status == 201:
            seeds.append(re.search(r"secret=([A-Z2-7]+)", response.json()["uri"])[1])

    page.on("response", look)
    return seeds


KINDS = [("SHA1", 6, 30), ("SHA256", 8, 60), ("SHA512", 7, 45)]
RFC6238_B = [59, 1111111109, 1234567890, 2000000000, 20000000000]
NO_CODES = [
    "otpauth://hotp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "https://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ",
    "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1",
    "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=5",
    "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=MD5",
    "otpauth://totp/a",
]


def test_codes_equal_oathtools(browser, daemon):
    """Of whatever kind, at the times of RFC 6238 appendix B; another URI makes none."""
    made = f"""async ([uri, times]) => {{
        const {{ readUri, codeOf }} = await {MODULE};
        const codes = await readUri(uri);
        return Promise.all(times.map((t) => codeOf(codes, Math.floor(t / codes.period))));
    }}"""
    with browser.profile("oath") as context:
        page = context.pages[0]
        page.goto(f"{daemon.url}/app/")
        for algorithm, digits, period in KINDS:
            seed = TotpSeed(Secret(bytes(range(1, 33))), algorithm, digits=digits, period=period)
            uri = otpauth_uri(seed, "alice", "mfa.example.org")
            found = page.evaluate(made, [uri, RFC6238_B])
            assert [oathtool(uri, seed, at) for at in RFC6238_B] == found
        refusal = f"async (uri) => (await {MODULE}).readUri(uri).then(() => '', (e) => e.message)"
        assert all(page.evaluate(refusal, uri) for uri in NO_CODES)


def oathtool(uri, seed, at):
    secret = re.search(r"secret=([A-Z2-7]+)", uri)[1]
    more = (
        f"--totp={seed.algorithm}",
        f"--digits={seed.digits}",
        f"--time-step-size={seed.period}s",
    )
    return code(secret, at=at, more=more)


def test_the_app_enrols_codes_and_makes_them_without_a_network(browser, someone, daemon):
    """Its code lets in at a NAS; offline, opened anew, it is still oathtool's; the key stays."""
    with browser.profile(someone.name, **PHONE) as context:
        page = context.pages[0]
        seeds = watched_seed(page)
        enrol_app(someone, page)
        page.get_by_role("button", name="Make codes on this phone").click()
        page.get_by_text("The first code is used up").wait_for()
        assert "– – –" == page.locator(SHOWN).inner_text()
        turn(page)
        typed = shown(page)
        assert typed in {code(seeds[0], away) for away in (0, 1)}
        with someone.nas(APPENDED) as nas:
            assert ACCESS_ACCEPT == nas.ask(someone.packet(f"{someone.password},{typed}")).code
        good(page)
        assert not exportable(page)
        assert seeds[0] not in page.evaluate("document.documentElement.outerHTML")
        until(page, "navigator.serviceWorker.controller !== null")
        context.set_offline(True)
        page.reload()
        page.get_by_text("There is no network").wait_for()
        turn(page)
        assert shown(page) in {code(seeds[0], away) for away in (0, 1, 2)}
        context.set_offline(False)
        daemon.command("totp", "remove", someone.name)
        page.reload()
        page.get_by_role("button", name="Make codes on this phone").wait_for()
        assert 0 == page.locator(SHOWN).count()
        assert [] == context.faults


def exportable(page):
    """Say whether the browser gives the seed out, or keeps it anywhere as text."""
    return page.evaluate(
        f"""async () => {{
            const {{ key }} = await (await {MODULE}).kept();
            const given = await crypto.subtle.exportKey("raw", key).then(() => true, () => false);
            return given || key.extractable || localStorage.length + sessionStorage.length > 0;
        }}"""
    )


def test_another_app_is_replaced_for_a_code_of_it(browser, someone):
    """Without one, or with a wrong one, nothing happens and the page says what is wanted."""
    old = someone.enrol_totp()
    with browser.profile(someone.name, **PHONE) as context:
        page = context.pages[0]
        enrol_app(someone, page)
        field = page.get_by_label("A code of your present app")
        button = page.get_by_role("button", name="Make codes on this phone")
        button.click()
        page.get_by_text("You have codes in another app. Type a code").wait_for()
        field.fill(wrong(old))
        button.click()
        page.get_by_text("This code is not right").wait_for()
        good(page)
        assert "" == field.input_value()
        field.fill(code(old))
        button.click()
        page.locator(SHOWN).wait_for()
        with someone.nas(APPENDED) as nas:
            reply = nas.ask(someone.packet(f"{someone.password},{code(old, 1)}"))
            assert ACCESS_REJECT == reply.code


@pytest.mark.parametrize(("what", "told"), [("answer", "204"), ("request", "unasked")])
def test_what_was_lost_on_the_way_is_asked_for_again(browser, someone, what, told):
    """Whether the server took the first code or never saw it: the phone has the codes in the end."""
    with browser.profile(someone.name, **PHONE) as context:
        context.add_init_script(LOSE_FIRST_PUT.replace("WHAT", repr(what)))
        page = context.pages[0]
        seeds = watched_seed(page)
        enrol_app(someone, page)
        page.get_by_role("button", name="Make codes on this phone").click()
        page.get_by_text("The server could not be reached").wait_for()
        assert told == page.evaluate("sessionStorage.lost")
        page.reload()
        page.locator(SHOWN).wait_for()
        turn(page)
        assert shown(page) in {code(seeds[0], away) for away in (0, 1)}
        assert 1 == len(seeds)
