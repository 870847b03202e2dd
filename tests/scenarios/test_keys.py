"""Keys are exchanged while people log in."""

import json
import signal
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import func, select

from proxy.accounts.account import Person
from proxy.factors.totp import new_seed
from proxy.sealing import VERSION
from proxy.settings.master_key import read_master_key
from proxy.store import accounts, schema, sealed, server_keys, totp
from proxy.store.session import Session
from tests.peers.daemon import Daemon, client
from tests.peers.nas import ACCESS_ACCEPT
from tests.peers.phone import API, payload_of, unb64
from tests.scenarios.conftest import APPENDED, HELD, Someone
from tests.scenarios.test_codes import code

pytestmark = pytest.mark.scenario

CROWD = 8000
"""Seeds that nobody uses: they make an exchange last."""


@pytest.fixture(scope="module")
def daemon(slapd, tmp_path_factory):
    """A daemon with keys of its own."""
    policy = {"directory": "corp", "factors": ["push", "totp", "recovery"]}
    running = Daemon(
        tmp_path_factory.mktemp("keys"),
        slapd.directory_settings(),
        {"held": client(HELD), "appended": client(APPENDED, append_code=True)},
        [{"name": name, "clients": [name], **policy} for name in ("held", "appended")],
    )
    try:
        yield running.start()
        assert [] == running.faults()
    finally:
        running.stop()


@pytest.fixture
def someone(daemon, names):
    return Someone(daemon, next(names))


@pytest.fixture
def crowd(daemon):
    """Seeds of many people."""
    master = daemon.master

    def enrol(session):
        for number in range(CROWD):
            person = Person("corp", f"crowd {number}", None, f"uid={number}", frozenset())
            account = accounts.ensure(session, person, time.time())
            totp.enroll(session, master, account.id, new_seed(), time.time())

    daemon.database.now(enrol)


def file_of(daemon):
    return daemon.folder / "store/master.key"


def enter(someone, typed):
    """Log in with an appended code."""
    with someone.nas(APPENDED) as nas:
        return nas.ask(someone.packet(f"{someone.password},{typed}"), 6).code


def look(daemon, query):
    """Read the store without being in anybody's way."""
    connection = daemon.database.connect_reader()
    try:
        return query(Session(connection))
    finally:
        connection.close()


def left(daemon, mark):
    """Count the seeds that are not sealed under the key of this mark."""
    prefix = VERSION + bytes.fromhex(mark)
    query = (
        select(func.count().label("number"))
        .select_from(schema.totp)
        .where(func.substr(schema.totp.c.sealed_seed, 1, len(prefix)) != prefix)
    )
    return look(daemon, lambda session: session.row(query)["number"])


