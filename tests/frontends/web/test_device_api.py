"""The calls of phones, without sockets: every refusal has its status and its kind."""

import base64
import hashlib
import hmac
import json

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import succeed
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from proxy.factors.approval import ApprovalRequest, sign_request
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.service import build_site
from proxy.login.actions import AskApproval
from proxy.push.inbox import Inbox
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store import accounts, approvals, asking, devices
from proxy.store.session import Session
from proxy.store.stored_devices import StoredDevices
from tests.peers.logins import ALICE, login
from tests.peers.phone import API, Phone, new_key, payload_of, sign

URL = "https://mfa.example.org"
MASTER = MasterKey(Secret(b"k" * 32))


class InstantStore:
    """Obeys the store's `read` and `write`: each job is a transaction at once."""

    def __init__(self, database):
        self._connection = database.connect()

    def write(self, job):
        with self._connection:
            return succeed(job(Session(self._connection)))

    def read(self, query):
        return query(Session(self._connection))


class Call:
    """One HTTP call over a connection in memory."""

    def __init__(self, site, method, path, body, headers):
        self._transport = StringTransport(peerAddress=IPv4Address("TCP", "192.0.2.44", 40000))
        lines = [f"{method} {path} HTTP/1.1", "Host: any.example", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection = site.buildProtocol(None)
        connection.makeConnection(self._transport)
        connection.dataReceived("\r\n".join([*lines, "", ""]).encode() + body)

    @property
    def answer(self):
        """Status and JSON; None: it is not answered yet."""
        head, _, body = self._transport.value().partition(b"\r\n\r\n")
        if not head:
            return None
        if b"chunked" in head:
            body = body.split(b"\r\n")[1]
        return int(head.split(b" ")[1]), json.loads(body) if body else None


class World:
    """The API over a real store, with a clock that stands still."""

    def __init__(self, database):
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.store = InstantStore(database)
        self.inbox = Inbox()
        self.counted = []
        found = StoredDevices(self.store, MASTER, self.clock)
        self.parts = Parts(URL, found, self.inbox, self.clock, self.counted.append, self.stirred)
        self.stirs = 0
        self.site = build_site(self.parts, self.clock)
        self.account = self.write(lambda s: accounts.ensure(s, ALICE, self.now()))

    def stirred(self):
        self.stirs += 1

    def now(self):
        return self.clock.seconds()

    def write(self, job):
        results = []
        self.store.write(job).addCallback(results.append)
        return results[0]

    def invite(self, replace=False):
        return self.write(
            lambda s: devices.invite(
                s, MASTER, self.account.id, replace=replace, ttl=900, now=self.now()
            )
        )

    def ask(self, digits=0, number=1, **facts):
        question = AskApproval(login(number, **facts), self.account.id, "alice", digits)
        keys = []
        self.parts.devices.server_keys().addCallback(keys.append)

        def signed(new):
            return sign_request(
                ApprovalRequest(
                    new.id,
                    URL,
                    new.account_name,
                    new.device_id,
                    new.created_at,
                    new.expires_at,
                    new.nonce,
                    new.client,
                    new.origin,
                    digits,
                    False,
                ),
                keys[0].signing,
            )

        terms = asking.Terms(signed, 120.0, 60.0, may_open=True)
        return self.write(lambda s: asking.ask(s, question, terms, self.now()))

    def call(self, method, path, body=b"", headers=None):
        """Make a call."""
        return Call(self.site, method, path, body, headers or {})


class SocketlessPhone(Phone):
    """The second phone, its calls brought to the API in memory."""

    def __init__(self, world, key=None):
        super().__init__(URL, key=key, clock=world.now)
        self.world = world

    def call(self, method, path, body=None, headers=None, query=""):
        octets = body.encode() if isinstance(body, str) else body or b""
        status, found = self.world.call(method, path + query, octets, headers).answer
        return status, {}, json.dumps(found).encode() if found is not None else b""


def kind(octets_or_dict):
    found = json.loads(octets_or_dict) if isinstance(octets_or_dict, bytes) else octets_or_dict
    return found["type"].rsplit("/", 1)[1]


@pytest.fixture
def world(database):
    return World(database)


@pytest.fixture
def phone(world):
    phone = SocketlessPhone(world)
    status, told = phone.enroll(world.invite())
    assert (201, phone.id, "alice", URL) == (
        status,
        told["device_id"],
        told["account"],
        told["issuer"],
    )
    return phone


# --- enrolment ---


def test_an_invitation_serves_once(world, phone):
    """The second phone is refused, whoever has the code."""
    code = world.invite(replace=True)
    assert 201 == SocketlessPhone(world).enroll(code)[0]
    status, told = SocketlessPhone(world).enroll(code)
    assert (403, "bad-invitation") == (status, kind(told))


def test_an_invitation_does_not_serve_after_its_time(world):
    """Fifteen minutes here."""
    code = world.invite()
    world.clock.advance(901)
    assert 403 == SocketlessPhone(world).enroll(code)[0]


def test_a_key_is_enrolled_once_for_ever(world, phone):
    """Not even again for the same person."""
    status, told = SocketlessPhone(world, key=phone.key).enroll(world.invite(replace=True))
    assert (409, "already-enrolled") == (status, kind(told))


def test_the_proof_must_be_by_the_key_of_the_same_body(world):
    """Nobody enrols a key that is not theirs."""
    mallory = SocketlessPhone(world)
    status, told = mallory.enroll(world.invite(), key=SocketlessPhone(world).jwk)
    assert (400, "bad-signature") == (status, kind(told))


def test_the_proof_must_be_for_this_code_and_server(world):
    """A proof seen elsewhere serves nobody."""
    code, phone = world.invite(), SocketlessPhone(world)
    for payload in (
        {"code": "0" * 26, "aud": URL, "iat": int(world.now())},
        {"code": code, "aud": "https://evil.example", "iat": int(world.now())},
    ):
        proof = sign({"typ": "enrolment-proof+jwt", "alg": "ES256"}, payload, phone.key)
        assert 400 == phone.enroll(code, proof=proof)[0]


def test_a_wrong_clock_is_told_so(world):
    """The phone corrects itself by Date and tries once more."""
    phone = SocketlessPhone(world)
    phone.clock = lambda: world.now() - 400
    status, told = phone.enroll(world.invite())
    assert (400, "clock") == (status, kind(told))


def test_a_private_key_is_refused(world):
    """Members beyond a public key are."""
    phone = SocketlessPhone(world)
    status, _ = phone.enroll(world.invite(), key={**phone.jwk, "d": "AAAA"})
    assert 400 == status


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"code":1}', b'{"code":"a","code":"b"}', b"\xff"]
)
def test_a_broken_body_is_refused(world, body):
    """No traceback for theirs."""
    answer = world.call("POST", f"{API}/enrolments", body, {"Content-Type": "application/json"})
    assert 400 == answer.answer[0]


