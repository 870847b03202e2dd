"""`kill -9` and SIGTERM: nothing that was answered is lost, nothing is sent twice."""

import re

import pytest

from tests.peers.daemon import Daemon, client
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.scenarios.conftest import ASKED, HELD, Someone
from tests.scenarios.test_codes import code

pytestmark = pytest.mark.scenario


@pytest.fixture
def mortal(slapd, tmp_path):
    """A daemon of one story's own, with a longer wait."""
    policy = {"directory": "corp", "factors": ["push", "totp"]}
    running = Daemon(
        tmp_path,
        slapd.directory_settings(),
        {"held": client(HELD, wait="20s"), "asked": client(ASKED, challenge=True)},
        [{"name": name, "clients": [name], **policy} for name in ("held", "asked")],
    )
    yield running.start()
    running.stop()
    assert "Traceback" not in running.text()


@pytest.fixture
def someone(mortal, names):
    return Someone(mortal, next(names))


def test_a_challenge_outlives_the_process(mortal, someone):
    """The same State completes the login; the code stays used."""
    seed = someone.enrol_totp()
    with someone.nas(ASKED) as nas:
        asked = nas.ask(someone.packet(), 5)
        mortal.kill()
        mortal.start()
        right = code(seed)
        answer = someone.packet(right, state=asked.state)
        assert ACCESS_ACCEPT == nas.ask(answer, 5).code
        mortal.kill()
        mortal.start()
        assert ACCESS_ACCEPT == nas.ask(someone.packet(right, state=asked.state), 5).code
        again = nas.ask(someone.packet(), 5)
        assert ACCESS_CHALLENGE == nas.ask(someone.packet(right, state=again.state), 5).code


def test_an_open_push_is_joined_and_not_sent_again(mortal, someone):
    """By the NAS's same packet and by a new one; the approval admits one session."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        packet = someone.packet()
        nas.send(packet)
        jws = someone.asked()
        mortal.kill()
        mortal.start()
        newer = someone.try_again(nas, packet, 0.7)
        assert [jws] == someone.phone.approvals()
        assert 204 == someone.phone.answer(jws)
        reply = nas.receive(5)
        assert (ACCESS_ACCEPT, newer[1]) == (reply[0], reply[1])
        assert nas.receive(0.5) is None


def test_a_number_outlives_the_process(mortal, someone):
    """Approved before the restart, continued after it."""
    someone.enrol_phone()
    with someone.nas(ASKED) as nas:
        challenge = nas.ask(someone.packet(), 5)
        number = re.search(r"\d{6}", challenge.text)[0]
        assert 204 == someone.phone.answer(someone.asked(), number=number)
        mortal.kill()
        mortal.start()
        reply = nas.ask(someone.packet(b"", state=challenge.state), 5)
    assert ACCESS_ACCEPT == reply.code


def test_sigterm_lets_held_logins_end(mortal, someone, names):
    """No new one is begun; the process then ends with 0. Another SIGTERM changes nothing."""
    other = Someone(mortal, next(names))
    someone.enrol_phone()
    with someone.nas(HELD) as nas, other.nas(HELD) as late:
        nas.send(someone.packet())
        jws = someone.asked()
        before = len(mortal.text())
        mortal.terminate()
        mortal.said("no login begins any more", before)
        mortal.terminate()
        late.send(other.packet("wrong"))
        assert late.receive(0.7) is None
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.receive(5)[0]
    assert 0 == mortal.process.wait(10)
    assert "Traceback" not in mortal.text()[before:]


def test_sigterm_leaves_the_rest_open(mortal, someone):
    """After the restart the NAS's next try joins; the phone has one request."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        jws = someone.asked()
        mortal.terminate()
        assert 0 == mortal.process.wait(15)
        assert nas.receive(0.2) is None
        mortal.start()
        nas.send(someone.packet())
        assert [jws] == someone.phone.approvals(1)
        assert 204 == someone.phone.answer(jws)
        assert ACCESS_ACCEPT == nas.receive(5)[0]


def test_a_wrong_password_costs_one_bind_whatever_the_nas_does(mortal, someone, slapd):
    """Three packets while the reject is delayed."""
    before = slapd.failed_binds(someone.name)
    with someone.nas(HELD) as nas:
        for _ in range(3):
            nas.send(someone.packet("wrong"))
        assert [ACCESS_REJECT] * 3 == [nas.receive(5)[0] for _ in range(3)]
    assert 1 == slapd.failed_binds(someone.name) - before


def test_an_approval_outlives_the_process_and_serves_once(mortal, someone):
    """Approved while the daemon was about to die: the next try passes, the one after is asked."""
    someone.enrol_phone()
    with someone.nas(HELD) as nas:
        nas.send(someone.packet())
        jws = someone.asked()
        mortal.kill()
        mortal.start()
        assert 204 == someone.phone.answer(jws)
        mortal.kill()
        mortal.start()
        assert ACCESS_ACCEPT == nas.ask(someone.packet(), 5).code
        mortal.kill()
        mortal.start()
        nas.send(someone.packet())
        (again,) = someone.phone.approvals(10)
        assert jws != again


def test_a_code_that_served_just_before_the_end_serves_no_more(mortal, someone):
    """Killed as soon as the NAS has its Access-Accept."""
    seed = someone.enrol_totp()
    right = code(seed)
    with someone.nas(ASKED) as nas:
        asked = nas.ask(someone.packet(), 5)
        nas.send(someone.packet(right, state=asked.state))
        assert ACCESS_ACCEPT == nas.receive(5)[0]
        mortal.kill()
        mortal.start()
        asked = nas.ask(someone.packet(), 5)
        assert ACCESS_CHALLENGE == nas.ask(someone.packet(right, state=asked.state), 5).code


def test_a_packet_that_led_to_a_push_leads_to_no_second_one(mortal, someone):
    """Replayed after the login has ended and the daemon forgot it: refused, the phone stays quiet."""
    someone.enrol_phone()
    packet = someone.packet()
    with someone.nas(HELD) as nas:
        nas.send(packet)
        assert 204 == someone.phone.answer(someone.asked())
        assert ACCESS_ACCEPT == nas.hear(packet).code
        mortal.kill()
        mortal.start()
        assert ACCESS_REJECT == nas.ask(packet).code
    assert [] == someone.phone.approvals()
