"""FreeRADIUS as the first factor: the NAS and the phone are the tests' own, all else is real."""

import time
from contextlib import ExitStack

import pytest

from proxy.accounts.account import Person
from proxy.factors.totp import TotpSeed, code_at
from proxy.radius.password import reveal_salted
from proxy.radius.shared_secret import SharedSecret
from proxy.secret import Secret
from proxy.store import accounts, devices, totp
from tests.peers import freeradius, mschap
from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.freeradius import FreeRadius, needs_freeradius
from tests.peers.nas import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    ACCESS_REJECT,
    CALLING_STATION_ID,
    STATE,
    USER_NAME,
    Nas,
    request,
)
from tests.peers.phone import Phone
from tests.peers.radius_server import RadiusServer, attributes_of, reply

pytestmark = [pytest.mark.scenario, needs_freeradius]

HELD, ALONE, ASKED, MOVING, SILENT, SLOW, FORGED, WATCHED, NAMED, BACK = (
    f"127.0.0.{last}" for last in range(10, 20)
)
"""The NASes: with a phone, with the first factor alone, one that shows challenges; and one for
each directory whose servers fail in a way of their own."""
FILTER_ID, CLASS, TUNNEL_PASSWORD, REPLY_MESSAGE, PROMPT = 11, 25, 69, 18, 76
CHALLENGE, PEER = bytes(range(16)), bytes(range(16, 32))
SEED = TotpSeed(Secret(b"12345678901234567890"))


def directory(*servers, **changed):
    return {
        "type": "radius",
        "servers": list(servers),
        "secret": freeradius.SECRET.decode(),
        "timeout": "3s",
        "retransmit": "500ms",
        **changed,
    }


def rule(name, directory, factors=(), **changed):
    return {
        "name": name,
        "clients": [name],
        "directory": directory,
        "factors": list(factors),
    } | changed


def lives(octets):
    """Answer Status-Server and nothing else."""
    return reply(freeradius.SECRET, octets, ACCESS_ACCEPT, []) if octets[0] == 12 else None


def accepts(octets):
    """Answer everything by Access-Accept."""
    return reply(freeradius.SECRET, octets, ACCESS_ACCEPT, [])