def test_guessing_codes_is_slowed(world):
    """By source; the right one must wait too."""
    for _ in range(10):
        SocketlessPhone(world).enroll("0" * 26)
    status, told = SocketlessPhone(world).enroll(world.invite())
    assert (429, "too-many-tries") == (status, kind(told))


def test_a_replaced_phone_is_retired_at_once(world, phone):
    """Its request is void, its calls end with the reason."""
    asked = world.ask()
    request = phone.approvals()[0]
    new = SocketlessPhone(world)
    assert 201 == new.enroll(world.invite(replace=True))[0]
    status, _, octets = phone.proved("GET", f"{API}/approvals")
    assert (401, "device-retired") == (status, kind(octets))
    assert 401 == phone.answer(request)
    assert 404 == new.answer(request)
    assert "void" == world.write(lambda s: approvals.for_answer(s, asked.approval_id)).state


# --- proofs ---


def test_a_call_without_a_proof_is_refused(world):
    """Whatever it asks for."""
    assert 401 == world.call("GET", f"{API}/approvals").answer[0]


def test_a_proof_serves_once(world, phone):
    """Seen on the wire, it is worth nothing."""
    proof = phone.proof("GET", f"{API}/me")
    assert 200 == phone.proved("GET", f"{API}/me", proof=proof)[0]
    status, _, octets = phone.proved("GET", f"{API}/me", proof=proof)
    assert (401, "replayed-proof") == (status, kind(octets))