def cut_short(daemon):
    """Kill `key rotate master` when it has begun to seal anew; give the mark of the next key."""
    for _ in range(5):  # on a machine that is busy elsewhere it may have ended before we look
        process = subprocess.Popen(
            [sys.executable, "-m", "proxy", "--config", daemon.file, "key", "rotate", "master"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None:
            row = look(daemon, sealed.by_state).get(sealed.NEXT)
            if row is not None and left(daemon, row["mark"]) < CROWD:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.001)
        process.wait()
        row = look(daemon, sealed.by_state).get(sealed.NEXT)
        if row is not None and left(daemon, row["mark"]):
            return row["mark"]
    raise AssertionError("it always ended before it was killed")


def test_the_master_key_is_exchanged_while_people_log_in(daemon, names, crowd):
    """Killed in the middle, gone on with; whoever logs in meanwhile gets in, once with each code."""
    people = [Someone(daemon, next(names)) for _ in range(8)]
    seeds = [one.enrol_totp() for one in people]
    written = [one.recovery_codes() for one in people]

    following = cut_short(daemon)
    old = read_master_key(file_of(daemon)).mark
    assert old != following
    assert 0 < left(daemon, following) < CROWD
    assert [ACCESS_ACCEPT] * 2 == [
        enter(one, code(seed)) for one, seed in zip(people[:2], seeds, strict=False)
    ]
    assert ACCESS_ACCEPT == enter(people[0], written[0][0])
    daemon.kill()
    daemon.start()
    assert ACCESS_ACCEPT == enter(people[2], code(seeds[2]))
    late = Someone(daemon, next(names))
    uri = daemon.command("totp", "enroll", late.name)
    assert "not finished" in daemon.command("key", "list")

    entered, typed = [], []

    def come():
        for one, seed in zip(people[3:], seeds[3:], strict=True):
            typed.append(code(seed))
            entered.append(enter(one, typed[-1]))

    logins = threading.Thread(target=come)
    logins.start()
    told = daemon.json("key", "rotate", "master")
    logins.join()
    assert [ACCESS_ACCEPT] * 5 == entered
    assert ("done", old, following) == (told["state"], told["old"], told["master"])
    assert 0 == left(daemon, told["master"])
    assert following == read_master_key(file_of(daemon)).mark

    seed = uri.partition("secret=")[2].partition("&")[0].strip()
    assert ACCESS_ACCEPT == enter(late, code(seed))
    assert ACCESS_ACCEPT != enter(people[3], typed[0])
    daemon.kill()
    daemon.start()
    assert ACCESS_ACCEPT == enter(people[0], written[0][1])
    assert ACCESS_ACCEPT != enter(people[0], written[0][0])
    assert ACCESS_ACCEPT == enter(late, code(seed, 1))
    assert following == daemon.json("key", "list")["master"]


def test_a_login_that_waits_outlives_the_exchange(daemon, someone):
    """Asked under the old master key, joined and answered under the new one: one push."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        jws = someone.asked()
        daemon.command("key", "rotate", "master")
        daemon.kill()
        daemon.start()
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        time.sleep(0.5)
        assert [jws] == someone.phone.approvals()
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.receive(6)[0]


def test_a_master_key_that_the_daemon_never_saw(daemon, someone):
    """Exchanged twice while it did nothing; it reads its file when it needs to."""
    seed = someone.enrol_totp()
    for _ in range(2):
        daemon.command("key", "rotate", "master")
    assert ACCESS_ACCEPT == enter(someone, code(seed))


def kid_of(jws):
    header = jws.split(".")[0]
    return json.loads(unb64(header))["kid"]


def push(someone):
    """Log in by push; give the request's key."""
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        jws = someone.asked()
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.receive(6)[0]
    return kid_of(jws)


def keys_told(someone):
    """Give the ids of the keys that a phone is told, and by which key."""
    status, _, octets = someone.phone.proved("GET", f"{API}/me")
    assert 200 == status
    listed = json.loads(octets)["server_keys"]
    return {one["kid"] for one in payload_of(listed)["keys"]}, kid_of(listed)


def test_a_new_key_for_requests(daemon, someone):
    """Published at once, signing after 30 days; compromised, the running daemon changes at once."""
    someone.enrol_phone()
    old = push(someone)
    new = daemon.json("key", "rotate", "requests")["kid"]
    assert ({old, new}, old) == keys_told(someone)
    assert old == push(someone)
    a_month_ago(daemon, new)
    assert new == push(someone)
    assert ({old, new}, old) == keys_told(someone)
    last = daemon.json("key", "rotate", "requests", "--compromised")["kid"]
    assert last == push(someone)
    told, by = keys_told(someone)
    assert ({last}, True) == (told, by in {old, new})


def a_month_ago(daemon, kid):
    """Let a key have been published a month ago."""
    moved = schema.server_keys.c.signs_from - server_keys.PUBLISHED_BEFORE
    statement = schema.server_keys.update().where(schema.server_keys.c.kid == kid)
    daemon.database.now(lambda session: session.run(statement.values(signs_from=moved)))
