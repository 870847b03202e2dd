"""OpenVPN with auth-pam and pam_radius: logins beside one another, a code that is asked beforehand."""

import pytest

from tests.peers.daemon import SECRET
from tests.peers.gateway import ASKED, FAR, HELD, HYBRID, pushes
from tests.peers.namespace import missing
from tests.peers.openvpn import PLUGINS, OpenVpn
from tests.peers.pam import needs_pam
from tests.scenarios.gateway_stories import (  # noqa: F401 - its stories are this gateway's too
    test_a_code_behind_the_password,
    test_a_denied_push_connects_nobody,
    test_a_held_login_holds_up_nobody,
    test_a_wrong_password_asks_no_phone,
    test_its_repeats_are_one_login_that_the_terminal_phone_approves,
)
from tests.scenarios.test_codes import code, wrong

INSTALLED = missing("openvpn", f"{PLUGINS}/openvpn-plugin-auth-pam.so")
pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(bool(INSTALLED), reason=f"not on this machine: {INSTALLED}"),
    needs_pam,
]


@pytest.fixture(scope="module")
def server(networks, tap, tmp_path_factory):
    peer = OpenVpn(tmp_path_factory.mktemp("vpn") / "openvpn", *networks)
    with peer.with_pam(SECRET.decode(), timeout=2, retries=15).serving():
        yield peer


@pytest.fixture
def vpn(server, tap):
    """The gateway, taken for one that cannot ask."""
    tap.listen(HELD)
    return server


def test_the_code_that_the_client_asked_beforehand(vpn, tap, guest):
    """It answers the challenge, once: a wrong one is not asked for again."""
    tap.listen(ASKED)
    seed = guest.enrol_totp()
    with vpn.log_in(guest.name, guest.password, code(seed)) as login:
        assert "connected" == login.outcome()
    with vpn.log_in(guest.name, guest.password, wrong(seed)) as login:
        assert "refused" == login.outcome()
    assert {FAR} == {one.caller for one in tap.heard}


def test_the_code_serves_where_the_phone_is_slow(vpn, tap, guest):
    """Held first; then the challenge is answered by what was asked beforehand."""
    tap.listen(HYBRID)
    seed = guest.enrol_totp()
    guest.enrol_phone()
    with vpn.log_in(guest.name, guest.password, code(seed, 1)) as login:
        assert "connected" == login.outcome()
    assert ([], 1) == (guest.shown(), pushes(guest))


def test_a_number_that_cannot_be_shown_connects_nobody(vpn, tap, guest):
    """Its challenge comes during the login, when nobody is asked."""
    tap.listen(ASKED)
    guest.enrol_phone()
    with vpn.log_in(guest.name, guest.password) as login:
        assert "refused" == login.outcome()
    assert 1 == len(tap.heard)