@pytest.mark.parametrize(
    "changed",
    [{"htm": "POST"}, {"htu": URL + "/other"}, {"htu": "https://evil.example/api/device/v1/me"}],
)
def test_a_proof_is_for_one_call(phone, changed):
    """Method and URL."""
    proof = phone.proof("GET", f"{API}/me", **changed)
    assert 401 == phone.proved("GET", f"{API}/me", proof=proof)[0]


def test_a_proof_by_a_key_nobody_enrolled(world):
    """The jwk only names a phone."""
    status, _, octets = SocketlessPhone(world).proved("GET", f"{API}/me")
    assert (401, "unknown-device") == (status, kind(octets))


def test_a_proof_of_another_time(world, phone):
    """Five minutes on either side."""
    proof = phone.proof("GET", f"{API}/me", iat=int(world.now()) - 301)
    status, _, octets = phone.proved("GET", f"{API}/me", proof=proof)
    assert (401, "clock") == (status, kind(octets))


def test_a_proof_without_a_signature(world, phone):
    """`alg` none and HS256 are refused before any key is used."""
    for alg in ("none", "HS256"):
        head = {"typ": "dpop+jwt", "alg": alg, "jwk": phone.jwk}
        payload = payload_of(phone.proof("GET", f"{API}/me"))
        first = sign(head, payload, phone.key).rsplit(".", 1)[0]
        mac = hmac.digest(json.dumps(phone.jwk).encode(), first.encode(), hashlib.sha256)
        for signature in ("", base64.urlsafe_b64encode(mac).rstrip(b"=").decode()):
            status, _, _ = phone.proved("GET", f"{API}/me", proof=f"{first}.{signature}")
            assert 401 == status
    assert "bad-algorithm" in world.counted


# --- answers ---


def test_approve(world, phone):
    """The answer is kept whole, and whoever waits is woken."""
    asked = world.ask()
    request = phone.approvals()[0]
    before = world.stirs
    assert 204 == phone.answer(request)
    assert before < world.stirs
    assert "approved" == world.write(lambda s: approvals.for_answer(s, asked.approval_id)).state
    assert [] == phone.approvals()


def test_a_request_is_answered_once(world, phone):
    """The same answer again is told so."""
    world.ask()
    request = phone.approvals()[0]
    jws = phone.answer_to(request, "deny")
    approval_id = payload_of(request)["id"]
    assert (204, None) == phone.send(approval_id, jws)
    assert (409, "answered") == phone.send(approval_id, jws)
    assert (409, "answered") == phone.send(approval_id, phone.answer_to(request, "approve"))


def test_an_expired_request(world, phone):
    """By the server's clock."""
    world.ask()
    request = phone.approvals()[0]
    world.clock.advance(120)
    assert (410, "gone") == phone.send(payload_of(request)["id"], phone.answer_to(request))


def test_the_number(world, phone):
    """Missing or wrong is told so; the third wrong one closes the request."""
    asked = world.ask(digits=6)
    request = phone.approvals()[0]
    right = asked.number
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    def send(number):
        return phone.send(asked.approval_id, phone.answer_to(request, number=number))

    assert (422, "number-missing") == send(None)
    assert (422, "number-wrong") == send(wrong)
    assert (422, "number-wrong") == send(wrong)
    assert (422, "number-wrong") == send(wrong)
    assert (410, "gone") == send(right)


def test_deny_and_report_need_no_number(world, phone):
    """A person who is attacked need not read one."""
    world.ask(digits=6)
    assert 204 == phone.answer(phone.approvals()[0], "report")


def test_answers_that_are_not_this_phones(world, phone):
    """Another key, one in its own header, none, HS256, another type, another request, another time."""
    asked = world.ask()
    request = phone.approvals()[0]
    mallory = new_key()
    bad = [
        phone.answer_to(request, key=mallory),
        phone.answer_to(request, key=mallory, header={"jwk": SocketlessPhone(world, mallory).jwk}),
        phone.answer_to(request, header={"alg": "none"}),
        phone.answer_to(request, header={"alg": "HS256"}),
        phone.answer_to(request, header={"typ": "dpop+jwt"}),
        phone.answer_to(request, header={"crit": ["exp"]}),
        phone.answer_to(request, request="A" * 43),
        phone.answer_to(request, nonce="other"),
        phone.answer_to(request, id="0" * 32),
        phone.answer_to(request, iat=int(world.now()) - 400),
        phone.answer_to(request, decision="maybe"),
        phone.answer_to(request) + "A",
        "nonsense",
    ]
    assert {400} == {phone.send(asked.approval_id, jws)[0] for jws in bad}
    assert "open" == world.write(lambda s: approvals.for_answer(s, asked.approval_id)).state


