"""The device API as the terminal phone calls it: the real API, in memory."""

from http.client import BadStatusLine

import pytest

from proxy.factors.approval import Answer, read_request
from proxy.factors.jwk import SigningKey
from proxy.factors.key_list import parse_jwks
from proxy.login.fatigue import DEFAULT
from proxy.phone.client import PREFIX, Client, Refused, Reply, Unreachable
from proxy.store import devices, fatigue, recovery
from tests.peers.device_world import MASTER, URL, World


class SocketlessClient(Client):
    """Its calls are brought to the API in memory; a connection breaks where it is told to."""

    def __init__(self, world, key=None, skew=0.0):
        super().__init__(URL, key or SigningKey.create(), clock=lambda: world.now() + skew)
        self._world = world
        self.breaks = []
        self.sent = []

    def _send(self, method, path, body, headers):
        self.sent.append((method, path))
        if self.breaks:
            raise self.breaks.pop(0)
        call = self._world.call(method, PREFIX + path, body, headers)
        head, _, octets = call.octets.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        told = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
        if told.get("transfer-encoding") == "chunked":
            octets = octets.split(b"\r\n")[1]
        return Reply(int(status.split()[1]), told, octets)


@pytest.fixture
def world(database):
    return World(database)


@pytest.fixture
def client(world):
    client = SocketlessClient(world)
    client.told = client.enroll(world.invite(), "mine")
    return client


def test_a_phone_enrols(world, client):
    """It is told who it is, whose server this is and the server's keys."""
    assert (client.told["account"], client.told["issuer"]) == ("alice", URL)
    assert len(parse_jwks(client.told["server_keys"])) == 1


def test_a_request_is_read_and_answered(world, client):
    """With its tag it is not sent again; answered, it is gone."""
    world.ask(digits=6)
    found, tag = client.approvals()
    (jws,) = found["approvals"]
    assert client.approvals(0, tag) == ({}, tag)
    keys = parse_jwks(client.told["server_keys"])
    request = read_request(jws, keys, URL, client.told["device_id"])
    client.answer(jws, request, Answer("deny", None))
    assert client.approvals()[0]["approvals"] == []


def test_a_refusal_has_its_kind(world, client):
    """And says whether the same call may do later."""
    world.write(lambda s: devices.retire(s, client.told["device_id"], "revoked", world.now()))
    with pytest.raises(Refused) as caught:
        client.approvals()
    assert (caught.value.status, caught.value.kind) == (401, "device-retired")
    assert not caught.value.may_pass


@pytest.mark.parametrize("skew", [-86_400, 86_400])
def test_a_wrong_clock_is_set_by_the_servers_date(world, skew):
    """Once, and the call is made again: enrolling, polling and all the rest."""
    client = SocketlessClient(world, skew=skew)
    client.enroll(world.invite(), "mine")
    assert len(client.sent) == 2
    assert abs(client.now() - world.now()) <= 1
    client.approvals()
    assert len(client.sent) == 3


def test_who_one_is_and_the_end_of_it(world, client):
    """`me` tells, and unenrolling needs another factor."""
    assert client.me()["name"] == "mine"
    with pytest.raises(Refused, match="second factor"):
        client.unenroll()
    world.write(lambda s: recovery.issue(s, MASTER, world.account.id, world.now()))
    client.unenroll()
    with pytest.raises(Refused):
        client.me()


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (TimeoutError("timed out"), "timed out"),
        (BadStatusLine("x"), "x"),
    ],
)
def test_a_server_that_is_away_is_unreachable(client, error, why):
    """Whatever the system says of it."""
    client.breaks = [error]
    with pytest.raises(Unreachable, match=why):
        client.me()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff", b""])
def test_an_answer_that_is_no_json_is_none(body):
    """A captive portal is not the server."""
    with pytest.raises(Unreachable):
        Reply(200, {}, body).members()


def test_a_refusal_is_safe_to_print():
    """A server's words do not drive the terminal."""
    told = Refused(400, "bad\x1b[2J", "evil\n\u202etitle").told
    assert told == "refused (bad[2J): eviltitle"


def test_a_person_confirms_to_be_there(world, client):
    """The server says whether it is needed; once done it is not."""
    for _ in range(3):
        world.write(
            lambda s: fatigue.count(s, world.account.id, "vpn", "denied", DEFAULT, world.now())
        )
    assert "denials" == client.me()["push_blocked"]["by"]
    client.confirm()
    assert client.me()["push_blocked"] is None
