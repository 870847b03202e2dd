"""Passkeys at the door: how one comes with a phone, and when an approval needs it."""

import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import text

from proxy.store import devices, open_approvals
from tests.peers.authenticator import BE, UP, UV, Authenticator, Es256, cbor
from tests.peers.device_world import URL, SocketlessPhone, kind
from tests.peers.phone import API, new_key, payload_of, unb64


def with_passkey(world, **facts):
    phone = SocketlessPhone(world)
    phone.authenticator = Authenticator(URL, **facts)
    return phone


@pytest.fixture
def keyed(world):
    """A phone with a passkey whose authenticator counts."""
    phone = with_passkey(world, counter=3)
    assert 201 == phone.enroll(world.invite())[0]
    return phone


@pytest.fixture
def asked(world, keyed):
    """A request that wants its person verified: the phone, its id, an approval of it."""
    approval_id = world.ask(verify_user=True).approval_id
    (request,) = keyed.approvals()
    assert payload_of(request)["verify_user"] is True
    return keyed, approval_id, keyed.answer_to(request)


def state_of(world, approval_id):
    return world.write(lambda s: open_approvals.for_answer(s, approval_id)).state


def value(world, query):
    return world.write(lambda s: s.row(text(query)))[0]


# --- enrolment ---


def test_a_phone_brings_its_passkey(world, keyed):
    """It stands with the phone, as it was sent; the phone is told so."""
    _, _, octets = keyed.proved("GET", f"{API}/me")
    assert json.loads(octets)["passkey"] is True
    passkey = world.write(lambda s: devices.find(s, keyed.id)).passkey
    assert (keyed.authenticator.credential_id, 3, False, False) == (
        passkey.credential_id,
        passkey.sign_count,
        passkey.synced,
        passkey.only,
    )
    assert "attestationObject" in value(world, "SELECT registration FROM passkeys")


def test_a_phone_without_one_is_told_so(phone):
    """It may enrol all the same."""
    _, _, octets = phone.proved("GET", f"{API}/me")
    assert json.loads(octets)["passkey"] is False


@pytest.mark.parametrize(
    ("bent", "expected"),
    [
        ({"challenge": "AAAA"}, (400, "bad-passkey")),
        ({"origin": "https://evil.example"}, (400, "bad-passkey")),
        ({"party": "evil.example"}, (400, "bad-passkey")),
        ({"flags": UP}, (422, "verify-user")),
        ({"statement": {"fmt": "tpm"}}, (400, "bad-passkey")),
    ],
)
def test_a_passkey_that_cannot_be_taken(world, bent, expected):
    """The phone is not enrolled; its invitation serves the next try."""
    phone, code = with_passkey(world), world.invite()
    body = phone.enrolment(code)
    status, told = phone.enroll(code, passkey=phone.authenticator.register(body["proof"], **bent))
    assert expected == (status, kind(told))
    assert 201 == phone.enroll(code)[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"passkey": "text"},
        {"passkey": {}},
        {"passkey": []},
        {"passkey_only": "yes"},
        {"passkey_only": 1},
        {"passkey": None, "passkey_only": True},
    ],
)
def test_another_form_is_refused(world, changed):
    """A phone that would approve by its passkey only must have one."""
    assert 400 == with_passkey(world).enroll(world.invite(), **changed)[0]


def test_a_passkey_for_another_enrolment_does_not_serve(world):
    """Its challenge is the digest of the proof of the same body."""
    phone, code = with_passkey(world), world.invite()
    other = SocketlessPhone(world).enrolment(code)
    status, told = phone.enroll(code, passkey=phone.authenticator.register(other["proof"]))
    assert (400, "bad-passkey") == (status, kind(told))


def test_a_credential_is_enrolled_once(world, keyed):
    """It is one phone's, for ever."""
    other = SocketlessPhone(world)
    other.authenticator = keyed.authenticator
    status, told = other.enroll(world.invite(replace=True))
    assert (409, "already-enrolled") == (status, kind(told))
    assert 200 == keyed.proved("GET", f"{API}/me")[0]


def test_passkeys_that_may_be_copied(world):
    """Taken, unless the settings say otherwise; known as such."""
    world.synced_passkeys = False
    refused = with_passkey(world, flags=UP | UV | BE)
    status, told = refused.enroll(world.invite())
    assert (422, "passkey-synced") == (status, kind(told))
    assert 201 == with_passkey(world).enroll(world.invite())[0]
    world.synced_passkeys = True
    assert 201 == refused.enroll(world.invite(replace=True))[0]
    assert world.write(lambda s: devices.find(s, refused.id)).passkey.synced


# --- answers ---


def test_an_approval_with_its_assertion(world, asked):
    """Both are kept whole, and the counter goes on."""
    phone, approval_id, jws = asked
    assertion = phone.authenticator.assertion(jws)
    assert (204, None) == phone.send_asserted(approval_id, jws, assertion)
    assert "approved" == state_of(world, approval_id)
    assert assertion == json.loads(value(world, "SELECT assertion FROM approvals"))
    assert jws == value(world, "SELECT answer FROM approvals")
    assert 4 == value(world, "SELECT sign_count FROM passkeys")