class Forger:
    """Answers first without a Message-Authenticator, then with another secret, in turns."""

    def __init__(self):
        self.signed = False

    def __call__(self, octets):
        self.signed = not self.signed
        secret = b"another secret" if self.signed else freeradius.SECRET
        return reply(secret, octets, ACCESS_ACCEPT, [], signed=self.signed)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    with FreeRadius(tmp_path_factory.mktemp("freeradius")) as running:
        yield running


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """Another FreeRADIUS, for when a first one fails."""
    with FreeRadius(tmp_path_factory.mktemp("second")) as running:
        yield running


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A FreeRADIUS that is not started yet."""
    return FreeRadius(tmp_path_factory.mktemp("stopped"))


@pytest.fixture(scope="module")
def scripted():
    """Servers that do as they are told: silent, alive but slow, forging, accepting."""
    answering = {"silent": lambda _: None, "slow": lives, "forged": Forger(), "watched": accepts}
    with ExitStack() as stack:
        yield {name: stack.enter_context(RadiusServer(one)) for name, one in answering.items()}


@pytest.fixture(scope="module")
def daemon(upstream, second, stopped, scripted, tmp_path_factory):
    names = ["Class", "Filter-Id", "Tunnel-Password", "MS-MPPE-Send-Key", "MS-MPPE-Recv-Key"]
    at = {name: f"127.0.0.1:{server.port}" for name, server in scripted.items()}
    directories = {
        "corp": directory(upstream.address, attributes=names),
        "moving": directory(stopped.address, second.address),
        "silent": directory(at["silent"], second.address, status_server=False),
        "slow": directory(at["slow"], second.address),
        "forged": directory(at["forged"], status_server=False),
        "watched": directory(at["watched"], status_server=False),
        "named": directory(upstream.address, user_name="returned"),
    }
    clients = {
        "held": client(HELD),
        "alone": client(ALONE),
        "asked": client(ASKED, challenge=True, wait="10s"),
        "moving": client(MOVING),
        "silent": client(SILENT),
        "slow": client(SLOW),
        "forged": client(FORGED),
        "watched": client(WATCHED),
        "named": client(NAMED),
        "named-back": client(BACK),
    }
    policies = [
        rule("held", "corp", ["push"]),
        rule("alone", "corp", reply=[{"attribute": "Filter-Id", "value": "ours"}]),
        rule("asked", "corp", ["totp"]),
        *(rule(name, name) for name in ("moving", "silent", "slow", "forged", "watched")),
        rule("named", "named", ["push"]),
        rule("named-back", "named"),
    ]
    running = Daemon(
        tmp_path_factory.mktemp("daemon"), {}, clients, policies, directories=directories
    )
    try:
        yield running.start()
        assert "Traceback" not in running.text()
    finally:
        running.stop()


class Person_:  # noqa: N801 - `Person` is the product's
    """Somebody who logs in."""

    def __init__(self, daemon, name, directory="corp"):
        self.daemon, self.name, self.directory = daemon, name, directory
        self.number = 0

    def stored(self, change, **more):
        """Change the account as the commands do."""
        person = Person(self.directory, self.name, None, self.name, frozenset())

        def job(session):
            account = accounts.ensure(session, person, time.time())
            return change(session, self.daemon.master, account.id, now=time.time(), **more)

        return self.daemon.database.now(job)

    def enrol_phone(self):
        code = self.stored(devices.invite, replace=False, ttl=600)
        phone = Phone(self.daemon.url, ca=self.daemon.ca)
        assert phone.enroll(code)[0] == 201
        return phone

    def packet(self, password="right", *, typed=None, state=None, more=()):
        self.number += 1
        attributes = [
            (USER_NAME, (typed or self.name).encode()),
            (CALLING_STATION_ID, b"192.0.2.77"),
            *more,
        ]
        if state is not None:
            attributes.append((STATE, state))
        octets = None if password is None else password.encode()
        return request(SECRET, attributes, identifier=self.number % 256, password=octets)

    def response(self, password="right"):
        """Give an Access-Request by MS-CHAPv2."""
        answer = mschap.nt_response(CHALLENGE, PEER, self.name, password)
        return self.packet(None, more=mschap.attributes(CHALLENGE, PEER, answer))


def nas(daemon, source):
    return Nas(SECRET, daemon.server("127.0.0.1"), source)


def revealed(hidden, packet):
    return reveal_salted(hidden, SharedSecret(Secret(SECRET)), packet[4:20])


def test_its_accept_is_held_until_the_phone_approves(daemon):
    """Then its attributes pass by rule, hidden anew; what the policy sets it sets alone."""
    alice = Person_(daemon, "alice")
    phone, packet = alice.enrol_phone(), alice.packet()
    with nas(daemon, HELD) as held:
        held.send(packet)
        (jws,) = phone.approvals(10)
        assert held.receive(0.3) is None
        assert phone.answer(jws) == 204
        answer = held.hear(packet)
    assert answer.code == ACCESS_ACCEPT
    assert [b"alice-class"] == answer.values(CLASS)
    assert [b"upstream-filter"] == answer.values(FILTER_ID)
    (password,) = answer.values(TUNNEL_PASSWORD)
    assert b"tunnel secret" == revealed(password[1:], packet)
    assert b"\x01" == password[:1]
    assert [] == answer.values(REPLY_MESSAGE)
    assert [] == answer.values(STATE)


def test_a_policys_own_attribute_comes_from_the_policy(daemon):
    """Filter-Id is set by both; Class by the server alone."""
    with nas(daemon, ALONE) as alone:
        answer = alone.ask(Person_(daemon, "bob").packet())
    assert (ACCESS_ACCEPT, [b"ours"]) == (answer.code, answer.values(FILTER_ID))
    assert [b"bob-class"] == answer.values(CLASS)


def test_a_wrong_password_asks_no_phone_and_is_refused_at_once(daemon):
    """The server's refusal is not delayed again, and its text passes; ours would take 200 ms."""
    alice = Person_(daemon, "carol")
    phone = alice.enrol_phone()
    with nas(daemon, HELD) as held:
        assert held.ask(alice.packet("wrong")).code == ACCESS_REJECT
        began = time.monotonic()
        answer = held.ask(Person_(daemon, "none").packet())
        assert time.monotonic() - began < 0.2
    assert (ACCESS_REJECT, "Nobody of this name.") == (answer.code, answer.text)
    assert [] == phone.approvals()


def test_mschapv2_with_a_phone(daemon):
    """Success and keys reach the NAS with the Access-Accept, after the phone approved."""
    dave = Person_(daemon, "dave")
    phone, packet = dave.enrol_phone(), dave.response()
    with nas(daemon, HELD) as held:
        held.send(packet)
        (jws,) = phone.approvals(10)
        assert held.receive(0.3) is None
        assert phone.answer(jws) == 204
        answer = held.hear(packet)
    assert answer.code == ACCESS_ACCEPT
    (success,) = mschap.values(answer.attributes, 26)
    assert b"\x05" + mschap.success(CHALLENGE, PEER, "dave", "right") == success
    found = [mschap.values(answer.attributes, kind)[0] for kind in (16, 17)]
    wanted = mschap.keys(CHALLENGE, PEER, "dave", "right")
    assert wanted == tuple(revealed(hidden, packet) for hidden in found)


