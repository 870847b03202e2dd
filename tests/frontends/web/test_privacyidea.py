"""The path of the privacyIDEA Authenticator, as its phones see it; the clock stands still."""

import base64
import json
from urllib.parse import quote_from_bytes, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.accounts.device import Device
from proxy.login.events import ApprovalAsked, ApprovalNotAsked
from proxy.store import accounts, approvals, devices, open_approvals, privacyidea, schema
from tests.peers.device_world import SocketlessPhone, SocketlessPrivacyIdeaPhone
from tests.peers.privacyidea_phone import key_of

PATH = "/api/privacyidea"


@pytest.fixture
def token(world):
    """Alice's phone, rolled out and activated."""
    found = SocketlessPrivacyIdeaPhone(world, world.invite_privacyidea())
    assert 200 == found.roll_out()
    assert (200, []) == found.poll()
    return found


def rolled_out(world, key=None, **invitation):
    found = SocketlessPrivacyIdeaPhone(world, world.invite_privacyidea(**invitation), key)
    assert 200 == found.roll_out()
    return found


def phone_of(world) -> Device | None:
    return world.write(lambda s: devices.active(s, world.account.id))


def state_of(world, asked):
    return world.write(lambda s: open_approvals.for_answer(s, asked.approval_id)).state


def row_of(world, asked):
    table = schema.approvals
    return world.write(lambda s: s.row(table.select().where(table.c.id == asked.approval_id)))


# --- roll-out and activation ---


def test_the_first_signed_poll_makes_the_phone_the_accounts(world):
    """A roll-out is not signed: by itself it enrols nothing."""
    found = rolled_out(world)
    assert phone_of(world) is None
    assert (200, []) == found.poll()
    phone = phone_of(world)
    assert ("privacyidea", "privacyIDEA Authenticator") == (phone.kind, phone.name)
    numbers = found.key.public_key().public_numbers()
    assert numbers.n == int.from_bytes(unb64(json.loads(phone.public_jwk)["n"]))


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_proof_of_enrolment_is_kept_whole(world):
    """Roll-out and first poll, as they came: whoever has the key can verify the poll later."""
    found = rolled_out(world)
    query = found.poll_query()
    found.call("GET", query)
    row = world.write(lambda s: s.row(schema.devices.select()))
    proof = json.loads(row["enrolment_proof"])
    assert query == proof["poll"]
    assert found.facts["enrollment_credential"] in proof["roll_out"]


def test_an_old_phone_is_retired_at_activation_and_not_before(world, phone):
    """In one transaction with it."""
    found = rolled_out(world, replace=True)
    assert phone.id == phone_of(world).id
    found.poll()
    assert "privacyidea" == phone_of(world).kind
    assert "replaced" == world.write(lambda s: devices.find(s, phone.id)).retired_reason


def test_a_phone_that_is_there_is_not_replaced_unasked(world, phone):
    """An invitation without --replace is not even made; one before the phone came does not serve."""
    with pytest.raises(devices.HasDevice):
        world.invite_privacyidea()


def test_a_phone_that_came_meanwhile_stays(world):
    """The invitation does not say that it replaces."""
    found = rolled_out(world)
    other = SocketlessPhone(world)
    assert 201 == other.enroll(world.invite())[0]
    assert 403 == found.poll()[0]
    assert other.id == phone_of(world).id


def test_what_is_not_activated_in_time_is_forgotten(world):
    """Fifteen minutes here, from the invitation on."""
    found = rolled_out(world)
    world.clock.advance(901)
    assert 400 == found.poll()[0]
    assert phone_of(world) is None


def test_a_newer_invitation_ends_an_older_one(world):
    """Rolled out or not."""
    before = SocketlessPrivacyIdeaPhone(world, world.invite_privacyidea())
    waiting = rolled_out(world)
    assert 403 == before.roll_out()
    world.invite()
    assert 403 == waiting.poll()[0]


def test_a_credential_serves_one_key(world):
    """The same phone may ask again, another one with the same QR code may not."""
    uri = world.invite_privacyidea()
    first = SocketlessPrivacyIdeaPhone(world, uri)
    assert (200, 200) == (first.roll_out(), first.roll_out())
    assert 403 == SocketlessPrivacyIdeaPhone(world, uri, key_of(1)).roll_out()
    first.poll()
    assert 403 == first.roll_out()