def test_what_is_kept_proves_it_later(world, asked):
    """With nothing but the rows and the two public keys: which key approved what, and by whom."""
    phone, approval_id, jws = asked
    phone.send_asserted(approval_id, jws, phone.authenticator.assertion(jws))
    row = world.write(lambda s: s.row(text("SELECT request, answer, assertion FROM approvals")))
    assert sha256(row["request"].encode()).digest() == unb64(payload_of(row["answer"])["request"])
    kept = json.loads(row["assertion"])["response"]
    client, data = unb64(kept["clientDataJSON"]), unb64(kept["authenticatorData"])
    assert sha256(row["answer"].encode()).digest() == unb64(json.loads(client)["challenge"])
    assert data[32] & UV
    registered = json.loads(value(world, "SELECT registration FROM passkeys"))["response"]
    attested = unb64(registered["attestationObject"])
    assert cbor(phone.authenticator.key.cose) in attested
    signed = data + sha256(client).digest()
    phone.authenticator.key.public.verify(unb64(kept["signature"]), signed, ECDSA(SHA256()))


def test_the_same_answer_again(asked):
    """Its reply may have been lost: it was answered before, whatever the counter says."""
    phone, approval_id, jws = asked
    assertion = phone.authenticator.assertion(jws)
    assert (204, None) == phone.send_asserted(approval_id, jws, assertion)
    assert (409, "answered") == phone.send_asserted(approval_id, jws, assertion)
    assert (409, "answered") == phone.send(approval_id, jws)


def test_an_approval_without_an_assertion(world, asked):
    """In either form; the request stays open, however often."""
    phone, approval_id, jws = asked
    for _ in range(4):
        assert (422, "verify-user") == phone.send(approval_id, jws)
        assert (422, "verify-user") == phone.send_asserted(approval_id, jws, None)
    assert "open" == state_of(world, approval_id)
    assert 204 == phone.send_asserted(approval_id, jws, phone.authenticator.assertion(jws))[0]


@pytest.mark.parametrize(
    ("bent", "expected"),
    [
        ({"flags": UP}, (422, "verify-user")),
        ({"flags": 0}, (422, "verify-user")),
        ({"flags": UV}, (400, "bad-assertion")),
        ({"challenge": "AAAA"}, (400, "bad-assertion")),
        ({"origin": "https://evil.example"}, (400, "bad-assertion")),
        ({"party": "evil.example"}, (400, "bad-assertion")),
        ({"credential_id": b"another"}, (400, "bad-assertion")),
        ({"key": Es256()}, (400, "bad-assertion")),
        ({"type": "webauthn.create"}, (400, "bad-assertion")),
        ({"user_handle": "AAAA"}, (400, "bad-assertion")),
        ({"client_data": {"crossOrigin": True}}, (400, "bad-assertion")),
        ({"counter": 3}, (422, "passkey-copied")),
        ({"counter": 0}, (422, "passkey-copied")),
    ],
    ids=str,
)
def test_an_assertion_that_does_not_serve(world, asked, bent, expected):
    """Nothing is counted or closed by it; the right one serves afterwards."""
    phone, approval_id, jws = asked
    wrong = phone.authenticator.assertion(jws, **bent)
    assert expected == phone.send_asserted(approval_id, jws, wrong)
    assert "open" == state_of(world, approval_id)
    assert 3 == value(world, "SELECT sign_count FROM passkeys")
    assert 204 == phone.send_asserted(approval_id, jws, phone.authenticator.assertion(jws))[0]


@pytest.mark.parametrize("form", ["text", 7, [], {}, {"response": {}}])
def test_another_form_of_assertion(asked, form):
    """No traceback for theirs."""
    phone, approval_id, jws = asked
    assert (400, "bad-assertion") == phone.send_asserted(approval_id, jws, form)


def test_an_assertion_of_another_answer_or_phone(world, asked):
    """The challenge is the digest of this very answer, the key that of this very phone."""
    phone, approval_id, jws = asked
    request = phone.approvals()[0]
    other = phone.authenticator.assertion(phone.answer_to(request, iat=int(world.now()) - 1))
    assert (400, "bad-assertion") == phone.send_asserted(approval_id, jws, other)
    mallory = Authenticator(URL, credential_id=phone.authenticator.credential_id)
    assert (400, "bad-assertion") == phone.send_asserted(approval_id, jws, mallory.assertion(jws))


def test_an_assertion_does_not_serve_a_second_request(world, asked):
    """A replay: the request that it was for is over."""
    phone, approval_id, jws = asked
    assertion = phone.authenticator.assertion(jws)
    assert 204 == phone.send_asserted(approval_id, jws, assertion)[0]
    again = world.ask(number=2, verify_user=True, join_digest=b"o" * 32).approval_id
    assert (400, "another-request") == phone.send_asserted(again, jws, assertion)
    fresh = phone.answer_to(phone.approvals()[0])
    assert (400, "bad-assertion") == phone.send_asserted(again, fresh, assertion)


