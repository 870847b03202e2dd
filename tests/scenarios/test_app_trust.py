"""What the authenticator web app believes: requests that this server signed for this phone, no others."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from playwright.sync_api import expect

from proxy.factors.approval import shown_text
from proxy.factors.jwk import SigningKey
from proxy.factors.key_list import sign_key_list
from tests.peers.app import App
from tests.peers.browser import PHONE, needs_chromium, until
from tests.peers.phone import b64, jwk_of, new_key, payload_of, sign, thumbprint, unb64
from tests.scenarios.conftest import HELD

pytestmark = [pytest.mark.scenario, needs_chromium]

URL = "https://mfa.example.org"
SERVER, STRANGER, PHONE_KEY = new_key(), new_key(), new_key()
KID, DEVICE = thumbprint(jwk_of(SERVER)), thumbprint(jwk_of(PHONE_KEY))
HEADER = {"alg": "ES256", "typ": "approval-request+jwt", "kid": KID}
CLAIMS = {
    "id": "a1",
    "iss": URL,
    "sub": "alice",
    "aud": DEVICE,
    "iat": 1_700_000_000,
    "exp": 1_700_000_120,
    "nonce": "n",
    "client": "vpn",
    "origin": "192.0.2.7",
    "number_digits": 6,
    "verify_user": False,
}
READ = """async ([name, text, phone]) => {
  const module = await import(location.origin + "/app/requests.js");
  return module[name](text, phone).then((told) => ({ told }), (error) => ({ fault: error.message }));
}"""
MINE = """async () => {
  const { Device } = await import(location.origin + "/app/device.js");
  const { get } = await import(location.origin + "/app/store.js");
  return new Device(await get("phone")).approvals();
}"""


@pytest.fixture(scope="module")
def page(browser, daemon):
    """A page of this origin, in which modules are tried by themselves."""
    with browser.visit() as context:
        context.pages[0].goto(f"{daemon.url}/healthz")
        yield context.pages[0]


def read(page, text, name="readRequest", **changed):
    phone = {"id": DEVICE, "issuer": URL, "serverKeys": {KID: jwk_of(SERVER)}, **changed}
    return page.evaluate(READ, [name, text, phone])


def test_what_the_server_signed_for_this_phone_is_read(page):
    """As texts and numbers."""
    told = read(page, sign(HEADER, CLAIMS, SERVER))["told"]
    assert ("alice", "vpn", "192.0.2.7", 6) == (
        told["account"],
        told["client"],
        told["origin"],
        told["numberDigits"],
    )
    assert 120 == told["expiresAt"] - told["issuedAt"]


def altered(text):
    head, body, signature = text.split(".")
    claims = json.loads(unb64(body)) | {"origin": "198.51.100.9"}
    return f"{head}.{b64(json.dumps(claims).encode())}.{signature}"


def raw(header, payload, key=SERVER):
    """Sign octets as they are."""
    first = f"{b64(header)}.{b64(payload)}"
    r, s = decode_dss_signature(key.sign(first.encode(), ec.ECDSA(SHA256())))
    return f"{first}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


GOOD = sign(HEADER, CLAIMS, SERVER)
HEAD, BODY = json.dumps(HEADER).encode(), json.dumps(CLAIMS).encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(altered(GOOD), id="altered"),
        pytest.param(sign(HEADER, CLAIMS, STRANGER), id="another key under the known name"),
        pytest.param(
            sign(HEADER | {"kid": thumbprint(jwk_of(STRANGER))}, CLAIMS, STRANGER), id="unknown key"
        ),
        pytest.param(sign(HEADER | {"kid": "__proto__"}, CLAIMS, SERVER), id="inherited name"),
        pytest.param(sign(HEADER | {"jwk": jwk_of(STRANGER)}, CLAIMS, STRANGER), id="its own key"),
        pytest.param(sign(HEADER | {"alg": "none"}, CLAIMS, SERVER), id="no algorithm"),
        pytest.param(sign(HEADER | {"alg": "HS256"}, CLAIMS, SERVER), id="another algorithm"),
        pytest.param(sign(HEADER | {"typ": "server-keys+jwt"}, CLAIMS, SERVER), id="another type"),
        pytest.param(sign(HEADER | {"crit": ["exp"]}, CLAIMS, SERVER), id="crit"),
        pytest.param(sign(HEADER | {"b64": False}, CLAIMS, SERVER), id="b64"),
        pytest.param(sign(HEADER | {"x5u": "https://x"}, CLAIMS, SERVER), id="x5u"),
        pytest.param(sign(HEADER, CLAIMS | {"aud": "another"}, SERVER), id="another phone"),
        pytest.param(sign(HEADER, CLAIMS | {"iss": URL + "/"}, SERVER), id="another server"),
        pytest.param(sign(HEADER, CLAIMS | {"number_digits": "6"}, SERVER), id="digits as text"),
        pytest.param(sign(HEADER, CLAIMS | {"number_digits": 17}, SERVER), id="too many digits"),
        pytest.param(sign(HEADER, CLAIMS | {"exp": None}, SERVER), id="no end"),
        pytest.param(sign(HEADER, CLAIMS | {"id": ""}, SERVER), id="no id"),
        pytest.param(sign(HEADER, CLAIMS | {"sub": "a" * 9000}, SERVER), id="too long"),
        pytest.param(GOOD + "=", id="padding"),
        pytest.param(GOOD + ".", id="four parts"),
        pytest.param(GOOD.rpartition(".")[0] + ".", id="no signature"),
        pytest.param(raw(HEAD, BODY[:-1] + b', "origin": "x"}'), id="a repeated name"),
        pytest.param(raw(HEAD[:-1] + b', "typ": "x"}', BODY), id="a repeated name in the header"),
        pytest.param(raw(HEAD, b"[]"), id="no object"),
        pytest.param(raw(HEAD, b'{"iss": "\xff"}'), id="no UTF-8"),
        pytest.param("", id="nothing"),
    ],
)
def test_everything_else_is_refused(page, text):
    """By the profile, before anything of it could be shown."""
    assert "fault" in read(page, text)


def test_texts_are_shown_without_what_hides(page):
    """As the server and the terminal phone do: no control or direction characters, cut."""
    for text in (
        "a\u202eb\u200bc\nd\0e",
        "\u2028x\u2029",
        "x" * 99,
        "jörg 🔑",
        "\ud83d\udd11" * 70,
    ):
        claims = CLAIMS | {"origin": text}
        octets = json.dumps(claims).encode()
        told = read(page, raw(HEAD, octets))["told"]
        assert shown_text(json.loads(octets)["origin"]) == told["origin"]


def test_new_keys_are_taken_from_a_list_that_a_known_key_signed(page):
    """And from no other, nor from one for another phone."""
    key, new = SigningKey(SERVER), SigningKey.create()
    listed = sign_key_list([key.public, new.public], URL, DEVICE, key, 1_700_000_000)
    assert {key.kid, new.kid} == set(read(page, listed, "readKeyList")["told"])
    foreign = sign_key_list([new.public], URL, DEVICE, SigningKey(STRANGER), 1_700_000_000)
    others = sign_key_list([new.public], URL, "another", key, 1_700_000_000)
    for text in (foreign, others, GOOD):
        assert "fault" in read(page, text, "readKeyList")


def test_a_foreign_or_altered_request_is_not_shown(browser, daemon, someone, names):
    """Whoever delivers it: beside a good one, which is shown, and the person is told of the others."""
    other = type(someone)(daemon, next(names)).enrol_phone()
    with browser.visit(**PHONE, service_workers="block") as context, someone.nas(HELD) as nas:
        app = App(context.pages[0], daemon.url).enrol(someone.invited())
        nas.send(someone.packet())
        app.request()
        (good,) = app.page.evaluate(MINE)["approvals"]
        nas.send(other.packet())
        foreign = other.asked()
        forged = sign({**HEADER, "kid": header_of(good)["kid"]}, payload_of(good), STRANGER)
        bad = [altered(good), foreign, forged, "nonsense"]

        def deliver(*texts):
            body = f"event: approvals\ndata: {json.dumps({'approvals': texts, 'others': []})}\n\n"
            context.route(
                "**/api/device/v1/events",
                lambda route: route.fulfill(content_type="text/event-stream", body=body),
            )
            return app.open()

        deliver(*bad).told("cannot be verified")
        app.heading("Nothing to approve")
        deliver(*bad, good).heading("A login waits")
        expect(app.request()).to_contain_text("192.0.2.77")
        expect(app.page.get_by_text("198.51.100.9")).to_have_count(0)


def header_of(jws):
    return json.loads(base64.urlsafe_b64decode(jws.split(".")[0] + "=="))


def test_a_new_key_of_the_server_is_learnt_before_it_signs(browser, daemon, someone):
    """At the next opening of the app."""
    with browser.visit(**PHONE) as context:
        app = App(context.pages[0], daemon.url).enrol(someone.invited())
        before = set(app.kept()["serverKeys"])
        daemon.command("key", "rotate", "requests")
        app.open()
        known = "import(location.origin + '/app/store.js').then(({ get }) => get('phone'))"
        until(app.page, known, lambda phone: before < set(phone["serverKeys"]))
        assert before < set(app.kept()["serverKeys"])