def test_a_key_is_enrolled_once_for_ever(world, token):
    """Not even again for the same person."""
    again = SocketlessPrivacyIdeaPhone(world, world.invite_privacyidea(replace=True))
    assert 403 == again.roll_out()


def test_credential_and_serial_belong_together(world):
    """Neither of another invitation serves."""
    found = SocketlessPrivacyIdeaPhone(world, world.invite_privacyidea())
    assert 403 == found.roll_out(enrollment_credential="0" * 40)
    assert 403 == found.roll_out(serial="ABCD000000000000")


def test_a_code_of_our_own_app_does_not_roll_out(world):
    """And the credential enrols no phone of our own app."""
    found = SocketlessPrivacyIdeaPhone(world, world.invite_privacyidea())
    credential = found.facts["enrollment_credential"]
    assert 403 == SocketlessPhone(world).enroll(credential)[0]
    code = world.invite()
    assert 403 == found.roll_out(enrollment_credential=code)


def der_of(key):
    octets = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize(
    "pubkey",
    [
        der_of(key_of(9, bits=1024)),
        der_of(rsa.generate_private_key(3, 2048)),
        der_of(ec.generate_private_key(ec.SECP256R1())),
        "AAAA",
        "*",
        "A" * 1025,
    ],
    ids=["short", "exponent", "elliptic", "no-key", "no-base64", "long"],
)
def test_a_weak_or_broken_key_is_refused(world, pubkey):
    """2048 bits at least, and the usual exponent."""
    found = SocketlessPrivacyIdeaPhone(world, world.invite_privacyidea())
    assert 400 == found.roll_out(pubkey=pubkey)


def test_a_key_comes_in_either_alphabet(world):
    """With spaces for plus signs, too, and without padding."""
    found = SocketlessPrivacyIdeaPhone(world, world.invite_privacyidea())
    text = found.pubkey()
    for spelt in (text.replace("+", " "), text.replace("+", "-").replace("/", "_").rstrip("=")):
        assert 200 == found.roll_out(pubkey=spelt)


def test_roll_outs_are_limited_by_source(world):
    """The right one must wait too."""
    found = SocketlessPrivacyIdeaPhone(world, world.invite_privacyidea())
    for _ in range(10):
        assert 403 == found.roll_out(enrollment_credential="0" * 40)
    assert 429 == found.roll_out()


def test_before_any_invitation_nothing_fails(world):
    """No key of the server's was made, and nobody can tell."""
    fields = {"enrollment_credential": "0" * 40, "serial": "ABCD0123456789AB"}
    body = urlencode({**fields, "pubkey": der_of(key_of())}).encode()
    assert 403 == world.call("POST", PATH, body).answer[0]


# --- polls ---


def test_a_request_is_shown_once_it_is_there(world, token):
    """Signed by the server, every value a text; each poll brings the same octets."""
    world.ask()
    (one,), (again,) = token.challenges(), token.challenges()
    assert one == again
    assert "alice logs in at vpn from" in one["question"]
    assert "1" == one["sslverify"]
    assert "require_presence" not in one


def test_a_poll_waits_for_a_request(world, token):
    """Up to ten seconds; the request ends the wait."""
    held = token.begin("GET", token.poll_query())
    assert held.answer is None
    world.ask()
    world.inbox.changed(phone_of(world).id)
    assert 1 == len(held.answer[1]["result"]["value"])


def test_a_poll_ends_after_ten_seconds(world, token):
    """With nothing; the app asks again."""
    held = token.begin("GET", token.poll_query())
    world.clock.advance(9.9)
    assert held.answer is None
    world.clock.advance(0.2)
    assert (200, []) == (held.answer[0], held.answer[1]["result"]["value"])


def test_one_poll_a_phone(world, token):
    """A newer one ends the older one at once."""
    older = token.begin("GET", token.poll_query())
    world.clock.advance(1)
    newer = token.begin("GET", token.poll_query())
    assert [] == older.answer[1]["result"]["value"]
    assert newer.answer is None


def test_a_poll_that_goes_away_leaves_nothing(world, token):
    """The next one waits as the first."""
    token.begin("GET", token.poll_query()).hang_up()
    assert 0 == world.inbox.listening()
    assert token.begin("GET", token.poll_query()).answer is None