def test_another_phones_request_is_not_there(world, phone):
    """Nothing tells it from one that never was."""
    assert (404, "not-found") == phone.send(
        "0" * 32, phone.answer_to(sign({}, {"id": "0" * 32, "nonce": "n"}, phone.key))
    )


def test_an_answer_must_say_what_it_is(world, phone):
    """application/jose."""
    asked = world.ask()
    jws = phone.answer_to(phone.approvals()[0])
    status, _, _ = phone.proved("POST", f"{API}/approvals/{asked.approval_id}/answer", jws)
    assert 415 == status


def test_a_blocked_account_answers_nothing(world, phone):
    """Blocking made the request void."""
    world.ask()
    request = phone.approvals()[0]
    world.write(lambda s: accounts.block(s, world.account.id, world.now()))
    assert 410 == phone.answer(request)


# --- waiting ---


def test_a_poll_waits_for_a_request(world, phone):
    """And is answered when it comes."""
    proof = phone.proof("GET", f"{API}/approvals")
    answers = world.call("GET", f"{API}/approvals?wait=60", headers={"DPoP": proof})
    assert answers.answer is None
    world.ask()
    world.inbox.changed(phone.id)
    assert 1 == len(answers.answer[1]["approvals"])


def test_a_poll_ends_empty_when_its_time_is_over(world, phone):
    """The phone asks again."""
    proof = phone.proof("GET", f"{API}/approvals")
    answers = world.call("GET", f"{API}/approvals?wait=20", headers={"DPoP": proof})
    world.clock.advance(20)
    assert (200, {"approvals": [], "others": []}) == answers.answer


def test_a_poll_ends_when_the_phone_is_retired(world, phone):
    """With the reason."""
    proof = phone.proof("GET", f"{API}/approvals")
    answers = world.call("GET", f"{API}/approvals?wait=60", headers={"DPoP": proof})
    world.write(lambda s: devices.retire(s, phone.id, "revoked", world.now()))
    world.inbox.changed(phone.id)
    assert (401, "device-retired") == (answers.answer[0], kind(answers.answer[1]))


def test_sixteen_polls_a_phone(world, phone):
    """One more is refused."""
    for _ in range(16):
        proof = phone.proof("GET", f"{API}/approvals")
        assert world.call("GET", f"{API}/approvals?wait=60", headers={"DPoP": proof}).answer is None
    status, _, octets = phone.proved("GET", f"{API}/approvals", query="?wait=60")
    assert (429, "too-many-polls") == (status, kind(octets))


def test_every_poll_gets_the_same_octets(world, phone):
    """Signed once and kept."""
    world.ask()
    assert phone.approvals() == phone.approvals()


def test_another_origin_is_shown(world, phone):
    """A login that has to wait."""
    world.ask()
    world.ask(number=2, caller="198.51.100.9", origin="198.51.100.9", join_digest=b"o" * 32)
    _, _, octets = phone.proved("GET", f"{API}/approvals")
    assert ["198.51.100.9"] == json.loads(octets)["others"]


# --- me ---


def test_the_last_factor_is_not_unenrolled(phone):
    """The account would be left without one."""
    status, _, octets = phone.proved("DELETE", f"{API}/me")
    assert (409, "last-factor") == (status, kind(octets))


def test_server_keys_are_signed(world, phone):
    """By a key that the phone has."""
    status, _, octets = phone.proved("GET", f"{API}/me")
    keys = payload_of(json.loads(octets)["server_keys"])["keys"]
    assert (200, 1) == (status, len(keys))


def test_unknown_paths_and_methods(world):
    """Are problems too."""
    assert 404 == world.call("GET", "/nothing").answer[0]
    assert 405 == world.call("DELETE", f"{API}/enrolments").answer[0]