def test_the_answer_is_checked_as_ever(asked):
    """The app's key signs it, whatever the passkey says."""
    phone, approval_id, _ = asked
    forged = phone.answer_to(phone.approvals()[0], key=new_key())
    assertion = phone.authenticator.assertion(forged)
    assert (400, "bad-signature") == phone.send_asserted(approval_id, forged, assertion)
    for body in ({"answer": 7}, {"answer": "\u00e9"}, {"answer": None}):
        found = phone.send_asserted(approval_id, forged, assertion, **body)
        assert (400, "malformed-jws") == found


def test_a_body_that_is_no_json(asked):
    """But says so."""
    phone, approval_id, _ = asked
    path, headers = f"{API}/approvals/{approval_id}/answer", {"Content-Type": "application/json"}
    for body in (b"{", b"[]", b'{"answer":"a","answer":"b"}'):
        status, _, octets = phone.proved("POST", path, body, headers)
        assert (400, "malformed-json") == (status, kind(octets))


@pytest.mark.parametrize("decision", ["deny", "report"])
def test_whoever_denies_needs_no_assertion(asked, decision):
    """In either form; one that is there is not looked at."""
    phone, approval_id, _ = asked
    jws = phone.answer_to(phone.approvals()[0], decision)
    assert (204, None) == phone.send_asserted(approval_id, jws, "whatever")
    assert (409, "answered") == phone.send(approval_id, jws)


def test_a_plain_denial(asked):
    """As to any request."""
    phone, _, _ = asked
    assert 204 == phone.answer(phone.approvals()[0], "deny")


def test_a_request_that_wants_none_takes_none(world, keyed):
    """Its answer is the plain one."""
    approval_id = world.ask().approval_id
    jws = keyed.answer_to(keyed.approvals()[0])
    assertion = keyed.authenticator.assertion(jws)
    assert (415, "media-type") == keyed.send_asserted(approval_id, jws, assertion)
    assert (204, None) == keyed.send(approval_id, jws)


def test_an_authenticator_that_keeps_no_counter(world):
    """Nought stays nought."""
    phone = with_passkey(world)
    phone.enroll(world.invite())
    for number in (1, 2):
        approval_id = world.ask(number=number, verify_user=True).approval_id
        jws = phone.answer_to(phone.approvals()[0])
        assertion = phone.authenticator.assertion(jws)
        assert (204, None) == phone.send_asserted(approval_id, jws, assertion)
        world.clock.advance(61)


def test_a_number_and_an_assertion(world, keyed):
    """Both are needed; a wrong number is counted, and its assertion kept with it."""
    asked = world.ask(digits=6, verify_user=True)
    request = keyed.approvals()[0]
    wrong = f"{(int(asked.number) + 1) % 10**6:06d}"

    def send(number, *, asserted=True):
        jws = keyed.answer_to(request, number=number)
        assertion = keyed.authenticator.assertion(jws) if asserted else None
        return keyed.send_asserted(asked.approval_id, jws, assertion)

    assert (422, "verify-user") == send(wrong, asserted=False)
    assert (422, "number-missing") == send(None)
    assert (422, "number-wrong") == send(wrong)
    assert value(world, "SELECT assertion FROM wrong_answers") is not None
    assert (422, "verify-user") == send(asked.number, asserted=False)
    assert (204, None) == send(asked.number)


def test_a_copied_passkey_after_the_settings_changed(world):
    """It was enrolled when they took it; now it serves no more, nor is it asked."""
    phone = with_passkey(world, flags=UP | UV | BE)
    phone.enroll(world.invite())
    approval_id = world.ask(verify_user=True).approval_id
    jws = phone.answer_to(phone.approvals()[0])
    world.synced_passkeys = False
    assertion = phone.authenticator.assertion(jws)
    assert (422, "passkey-synced") == phone.send_asserted(approval_id, jws, assertion)
    hidden = phone.authenticator.assertion(jws, flags=UP | UV)
    assert (422, "passkey-synced") == phone.send_asserted(approval_id, jws, hidden)
    world.synced_passkeys = True
    assert (400, "bad-assertion") == phone.send_asserted(approval_id, jws, hidden)


def test_a_phone_that_approves_by_its_passkey_only(world):
    """Its key carries its calls and denies; it approves nothing without an assertion."""
    phone = with_passkey(world)
    assert 201 == phone.enroll(world.invite(), passkey_only=True)[0]
    approval_id = world.ask().approval_id
    request = phone.approvals()[0]
    assert payload_of(request)["verify_user"] is True
    jws = phone.answer_to(request)
    assert (422, "verify-user") == phone.send(approval_id, jws)
    assert (204, None) == phone.send_asserted(approval_id, jws, phone.authenticator.assertion(jws))


def test_an_expired_request_is_gone_whatever_is_missing(world, asked):
    """The phone is told what it can do nothing about."""
    phone, approval_id, jws = asked
    world.clock.advance(120)
    jws = phone.answer_to(sign_of(world, approval_id))
    assert (410, "gone") == phone.send(approval_id, jws)


def sign_of(world, approval_id):
    return world.write(lambda s: open_approvals.for_answer(s, approval_id)).request