@pytest.mark.parametrize("digits", [3, 6])
def test_a_timestamp_has_three_or_six_decimals(world, token, digits):
    """As the app's platform writes it."""
    assert 200 == token.poll(timestamp=token.timestamp(digits=digits))[0]


@pytest.mark.parametrize(("away", "status"), [(-179, 200), (179, 200), (-181, 400), (181, 400)])
def test_a_timestamp_is_near(world, token, away, status):
    """Three minutes, either way."""
    assert status == token.poll(timestamp=token.timestamp(away))[0]


@pytest.mark.parametrize(
    "timestamp",
    ["", "now", "2026-11-24T02:53:19Z", "2026-13-24T02:53:19.073Z", "2026-11-24 02:53:19.073Z"],
)
def test_a_broken_timestamp(token, timestamp):
    """Is none."""
    query = urlencode({"serial": token.serial, "timestamp": timestamp, "signature": "A"})
    assert 400 == token.call("GET", query)[0]


def test_a_poll_is_not_replayed(world, token):
    """Whoever saw it gets nothing with it."""
    query = token.poll_query()
    world.ask()
    assert 200 == token.call("GET", query)[0]
    assert 400 == token.call("GET", query)[0]


def test_a_wrong_signature_is_told_as_an_unknown_serial(world, token):
    """Nobody learns which serials there are."""
    wrong = token.call("GET", token.poll_query(signature=token.sign("x", key_of(1))))
    unknown = token.call("GET", token.poll_query(serial="ABCD0123456789AB"))
    assert wrong == unknown
    assert 400 == wrong[0]


def test_wrong_signatures_are_limited(world, token):
    """By source and serial: phones beside it go on."""
    for _ in range(10):
        assert 400 == token.poll(signature="A" * 416)[0]
    assert 429 == token.poll()[0]
    for _ in range(12):
        status = token.call("GET", token.poll_query(serial="ABCD0123456789AB"))[0]
    assert 429 == status
    world.clock.advance(120)
    assert 200 == token.poll()[0]


def test_an_unknown_phone_does_not_stop_those_beside_it(world, token):
    """One that was forgotten polls on and on behind the same address."""
    for _ in range(12):
        token.call("GET", token.poll_query(serial="ABCD0123456789AB"))
    assert 200 == token.poll()[0]


def test_a_retired_phone_is_told_nothing(world, token):
    """A poll that waits ends at once, a new one is refused; its answers change nothing."""
    asked = world.ask()
    (challenge,) = token.challenges()
    device = phone_of(world)
    world.write(lambda s: devices.retire(s, device.id, "revoked", world.now()))
    proofs = len(world.write(lambda s: s.rows(schema.used_proofs.select())))
    assert 403 == token.poll()[0]
    assert 403 == token.update()
    assert proofs == len(world.write(lambda s: s.rows(schema.used_proofs.select())))
    assert token.answer(challenge) is False
    assert "void" == state_of(world, asked)


def test_a_waiting_poll_of_a_retired_phone_ends(world, token):
    """As those of our own app."""
    held = token.begin("GET", token.poll_query())
    device = phone_of(world)
    world.write(lambda s: devices.retire(s, device.id, "revoked", world.now()))
    world.inbox.changed(device.id)
    assert 403 == held.answer[0]


def test_a_blocked_account(world, token):
    """Its phone sees and answers nothing."""
    world.ask()
    (challenge,) = token.challenges()
    world.write(lambda s: accounts.block(s, world.account.id, world.now()))
    assert 403 == token.poll()[0]
    assert token.answer(challenge) is False


# --- answers ---


def test_approved(world, token):
    """The answer is kept whole, as it was sent, and verifies later with the phone's key."""
    asked = world.ask()
    (challenge,) = token.challenges()
    fields = token.answer_to(challenge)
    assert token.answer(challenge) is True
    row = row_of(world, asked)
    assert ("approved", urlencode(fields)) == (row["state"], row["answer"])
    assert challenge == json.loads(row["request"])
    assert world.stirs
    assert [] == token.poll()[1]


