"""pam_radius_auth, which sends no Message-Authenticator and shows challenges: a login by a prompt."""

import re

import pytest

from tests.peers.daemon import SECRET
from tests.peers.pam import PamService, needs_pam
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
