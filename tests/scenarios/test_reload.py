"""SIGHUP while people log in: what is held goes on as it began, what comes goes by what was read."""

import shutil
import socket
import subprocess
import threading
import time
from copy import deepcopy

import pytest

from proxy.sealing import MasterKey
from tests.peers.authority import Authority
from tests.peers.daemon import SECRET, Daemon, Tagged, client, free_port
from tests.peers.nas import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    ACCESS_REJECT,
    STATUS_SERVER,
    USER_NAME,
    Nas,
    read_reply,
    request,
)
from tests.peers.slapd import Slapd
from tests.scenarios.conftest import ASKED, HELD, PLAIN, Someone
from tests.scenarios.test_codes import code

pytestmark = pytest.mark.scenario
NEW_SECRET = b"another-secret-of-these-tests"


@pytest.fixture(scope="module")
def running(slapd, tmp_path_factory):
    """One daemon for all of these stories: it has no other life than theirs."""
    policy = {"directory": "corp", "factors": ["push", "totp"]}
    policies = [{"name": name, "clients": [name], **policy} for name in ("held", "asked")]
    policies.append({"name": "plain", "clients": ["plain"], "directory": "corp", "factors": []})
    running = Daemon(
        tmp_path_factory.mktemp("reload"),
        slapd.directory_settings(),
        {
            "held": client(HELD, wait="20s"),
            "asked": client(ASKED, challenge=True),
            "plain": client(PLAIN),
        },
        policies,
    )
    running.start().reload()  # the ports that it took are written out now
    yield running
    running.stop()
    assert "Traceback" not in running.text()


@pytest.fixture
def changing(running):
    """The daemon, whose configuration a story changes; afterwards it is as it was."""
    before = deepcopy(running.configuration)
    port = running.radius_port
    yield running
    running.configuration, running.radius_port = before, port
    running.reload()


@pytest.fixture
def someone(changing, names):
    return Someone(changing, next(names))


def without(daemon, name):
    """Take a client and its policy out of the configuration."""
    del daemon.configuration["clients"][name]
    policies = daemon.configuration["policies"]
    daemon.configuration["policies"] = [one for one in policies if one["name"] != name]


def accepted(someone, packet=None, *, server="127.0.0.1"):
    """Log in where the password is enough."""
    with someone.nas(PLAIN, server) as nas:
        reply = nas.ask(packet or someone.packet(), 3)
    return reply is not None and reply.code == ACCESS_ACCEPT


# --- what is held ---


def test_a_held_login_of_a_client_that_is_removed(changing, someone):
    """Answered with the secret that it came with; whatever it sends now meets silence."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        jws = someone.asked()
        without(changing, "held")
        changing.reload()
        nas.send(packet)
        nas.send(someone.packet())
        assert nas.receive(0.5) is None
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.hear(packet, 5).code
        assert nas.receive(0.3) is None


def test_a_held_login_of_a_client_with_another_secret(changing, someone):
    """Answered with the old one; the next is taken with the new one alone."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        jws = someone.asked()
        changing.configuration["clients"]["held"]["secret"] = NEW_SECRET.decode()
        changing.reload()
        nas.send(someone.packet())
        assert nas.receive(0.3) is None
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.hear(packet, 5).code
        new = request(NEW_SECRET, [(USER_NAME, b"nobody")], identifier=9, password=b"x")
        nas.send(new)
        assert ACCESS_REJECT == read_reply(nas.receive(3), new, NEW_SECRET).code


