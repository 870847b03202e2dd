"""The open requests, verified before anything of them is shown."""

from dataclasses import replace

import pytest

from proxy.factors.approval import ApprovalRequest, sign_request
from proxy.factors.jwk import SigningKey
from proxy.factors.key_list import sign_key_list
from proxy.phone.home import Enrolled, Home
from proxy.phone.inbox import Inbox

NOW = 1_700_000_000.0
URL = "https://mfa.example.org"
SERVER, NEXT_SERVER, FOREIGN, PHONE = (SigningKey.create() for _ in range(4))
ME = PHONE.public.thumbprint
REQUEST = ApprovalRequest(
    "id", URL, "alice", ME, NOW, NOW + 120, "nonce", "vpn", "192.0.2.7", 0, verify_user=False
)


class FakeClient:
    """Obeys what the inbox needs of a client."""

    def __init__(self):
        self.listed = []
        self.others = []
        self.keys = None
        self.sent = []

    def now(self):
        return NOW

    def approvals(self, wait=0, seen=None):
        return {"approvals": self.listed, "others": self.others}, "tag"

    def me(self, known=()):
        self.said = [*known]
        return {"server_keys": self.keys}

    def answer(self, jws, asked, answer):
        self.sent.append((asked.id, answer.decision, answer.number))


@pytest.fixture
def client():
    return FakeClient()


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


@pytest.fixture
def inbox(client, home):
    kept = {SERVER.kid: SERVER.public.to_jwk()}
    enrolled = Enrolled(URL, URL, ME, "alice", kept, None)
    home.keep(PHONE, enrolled)
    return Inbox(client, home, enrolled)


def test_a_request_of_the_server(client, inbox):
    """Is shown with the origins that wait beside it."""
    client.listed = [sign_request(REQUEST, SERVER)]
    client.others = ["198.51.100.9\x1b[2J"]
    (shown,) = inbox.open()
    assert REQUEST == shown.request
    assert ("198.51.100.9[2J",) == shown.others


@pytest.mark.parametrize(
    "jws",
    [
        sign_request(REQUEST, FOREIGN),
        sign_request(replace(REQUEST, device_id="another"), SERVER),
        sign_request(replace(REQUEST, issuer="https://evil.example"), SERVER),
        sign_request(REQUEST, SERVER)[:-4] + "AAAA",
        "nonsense",
    ],
)
def test_what_does_not_verify_is_not_shown(client, inbox, jws):
    """A foreign key, another phone, another server, altered, nonsense."""
    client.keys = "nonsense"
    client.listed = [jws]
    assert [] == inbox.open()
    assert 1 == inbox.refused


def test_an_expired_request_is_not_shown(client, inbox):
    """By the server's clock."""
    client.listed = [sign_request(replace(REQUEST, expires_at=NOW), SERVER)]
    assert [] == inbox.open()


def test_a_new_server_key_is_learnt_from_a_known_one(client, inbox, home):
    """And kept."""
    client.keys = sign_key_list([SERVER.public, NEXT_SERVER.public], URL, ME, SERVER, NOW)
    client.listed = [sign_request(REQUEST, NEXT_SERVER)]
    assert 1 == len(inbox.open())
    assert [SERVER.kid] == client.said
    assert {SERVER.kid, NEXT_SERVER.kid} == set(home.load()[1].server_keys)


def test_a_new_server_key_is_not_learnt_from_itself(client, inbox, home):
    """Whoever stands in between teaches a phone nothing."""
    client.keys = sign_key_list([FOREIGN.public], URL, ME, FOREIGN, NOW)
    client.listed = [sign_request(REQUEST, FOREIGN)]
    assert [] == inbox.open()
    assert {SERVER.kid} == set(home.load()[1].server_keys)


def test_an_answer_goes_to_the_request_that_was_shown(client, inbox):
    """With the number that was typed."""
    client.listed = [sign_request(REQUEST, SERVER)]
    (shown,) = inbox.open()
    inbox.answer(shown, "approve", "123456")
    assert [("id", "approve", "123456")] == client.sent
