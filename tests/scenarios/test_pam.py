"""pam_radius_auth, which sends no Message-Authenticator and shows challenges: a login by a prompt."""

import re

import pytest

from tests.peers.daemon import SECRET
from tests.peers.gateway import HELD, pushes
from tests.peers.namespace import Namespace
from tests.peers.pam import PamService, needs_pam
from tests.peers.tap import AUTHENTICATION, Tap
from tests.peers.terminal_phone import TerminalPhone
from tests.scenarios.conftest import PAM
from tests.scenarios.test_codes import code, wrong

pytestmark = [pytest.mark.scenario, needs_pam]


@pytest.fixture
def pam(daemon, tmp_path):
    with PamService(tmp_path, daemon.server(), SECRET.decode(), PAM) as service:
        yield service


def test_it_prompts_for_the_code(pam, someone):
    """Password, then the code under the challenge's own words."""
    seed = someone.enrol_totp()
    status, told = pam.log_in(someone.name, someone.password, code(seed))
    assert 0 == status, told
    assert "Enter your code." in told


def test_a_wrong_code_is_asked_for_again(pam, someone):
    """The second challenge is a prompt too."""
    seed = someone.enrol_totp()
    status, told = pam.log_in(someone.name, someone.password, wrong(seed), code(seed))
    assert 0 == status, told
    assert "not accepted" in told


def test_a_wrong_password_is_refused_without_a_prompt(pam, someone):
    """Nothing is asked for."""
    someone.enrol_totp()
    status, told = pam.log_in(someone.name, "wrong", "123456")
    assert 0 != status
    assert "Enter your code." not in told


def test_a_number_is_shown_and_an_empty_line_continues(pam, someone):
    """The person types it on the phone, then presses Enter."""
    someone.enrol_phone()
    with pam.begin(someone.name, someone.password) as login:
        shown = pam.read_until(login, "phone and continue")
        number = re.search(r"number (\d{6}) on your phone", shown)[1]
        assert 204 == someone.phone.answer(someone.asked(), number=number)
        status, told = pam.end(login, "")
    assert 0 == status, told


# --- where the push is held ---


@pytest.fixture(scope="module")
def network():
    with Namespace() as inside:
        yield inside


@pytest.fixture(scope="module")
def tap(network, gateways):
    with Tap(network, gateways.server(), HELD, SECRET) as carrying:
        yield carrying


@pytest.fixture
def held(network, tap, tmp_path):
    """A service that tries again after two seconds."""
    tap.listen(HELD)
    secret, local = SECRET.decode(), ("127.0.0.1", AUTHENTICATION)
    with PamService(tmp_path, local, secret, "", timeout=2, retries=15, inside=network) as service:
        yield service


def test_its_repeats_are_one_login_that_the_terminal_phone_approves(
    held, tap, guest, gateways, tmp_path
):
    """The same packet from the same port until it is answered: one request on the phone."""
    phone = TerminalPhone(tmp_path / "home").enrol(gateways, guest.invited())
    with held.begin(guest.name, guest.password) as login:
        heard = tap.wait_for(3)
        status, told = phone.run("watch", "--once", "--answer", "approve")
        assert (0, True) == (status, "held" in told), told
        status, told = held.end(login)
    assert 0 == status, told
    assert 1 == len({(one.port, one.octets) for one in heard})
    assert not heard[0].signed
    assert 1 == pushes(guest)


@pytest.mark.parametrize("decision", ["deny", "report"])
def test_a_denied_push_lets_nobody_in(held, guest, decision):
    """After one request."""
    guest.enrol_phone()
    thread, answered = guest.answer_soon(decision)
    status, _ = held.log_in(guest.name, guest.password)
    thread.join()
    assert 0 != status
    assert ([204], 1) == (answered, pushes(guest))


def test_a_wrong_password_asks_no_phone(held, guest):
    """It is refused as it stands."""
    guest.enrol_phone()
    status, _ = held.log_in(guest.name, "wrong")
    assert 0 != status
    assert 0 == pushes(guest)


def test_a_code_behind_the_password(held, guest):
    """In one line."""
    seed = guest.enrol_totp()
    assert 0 == held.log_in(guest.name, f"{guest.password},{code(seed)}")[0]
    assert 0 != held.log_in(guest.name, f"{guest.password},{wrong(seed)}")[0]


def test_an_answer_that_is_lost_is_given_again(held, tap, guest):
    """Its next repeat gets the same octets; the phone is not asked again."""
    guest.enrol_phone()
    thread, _ = guest.answer_soon()
    tap.lost = 1
    status, told = held.log_in(guest.name, guest.password)
    thread.join()
    assert (0, 0, 1) == (status, tap.lost, pushes(guest)), told