@pytest.mark.parametrize(
    ("decline", "state"),
    [(True, "denied"), ("cancelled", "denied"), ("unknown_trigger", "reported")],
)
def test_declined(world, token, decline, state):
    """A trigger that nobody knows of is a report."""
    asked = world.ask()
    (challenge,) = token.challenges()
    assert token.answer(challenge, decline) is True
    assert state == state_of(world, asked)


def test_an_older_app_leaves_the_nonce_out(world, token):
    """Each open request is tried."""
    asked = world.ask()
    (challenge,) = token.challenges()
    assert token.answer(challenge, old_app=True) is True
    assert "approved" == state_of(world, asked)


def test_an_answer_counts_once(world, token):
    """The same again changes nothing, and a decline after an approval neither."""
    asked = world.ask()
    (challenge,) = token.challenges()
    assert token.answer(challenge) is True
    assert token.answer(challenge) is False
    assert token.answer(challenge, "unknown_trigger") is False
    assert "approved" == state_of(world, asked)


def test_too_late(world, token):
    """Answered after its end."""
    asked = world.ask()
    (challenge,) = token.challenges()
    world.clock.advance(121)
    assert token.answer(challenge) is False
    assert 400 == token.answer(challenge, old_app=True)
    assert "open" == state_of(world, asked)


def test_withdrawn(world, token):
    """The login was decided otherwise."""
    asked = world.ask()
    (challenge,) = token.challenges()
    world.write(lambda s: approvals.withdraw(s, asked.approval_id, world.now()))
    assert token.answer(challenge) is False


def test_a_wrong_signature_answers_nothing(world, token):
    """Another key, another nonce, another decision than was signed."""
    asked = world.ask()
    (challenge,) = token.challenges()
    assert 400 == token.answer(challenge, key=key_of(1))
    assert 400 == token.answer({**challenge, "nonce": "x"}, nonce=challenge["nonce"])
    signed = token.answer_to(challenge)["signature"]
    assert 400 == token.answer(challenge, True, signature=signed)
    assert 400 == token.answer(challenge, signature=token.answer_to(challenge, True)["signature"])
    assert "open" == state_of(world, asked)


@pytest.mark.parametrize("presence", ["decline", "decline|cancelled", "1|2", "1" * 11, "\u0661"])
def test_a_signed_decline_is_never_an_approval(world, token, presence):
    """`decline` as the pressed option would be the same signed text: it is no number."""
    asked = world.ask(digits=6, picking=True)
    (challenge,) = token.challenges()
    signature = token.sign(f"{challenge['nonce']}|{token.serial}|{presence}")
    assert 400 == token.answer(challenge, presence=presence, signature=signature)
    assert "open" == state_of(world, asked)


def test_a_challenge_of_another_phone_is_not_answered(world, token):
    """Its nonce is known, its phone is not this one."""
    asked = world.ask()
    (challenge,) = token.challenges()
    other = rolled_out(world, key_of(1), replace=True)
    assert other.poll()[0] == 200
    assert other.answer({**challenge, "serial": other.serial}) is False
    assert "void" == state_of(world, asked)


def test_before_activation_there_is_nothing_to_answer(world):
    """A phone that has only rolled out is nobody's."""
    found = rolled_out(world)
    assert 400 == found.answer({"nonce": "x"})


# --- numbers ---


def test_a_number_is_not_asked_of_such_a_phone(world, token):
    """It cannot be typed there: unless the policy lets it be pressed, no push is sent."""
    assert ApprovalNotAsked("no-way-to-ask") == world.ask(digits=6)
    assert [] == token.poll()[1]


def test_a_number_is_pressed_where_the_policy_says_so(world, token):
    """One of ten, two digits each; the right one approves."""
    asked = world.ask(digits=6, picking=True)
    assert isinstance(asked, ApprovalAsked)
    assert asked.press
    (challenge,) = token.challenges()
    options = challenge["require_presence"].split(",")
    assert (10, "2") == (len(set(options)), challenge["version"])
    assert {2} == {len(option) for option in options}
    assert asked.number in options
    assert token.answer(challenge, presence=asked.number) is True
    assert "approved" == state_of(world, asked)


