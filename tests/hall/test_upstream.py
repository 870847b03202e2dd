"""Logins whose first factor is another RADIUS server, through the hall and a real store."""

from dataclasses import replace

import pytest

from proxy.firstfactor.directories import Directories, UpstreamParts
from proxy.login.actions import Accept, Challenge, Reject
from proxy.login.events import Relayed
from proxy.login.request import Proof
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.store import accounts
from tests.peers import mschap
from tests.peers.hall import MASTER, Hall
from tests.peers.logins import client, policy, request
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.peers.radius_server import reply
from tests.peers.upstream_network import (
    KNOWN,
    SECRET,
    Server,
    Upstreams,
    options,
    password_of,
    values,
)

SEALS = UpstreamSeals(MASTER)
ASKING = client(challenge=True)


class Story:
    """A hall whose directory `corp` is a RADIUS server."""

    def __init__(self, database, *policies, **changed):
        self.server = Server()
        self.network = Upstreams(self.server)
        parts = UpstreamParts(KNOWN, SEALS, self.network.open_wire)
        told = options(name="corp", **changed)
        directory = Directories([], self.network, upstreams=[told], parts=parts)
        rules = policies or (policy("totp", upstream=True),)
        self.hall = Hall(database, *rules, directory=directory, clock=self.network)

    def answers(self, code, attributes=()):
        self.server.on_request = lambda octets: reply(SECRET, octets, code, list(attributes))

    def begin(self, *args, **facts):
        answers = self.hall.begin(*args, **facts)
        self.network.pass_time()
        return answers

    def resume(self, state, text, **more):
        answers = self.hall.resume(state, text, **more)
        self.network.pass_time()
        return answers

    def accounts(self):
        listed = self.hall.store.read(accounts.list_accounts)
        return [one.account.user_name for one in listed]


@pytest.fixture
def story(database):
    story = Story(database)
    yield story
    story.hall.store.close()


@pytest.fixture
def alone(database):
    story = Story(database, policy(upstream=True), attributes=("Class",))
    yield story
    story.hall.store.close()


def test_an_accept_that_needs_no_second_factor(alone):
    """Its attributes go along, sealed; the account is made now."""
    alone.answers(ACCESS_ACCEPT, [(25, b"class")])
    ((accept, _),) = alone.begin()
    assert isinstance(accept, Accept)
    (passed,) = SEALS.open_attributes(accept.passed)
    assert passed.value == b"class"
    assert ["alice"] == alone.accounts()


def test_a_reject_passes_at_once(alone):
    """Ours would wait a second; no account is made of a name that anybody can type."""
    alone.answers(ACCESS_REJECT, [(18, b"Expired.")])
    ((reject, _),) = alone.begin()
    assert reject == Reject("bad-credentials", relayed=Relayed("Expired.", None))
    assert [] == alone.accounts()


def test_our_own_refusals_are_delayed(story):
    """The server accepted, and nobody has a second factor."""
    answers = story.begin()
    assert answers == []
    story.network.pass_time(2)
    ((reject, _),) = answers
    assert reject.reason == "not-enrolled"


def test_a_silent_server_is_no_reason(story):
    """Refused, as a directory that is down."""
    story.server.reachable = False
    answers = story.begin()
    story.network.pass_time(15)
    ((reject, _),) = answers
    assert (reject.reason, reject.relayed) == ("directory-unavailable", None)


def test_a_login_that_is_over_asks_no_more(story):
    """The NAS waits no longer than it says; nothing is sent again after that."""
    story.server.reachable = False
    answers = story.begin(client=client(wait=3.0))
    story.network.pass_time(3)
    assert ["directory-unavailable"] == [answer.reason for answer, _ in answers]
    story.server.reachable = True
    story.network.pass_time(20)
    assert story.server.heard == []


def test_its_challenge_and_then_ours(story):
    """Its State never leaves; each answer goes where it belongs; its accept is held meanwhile."""
    story.hall.enrol(phone=False)
    story.answers(ACCESS_CHALLENGE, [(24, b"their state"), (18, b"PIN?"), (76, bytes(4))])
    ((challenge, state),) = story.begin(client=ASKING)
    assert (challenge.prompt, challenge.text, challenge.hidden) == ("upstream", "PIN?", True)
    assert b"their" not in state
    story.answers(ACCESS_ACCEPT)
    ((ours, second),) = story.resume(state, b"4711")
    assert ours.prompt == "enter-code"
    assert ([b"their state"], b"4711") == (
        values(story.server.heard[-1], 24),
        password_of(story.server.heard[-1]),
    )
    ((accept, _),) = story.resume(second, story.hall.code())
    assert isinstance(accept, Accept)
    assert len(story.server.heard) == 2