def test_a_retransmission_across_it_is_the_same_login(changing, someone):
    """Dropped while it is held, joined under another Identifier, answered again by what is kept."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        jws = someone.asked()
        changing.configuration["radius"]["reject_delay"] = "300ms"
        changing.reload()
        newer = someone.try_again(nas, packet, 0.5)
        assert [jws] == someone.phone.approvals()
        assert 204 == someone.phone.answer(jws)
        octets = nas.receive(5)
        assert ACCESS_ACCEPT == read_reply(octets, newer, SECRET).code
        changing.reload()
        nas.send(newer)
        assert octets == nas.receive(3)
        assert nas.receive(0.3) is None


def test_a_challenge_across_it(changing, someone):
    """Asked under a policy that is gone, answered all the same; the next login is refused."""
    seed = someone.enrol_totp()
    with someone.nas(ASKED) as nas:
        asked = nas.ask(someone.packet(), 5)
        assert ACCESS_CHALLENGE == asked.code
        changing.configuration["policies"] = [
            one for one in changing.configuration["policies"] if one["name"] != "asked"
        ]
        changing.reload()
        answer = someone.packet(code(seed), state=asked.state)
        assert ACCESS_ACCEPT == nas.ask(answer, 5).code
        assert ACCESS_REJECT == nas.ask(someone.packet(), 5).code


# --- directories ---


def connections(port):
    """Give our side of the connections to a server."""
    told = subprocess.run(
        ["ss", "-Htn", "state", "established", f"dport = :{port}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.split()[2] for line in told.stdout.splitlines()}


def until(truth):
    ends_at = time.monotonic() + 10
    while not truth():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def test_a_directory_is_exchanged(changing, tmp_path):
    """
    Whoever is being looked for in the old one is found there, however long it takes.

    Its connections are closed when the last login of before has its answer.
    """
    with Slapd(tmp_path / "first") as first, Slapd(tmp_path / "second") as second:
        alice = Someone(changing, "alice")
        changing.configuration["directories"]["corp"] = first.directory_settings()
        changing.reload()
        assert accepted(alice)
        alice.enrol_phone()
        with alice.nas(HELD) as nas:
            packet = alice.packet()
            nas.send(packet)
            jws = alice.asked()
            with alice.nas(PLAIN) as slow:
                first.pause()
                looked_for = alice.packet(caller=b"192.0.2.78")
                slow.send(looked_for)
                changing.configuration["directories"]["corp"] = second.directory_settings()
                changing.reload()
                first_before = connections(first.tls_port)
                assert accepted(alice)
                first.resume()
                assert ACCESS_ACCEPT == slow.hear(looked_for, 5).code
            assert first_before
            assert first_before <= connections(first.tls_port)
            assert connections(second.tls_port)
            assert 204 == alice.phone.answer(jws)
            assert ACCESS_ACCEPT == nas.hear(packet, 5).code
        until(lambda: not connections(first.tls_port))
        first.kill()
        assert accepted(alice)


def test_a_directory_that_stays_keeps_its_connections(changing, someone, slapd):
    """Nothing is opened anew where only clients changed."""
    assert accepted(someone)
    before = connections(slapd.tls_port)
    without(changing, "asked")
    changing.reload()
    assert accepted(someone)
    assert before
    assert before <= connections(slapd.tls_port)


# --- listeners ---


def test_a_listener_that_stays_loses_nothing(changing):
    """Datagrams come all the time; as many are answered, whatever comes and goes beside it."""
    sent, answered, stopped = [], [], threading.Event()

    def hear(nas, seconds):
        while nas.receive(seconds) is not None:
            answered.append(True)

    def ask(nas):
        while not stopped.is_set():
            nas.send(request(SECRET, [], code=STATUS_SERVER, identifier=len(sent) % 256))
            sent.append(True)
            hear(nas, 0.001)  # as they come: its socket holds some 250

    with Nas(SECRET, changing.server(), PLAIN) as nas:
        asking = threading.Thread(target=ask, args=(nas,))
        asking.start()
        for number in range(6):
            extra = [f"127.0.0.1:{free_port()}"] if number % 2 == 0 else []
            changing.configuration["radius"]["listen"] = [f"0.0.0.0:{changing.radius_port}", *extra]
            changing.reload()
        stopped.set()
        asking.join()
        hear(nas, 0.5)
    assert len(sent) == len(answered) > 50


def test_listeners_come_and_go(changing, someone):
    """A new one answers; one that is gone does not, but for what it held."""
    someone.enrol_phone()
    old, new = changing.radius_port, free_port()
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        jws = someone.asked()
        changing.configuration["radius"]["listen"] = [f"0.0.0.0:{new}"]
        assert f"radius 0.0.0.0:{new}" in changing.reload()
        changing.radius_port = new
        assert accepted(someone)
        changing.radius_port = old
        with pytest.raises(ConnectionRefusedError):  # the system says that nobody is there
            accepted(someone)
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.hear(packet, 5).code
    until(lambda: is_free(old))


def is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
        return True


def test_an_address_of_ours_instead_of_all(changing, someone):
    """The two overlap; what is held by the older one is answered from where it was asked."""
    someone.enrol_phone()
    port = changing.radius_port
    with someone.nas(HELD, "127.0.0.2") as nas:
        packet = someone.packet()
        nas.send(packet)
        jws = someone.asked()
        changing.configuration["radius"]["listen"] = [f"127.0.0.1:{port}"]
        changing.reload()
        assert accepted(someone)
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.hear(packet, 5).code
    changing.configuration["radius"]["listen"] = [f"0.0.0.0:{port}"]
    changing.reload()
    assert accepted(someone, server="127.0.0.2")


# --- the web ---


def certificate_at(port, ca):
    """Give the serial number that a TLS client is shown, and whether it verified."""
    told = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", str(ca)],
        input="",
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-serial"],
        input=told.stdout,
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout, "Verify return code: 0 (ok)" in told.stdout


def test_another_certificate(changing, someone, tmp_path):
    """The files change, not the configuration: the next connection sees it, an open poll goes on."""
    authority = Authority(tmp_path)
    certificate, key = authority.issue("127.0.0.1")
    changing.configuration["web"] |= {"certificate": str(certificate), "private_key": str(key)}
    someone.enrol_phone()
    polled = []
    poll = threading.Thread(target=lambda: polled.extend(someone.phone.approvals(20)))
    poll.start()
    time.sleep(0.3)
    changing.reload()
    first = certificate_at(changing.web_port, authority.file)
    authority.issue("127.0.0.1")
    changing.reload()
    second = certificate_at(changing.web_port, authority.file)
    assert (True, True) == (first[1], second[1])
    assert first[0] != second[0]
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        poll.join()
    assert 1 == len(polled)


def test_the_web_moves(changing, someone):
    """It listens at another port, and then at all addresses of it; a poll that waits goes on."""
    someone.enrol_phone()
    polled = []
    poll = threading.Thread(target=lambda: polled.extend(someone.phone.approvals(20)))
    poll.start()
    time.sleep(0.3)
    for listen in (f"127.0.0.1:{free_port()}", f"0.0.0.0:{changing.web_port}"):
        changing.configuration["web"]["listen"] = listen
        assert f"https {listen}" in changing.reload()
        port = int(listen.rpartition(":")[2])
        assert certificate_at(port, changing.ca)[1]
    changing.configuration["web"]["listen"] = f"127.0.0.1:{changing.web_port}"
    changing.reload()
    assert certificate_at(changing.web_port, changing.ca)[1]
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        poll.join()
    assert 1 == len(polled)


# --- what is refused ---


def faulty_key(changing, _):
    changing.configuration["no_such_key"] = True
    return "found an unknown key"


def missing_ca(changing, _):
    changing.configuration["directories"]["corp"]["ca_certificates"] = "/nonexistent/ca.pem"
    return "directories.corp.ca_certificates: cannot read /nonexistent/ca.pem"


def another_key(changing, folder):
    certificate, key = Authority(folder).issue("127.0.0.1")
    shutil.copy(certificate, folder / "first.pem")
    Authority(folder).issue("127.0.0.1")
    changing.configuration["web"] |= {
        "certificate": str(folder / "first.pem"),
        "private_key": str(key),
    }
    return "web.certificate: "


def no_secret(changing, folder):
    changing.configuration["clients"]["asked"]["secret"] = ""
    return "clients.asked.secret: found an empty secret"


def taken_port(changing, _):
    port = changing.taken.getsockname()[1]
    changing.configuration["radius"]["listen"].append(f"127.0.0.1:{port}")
    return f"radius.listen[1]: cannot listen on 127.0.0.1 port {port}: Address already in use"


def taken_web_port(changing, _):
    port = changing.taken_web.getsockname()[1]
    changing.configuration["web"]["listen"] = f"127.0.0.1:{port}"
    changing.configuration["radius"]["listen"].append(f"127.0.0.1:{free_port()}")
    return f"web.listen: cannot listen on 127.0.0.1 port {port}: Address already in use"


@pytest.mark.parametrize(
    "spoil", [faulty_key, missing_ca, another_key, no_secret, taken_port, taken_web_port]
)
def test_what_cannot_be_had_leaves_everything_as_it_was(changing, someone, tmp_path, spoil):
    """Told with file and line; nothing of the file is in force, and nothing was opened or closed."""
    before = deepcopy(changing.configuration)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as changing.taken,
        socket.create_server(("127.0.0.1", 0)) as changing.taken_web,
    ):
        changing.taken.bind(("127.0.0.1", 0))
        wanted = spoil(changing, tmp_path)
        without(changing, "plain")
        told = changing.reload(refused=True)
        assert wanted in told
        assert f"{changing.file}:" in told
        assert accepted(someone)
    changing.configuration = before
    told = changing.reload()
    assert "no key changed" in told
    assert told.count("127.0.0.1:") + told.count("0.0.0.0:") == 4  # in its text, in its status


def test_a_file_that_is_gone(changing, someone):
    """As any other fault."""
    changing.file.rename(changing.folder / "elsewhere")
    told = changing.read_again(refused=True)
    assert f"{changing.file}:1: cannot read the configuration: No such file" in told
    assert accepted(someone)
    (changing.folder / "elsewhere").rename(changing.file)
    changing.read_again()


def test_what_wants_a_restart_is_said(changing, someone):
    """Store, master key and web.url stay as they were; the rest is taken over."""
    other = changing.folder / "other.key"
    other.write_text(MasterKey.create())
    changing.configuration |= {
        "store": f"sqlite:///{changing.folder}/other.db",
        "master_key": Tagged(str(other)),
    }
    changing.configuration["web"]["url"] = "https://mfa.example.org"
    without(changing, "asked")
    told = changing.reload()
    for key in ("store", "master_key", "web.url"):
        assert f"warning: {key}: changed, which wants a restart" in told
    assert accepted(someone)
    with someone.nas(ASKED) as nas:
        assert nas.ask(someone.packet(), 0.3) is None
    assert not (changing.folder / "other.db").exists()


def test_a_master_key_that_was_exchanged_wants_no_restart(changing, someone):
    """The file holds the one that the store is sealed under now, and the daemon knows it."""
    seed = someone.enrol_totp()
    changing.command("key", "rotate", "master")
    assert "wants a restart" not in changing.reload()
    with someone.nas(ASKED) as nas:
        asked = nas.ask(someone.packet(), 5)
        assert ACCESS_ACCEPT == nas.ask(someone.packet(code(seed), state=asked.state), 5).code
