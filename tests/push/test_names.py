"""Names are looked up on threads of their own, few at once, and what was found serves a while."""

import threading

import pytest

from proxy.push.names import AT_ONCE, SERVES_FOR, Names, look_up
from tests.peers.loop import HandTurnedLoop


class Loop(HandTurnedLoop):
    def __init__(self):
        super().__init__()
        self.now = 0.0

    def seconds(self):
        return self.now


class Server:
    """Answers a look-up when the test lets it, as a name server that is slow."""

    def __init__(self):
        self.asked = []
        self.may = threading.Event()
        self.fault = None

    def __call__(self, host, port):
        self.asked.append((host, port, threading.current_thread().name))
        self.may.wait(10)
        if self.fault:
            raise self.fault
        return [f"address of {host}"]


@pytest.fixture
def server():
    server = Server()
    yield server
    server.may.set()


@pytest.fixture
def names(server):
    names = Names(Loop(), server)
    names.loop = names._loop
    return names


def test_a_name_is_looked_up_once(names, server):
    """By whoever asks while it is looked up, and for a while after."""
    first, second = names.addresses("push", 443), names.addresses("push", 443)
    server.may.set()
    assert ["address of push"] == names.loop.result(first) == names.loop.result(second)
    assert ["address of push"] == names.loop.result(names.addresses("push", 443))
    assert [("push", 443, "push-names")] == server.asked
    names.loop.now = SERVES_FOR
    names.loop.result(names.addresses("push", 443))
    assert 2 == len(server.asked)


def test_few_are_looked_up_at_once(names, server):
    """The others wait, and hold no thread."""
    asked = [names.addresses(f"push{number}", 443) for number in range(AT_ONCE + 3)]
    assert AT_ONCE >= len(server.asked)
    server.may.set()
    assert [[f"address of push{number}"] for number in range(AT_ONCE + 3)] == [
        names.loop.result(one) for one in asked
    ]


@pytest.mark.parametrize("fault", [OSError("no such name"), UnicodeError("label too long")])
def test_a_name_that_is_not_found(names, server, fault):
    """Is asked for anew next time."""
    server.fault = fault
    server.may.set()
    for _ in range(2):
        with pytest.raises(OSError, match=str(fault)):
            names.loop.result(names.addresses("push", 443))
    assert 2 == len(server.asked)


def test_whoever_gives_up_is_not_told(names, server):
    """The look-up goes on for the others."""
    given_up, other = names.addresses("push", 443), names.addresses("push", 443)
    outcomes = []
    given_up.addErrback(outcomes.append)
    given_up.cancel()
    server.may.set()
    assert ["address of push"] == names.loop.result(other)
    assert 1 == len(outcomes)


def test_the_last_to_give_up_leaves_the_look_up(names, server):
    """Whoever comes next has its result."""
    given_up = names.addresses("push", 443)
    given_up.addErrback(lambda _: None)
    given_up.cancel()
    other = names.addresses("push", 443)
    server.may.set()
    assert ["address of push"] == names.loop.result(other)
    assert 1 == len(server.asked)


def test_the_system_is_asked():
    """By its own resolver, which reads /etc/hosts too."""
    assert {"127.0.0.1", "::1"} >= set(look_up("localhost", 443)) != set()
    assert ["192.0.2.7"] == look_up("192.0.2.7", 443)