def test_a_challenge_outlives_a_restart_and_serves_once(story):
    """Under the same name and client."""
    story.answers(ACCESS_CHALLENGE, [(24, b"s")])
    ((_, state),) = story.begin(client=ASKING)
    story.answers(ACCESS_ACCEPT)
    story.hall = story.hall.restarted()
    wrong = story.resume(state, b"4711", username="bob")
    story.hall.clock.advance(3)
    assert ["state"] == [answer.reason for answer, _ in wrong]
    first = story.resume(state, b"4711")
    other = story.resume(state, b"0815")
    story.hall.clock.advance(3)
    assert ["not-enrolled", "state"] == [answer.reason for answer, _ in [*first, *other]]


def test_policies_of_now_decide_after_a_challenge(story):
    """A login that began under one that is gone is refused."""
    story.answers(ACCESS_CHALLENGE, [(24, b"s")])
    ((_, state),) = story.begin(client=ASKING)
    story.answers(ACCESS_ACCEPT)
    elsewhere = policy("totp", clients=frozenset({"other"}))
    story.hall.runner.configure([elsewhere], story.hall.directory, 1000)
    answers = story.resume(state, b"4711")
    story.network.pass_time(3)
    assert ["not-allowed"] == [answer.reason for answer, _ in answers]


def test_ten_challenges_are_enough(story):
    """A server that asks for ever is not believed."""
    story.answers(ACCESS_CHALLENGE, [(24, b"s"), (18, b"Again?")])
    ((answer, state),) = story.begin(client=ASKING)
    asked = 0
    while isinstance(answer, Challenge):
        asked += 1
        answers = story.resume(state, b"no")
        story.network.pass_time(3)
        ((answer, state),) = answers
    assert (10, "no-way-to-ask") == (asked, answer.reason)


def test_codes_are_appended_by_what_the_store_knows(database):
    """The head alone goes to the server; of a name that the store does not know, all of it."""
    story = Story(database, policy("totp", append_code=True, upstream=True))
    story.hall.enrol(phone=False)
    code = story.hall.code()
    ((accept, _),) = story.begin(password=b"right," + code)
    assert isinstance(accept, Accept)
    assert password_of(story.server.heard[-1]) == b"right"
    story.begin(2, password=b"right,123456", username="bob")
    assert password_of(story.server.heard[-1]) == b"right,123456"
    story.hall.store.close()


def test_a_blocked_account_asks_nobody(story):
    """Nor does the server learn of the try."""
    account_id, _ = story.hall.enrol()
    story.hall.write(lambda session: accounts.block(session, account_id, story.hall.now()))
    answers = story.begin()
    story.network.pass_time(3)
    assert ["blocked"] == [answer.reason for answer, _ in answers]
    assert story.server.heard == []


def test_mschapv2_goes_to_radius_servers_alone(database):
    """A policy of an LDAP directory is none for it."""
    story = Story(database, policy("totp", directory="ldap"), policy(upstream=True))
    story.answers(ACCESS_ACCEPT, [(26, mschap.vendor(26, b"\5S=" + b"0" * 40))])
    ((accept, _),) = _mschapv2(story)
    assert isinstance(accept, Accept)
    story.hall.runner.configure([policy("totp", directory="ldap")], story.hall.directory, 1000)
    answers = _mschapv2(story, 2)
    story.network.pass_time(3)
    assert ["not-allowed"] == [answer.reason for answer, _ in answers]
    story.hall.store.close()


def _mschapv2(story, number=1):
    asked = request(number, password=bytes(66), arrived=story.hall.now())
    answers = []
    story.hall.runner.begin(
        replace(asked, method="mschapv2", response=True),
        lambda answer, state: answers.append((answer, state)),
    )
    story.network.pass_time()
    return answers


def test_a_login_that_the_server_vouched_for(story):
    """It is not asked again; the account is made, and the second factor is asked as ever."""
    proof = Proof("upstream", upstream="corp", passed=SEALS.seal_attributes([]))
    story.hall.enrol(codes=False)
    story.hall.runner.configure([policy("push", upstream=True)], story.hall.directory, 1000)
    answers = story.begin(password=b"", proof=proof)
    assert ([], []) == (answers, story.server.heard)
    story.hall.answer()
    ((accept, _),) = answers
    assert ("push", "alice") == (accept.factor, accept.user_name)


@pytest.mark.parametrize(
    "proof", [Proof("upstream", upstream="other"), Proof("certificate", directory="corp")]
)
def test_nobody_else_vouches_for_its_people(alone, proof):
    """No account is made either."""
    answers = alone.begin(password=b"", proof=proof)
    alone.network.pass_time(3)
    ((reject, _),) = answers
    assert "bad-credentials" == reject.reason
    assert [] == alone.accounts()