def test_mschapv2_with_a_wrong_password(daemon):
    """MS-CHAP-Error comes back, at once."""
    with nas(daemon, ALONE) as alone:
        answer = alone.ask(Person_(daemon, "dave").response("wrong"))
    assert answer.code == ACCESS_REJECT
    (error,) = mschap.values(answer.attributes, 2)
    assert error.startswith(b"\x05E=691 ")


def test_its_challenge_passes_in_both_directions(daemon):
    """The NAS never sees the server's State; then our own code is asked."""
    pin = Person_(daemon, "pin")
    pin.stored(totp.enroll, seed=SEED)
    with nas(daemon, ASKED) as asked:
        first = asked.ask(pin.packet())
        assert (ACCESS_CHALLENGE, "Your PIN?") == (first.code, first.text)
        assert first.state != bytes.fromhex("0123456789abcdef")
        assert [bytes(4)] == first.values(PROMPT)
        code = asked.ask(pin.packet("4711-4711-4711", state=first.state))
        assert (ACCESS_CHALLENGE, "Enter your code.") == (code.code, code.text)
        typed = code_at(SEED, int(time.time() // 30)).decode()
        answer = asked.ask(pin.packet(typed, state=code.state))
    assert (ACCESS_ACCEPT, [b"pin-class"]) == (answer.code, answer.values(CLASS))


def test_an_expired_password_is_changed_through_challenges(daemon):
    """Two of the server's, one after the other; the second factor comes after its accept."""
    expired = Person_(daemon, "expired")
    with nas(daemon, ASKED) as asked:
        first = asked.ask(expired.packet())
        assert "Your password has expired. A new one:" == first.text
        second = asked.ask(expired.packet("new", state=first.state))
        assert (ACCESS_CHALLENGE, "The new one again:") == (second.code, second.text)
        answer = asked.ask(expired.packet("new", state=second.state))
    assert ACCESS_REJECT == answer.code  # no second factor is enrolled
    assert "set one up" in answer.text.lower()


def test_a_wrong_answer_to_its_challenge(daemon):
    """It is the server's to refuse; a State serves once."""
    pin = Person_(daemon, "pin")
    with nas(daemon, ASKED) as asked:
        first = asked.ask(pin.packet())
        assert ACCESS_REJECT == asked.ask(pin.packet("0815", state=first.state)).code
        assert ACCESS_REJECT == asked.ask(pin.packet("4711-4711-4711", state=first.state)).code


def test_a_nas_that_cannot_ask_is_refused(daemon):
    """It would take a challenge for a refusal anyway."""
    with nas(daemon, ALONE) as alone:
        assert ACCESS_REJECT == alone.ask(Person_(daemon, "pin").packet()).code


@pytest.mark.parametrize("typed", ["CORP\\erin", "erin@corp.example", "érin", "er\u00adin"])
def test_no_spelling_leads_to_another_account(daemon, upstream, typed):
    """It is refused, and the server is not asked."""
    before = upstream.asked()
    with nas(daemon, ALONE) as alone:
        assert ACCESS_REJECT == alone.ask(Person_(daemon, "erin").packet(typed=typed)).code
    assert before == upstream.asked()


def test_letter_case_and_white_space_are_one_account(daemon):
    """The phone that `frank` enrolled is asked for `FRANK `."""
    frank = Person_(daemon, "frank")
    phone = frank.enrol_phone()
    with nas(daemon, HELD) as held:
        held.send(frank.packet(typed="FRANK "))
        assert 1 == len(phone.approvals(10))


def test_another_user_name_is_not_believed_where_the_typed_one_counts(daemon):
    """It would be a second name of one person."""
    with nas(daemon, ALONE) as alone:
        assert ACCESS_REJECT == alone.ask(Person_(daemon, "renamed").packet()).code
    assert "another User-Name" in daemon.said("another User-Name")


def test_chap_is_refused(daemon, upstream):
    """The server is not asked."""
    before = upstream.asked()
    with nas(daemon, ALONE) as alone:
        chap = Person_(daemon, "alice").packet(None, more=[(3, bytes(17)), (60, bytes(16))])
        assert ACCESS_REJECT == alone.ask(chap).code
    assert before == upstream.asked()


def test_nothing_of_it_is_in_the_store_or_the_log(daemon):
    """Neither State, keys nor passwords in clear."""
    store = b"".join(
        file.read_bytes() for file in (daemon.folder / "store").glob("countersign.db*")
    )
    state, keys = bytes.fromhex("0123456789abcdef"), mschap.keys(CHALLENGE, PEER, "dave", "right")
    for secret in (state, state.hex().encode(), b"tunnel secret", *keys, b"4711-4711-4711"):
        assert secret not in store
    assert "tunnel secret" not in daemon.text()


# --- servers that fail ---


def test_where_nobody_listens_the_second_server_is_asked_at_once(daemon, stopped, second):
    """When the first one is back, it is asked again."""
    alice, before = Person_(daemon, "alice"), second.asked()
    with nas(daemon, MOVING) as moving:
        began = time.monotonic()
        assert ACCESS_ACCEPT == moving.ask(alice.packet()).code
        assert time.monotonic() - began < 2.0
        assert 1 == second.asked() - before
        with stopped:
            daemon.said(f"{stopped.address} is asked again")
            assert ACCESS_ACCEPT == moving.ask(alice.packet()).code
            assert (1, 1) == (stopped.asked(), second.asked() - before)


def test_a_silent_server_is_left_after_its_time(daemon, scripted, second):
    """Three seconds, with retransmissions of the same octets; then the second is asked."""
    before, silent = second.asked(), scripted["silent"]
    with nas(daemon, SILENT) as asking:
        began = time.monotonic()
        assert ACCESS_ACCEPT == asking.ask(Person_(daemon, "alice").packet(), 6).code
        assert 2.9 < time.monotonic() - began < 5.0
        assert ACCESS_ACCEPT == asking.ask(Person_(daemon, "bob").packet()).code
    assert 3 == len(silent.requests)
    assert 1 == len(set(silent.requests))
    assert 2 == second.asked() - before


def test_a_server_that_lives_keeps_the_password(daemon, second):
    """It answers Status-Server and nothing else: the second one is not given the password."""
    before = second.asked()
    with nas(daemon, SLOW) as asking:
        assert ACCESS_REJECT == asking.ask(Person_(daemon, "alice").packet(), 6).code
    assert before == second.asked()


def test_forged_answers_are_ignored(daemon, scripted):
    """Without a Message-Authenticator, or with another secret: as if nothing had come."""
    with nas(daemon, FORGED) as asking:
        assert ACCESS_REJECT == asking.ask(Person_(daemon, "alice").packet(), 6).code
    assert len(scripted["forged"].requests) == 3
    assert "an answer is dropped, " in daemon.text()


def test_what_the_server_is_asked(daemon, scripted):
    """Message-Authenticator first, who the NAS is, and nothing of Proxy-State or State."""
    with nas(daemon, WATCHED) as asking:
        more = [(32, b"vpn1"), (33, b"proxy"), (5, bytes(4))]
        assert ACCESS_ACCEPT == asking.ask(Person_(daemon, "alice").packet(more=more)).code
        assert ACCESS_ACCEPT == asking.ask(Person_(daemon, "alice").packet()).code
    first, second = [attributes_of(octets) for octets in scripted["watched"].requests]
    assert [80, 1, 31, 32, 5, 2] == [kind for kind, _ in first]
    assert [(32, b"countersign")] == [one for one in second if one[0] == 32]


def test_the_account_may_be_named_by_the_server(daemon):
    """With `returned`, its User-Name counts, and an Access-Accept without one lets nobody in."""
    other = Person_(daemon, "somebody-else", "named")
    phone = other.enrol_phone()
    with nas(daemon, NAMED) as named:
        named.send(other.packet(typed="renamed"))
        assert 1 == len(phone.approvals(10))
    with nas(daemon, BACK) as named:
        assert ACCESS_REJECT == named.ask(Person_(daemon, "alice").packet()).code


def test_check_connect_asks_each_server(daemon):
    """Status-Server to each that knows it; who does not answer is told."""
    told = daemon.command("check", "--connect", expect=1)
    silent = [line for line in told.splitlines() if "Status-Server to" in line]
    (moving,) = daemon.configuration["directories"]["moving"]["servers"][:1]
    assert 1 == len(silent)
    assert f"Status-Server to {moving}: {moving}: nobody listens there" in silent[0]


def test_a_challenge_outlives_a_restart(daemon):
    """Its State is in the store, sealed; the answer reaches the server from the next process."""
    pin = Person_(daemon, "pin")
    with nas(daemon, ASKED) as asked:
        first = asked.ask(pin.packet())
    daemon.kill()
    daemon.start()
    with nas(daemon, ASKED) as asked:
        code = asked.ask(pin.packet("4711-4711-4711", state=first.state))
    assert (ACCESS_CHALLENGE, "Enter your code.") == (code.code, code.text)