def test_a_wrong_number_closes_the_request(world, token):
    """At once: the next guess would be a better one. The answer is kept as evidence."""
    asked = world.ask(digits=6, picking=True)
    (challenge,) = token.challenges()
    options = challenge["require_presence"].split(",")
    wrong = next(option for option in options if option != asked.number)
    assert token.answer(challenge, presence=wrong) is False
    assert token.answer(challenge, presence=asked.number) is False
    assert "wrong-number" == state_of(world, asked)
    kept = world.write(lambda s: s.row(schema.wrong_answers.select()))
    assert f"presence_answer={wrong}" in kept["answer"]


def test_a_missing_number_closes_the_request_too(world, token):
    """An app that does not know of numbers approves nothing by leaving them out."""
    asked = world.ask(digits=6, picking=True)
    (challenge,) = token.challenges()
    assert token.answer(challenge) is False
    assert "wrong-number" == state_of(world, asked)


def test_a_decline_needs_no_number(world, token):
    """With or without one."""
    for decline in (True, "unknown_trigger"):
        asked = world.ask(digits=6, number=2 if decline is True else 3, picking=True)
        (challenge,) = token.challenges()
        assert token.answer(challenge, decline) is True
        assert state_of(world, asked) in {"denied", "reported"}
        world.clock.advance(30)


def test_a_number_where_none_is_asked(world, token):
    """Is no answer to this request; it stays open."""
    asked = world.ask()
    (challenge,) = token.challenges()
    assert token.answer(challenge, presence="42") is False
    assert "open" == state_of(world, asked)


# --- the rest ---


def test_a_token_update_is_accepted(world, token):
    """It is of no use here; a wrong signature is refused, and a replay."""
    at = token.timestamp()
    assert 200 == token.update(timestamp=at)
    assert 400 == token.update(timestamp=at)
    assert 400 == token.update(signature=token.sign("x"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"a",
        b"serial=a&serial=b&signature=c",
        b"serial=%ff&signature=c",
        b"serial=\xff&signature=c",
        b"&".join(b"f%d=1" % number for number in range(17)),
        b"serial=" + b"A" * 2049 + b"&signature=c",
        b"serial=ABCD0123456789AB&signature=",
        b"serial=ABCD0123456789AB&signature=A&decline=2",
        b"serial=ABCD0123456789AB&signature=A&decline_reason=cancelled",
        b"serial=ABCD0123456789AB&signature=A&decline=1&decline_reason=a|b",
        b"new_fb_token=a",
        b"enrollment_credential=a",
    ],
)
def test_a_broken_form(world, body):
    """No traceback for theirs; iOS sends an empty one first."""
    status, told = world.call("POST", PATH, body).answer
    assert (400, False) == (status, told["result"]["status"])


NAMES = st.sampled_from(
    [
        "serial",
        "nonce",
        "signature",
        "timestamp",
        "decline",
        "decline_reason",
        "presence_answer",
        "new_fb_token",
        "enrollment_credential",
        "pubkey",
        "fbtoken",
        "capabilities",
        "x",
    ]
)
TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(["1", "ABCD0123456789AB", "a|b", ""]))
FORMS = st.lists(st.tuples(NAMES, TEXTS), max_size=8).map(
    lambda pairs: urlencode(pairs, errors="surrogatepass").encode()
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(octets=st.one_of(st.binary(max_size=200), FORMS), method=st.sampled_from(["GET", "POST"]))
def test_whatever_comes_is_refused_in_the_same_form(world, token, octets, method):
    """Never a fault of ours, never a word of what came."""
    if method == "GET":
        query = quote_from_bytes(octets, safe="=&%+")
        status, told = world.call("GET", f"{PATH}?{query}").answer
    else:
        status, told = world.call("POST", PATH, octets).answer
    assert status in {400, 403, 413, 429}
    assert {"code", "message"} == told["result"]["error"].keys()


def test_a_long_form(world):
    """Is not read."""
    assert 413 == world.call("POST", PATH, b"a=" + b"b" * 8192).answer[0]


def test_other_methods(world):
    """Are told as everywhere."""
    assert 405 == world.call("DELETE", PATH).answer[0]


def test_the_key_is_made_once(world, token):
    """A second one would be unknown to every phone."""
    before = world.write(lambda s: s.row(schema.privacyidea_keys.select()))
    world.invite_privacyidea(replace=True)
    after = world.write(lambda s: s.rows(schema.privacyidea_keys.select()))
    assert [tuple(before)] == [tuple(row) for row in after]
    assert world.write(privacyidea.has_key)
