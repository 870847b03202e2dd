"""strongSwan: an IKEv2 gateway that asks RADIUS for a password, and repeats at growing intervals."""

import pytest

from tests.peers.daemon import SECRET
from tests.peers.gateway import FAR, SIGNED
from tests.peers.namespace import missing
from tests.peers.strongswan import CHARON, CHARON_CMD, SWANCTL, StrongSwan
from tests.scenarios.gateway_stories import (  # noqa: F401 - its stories are this gateway's too
    test_a_challenge_that_it_cannot_show_connects_nobody,
    test_a_code_behind_the_password,
    test_a_denied_push_connects_nobody,
    test_a_held_login_holds_up_nobody,
    test_a_wrong_password_asks_no_phone,
    test_an_answer_that_is_lost_is_given_again,
    test_its_repeats_are_one_login_that_the_terminal_phone_approves,
)

INSTALLED = missing(CHARON, CHARON_CMD, SWANCTL)
pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(bool(INSTALLED), reason=f"not on this machine: {INSTALLED}"),
]


@pytest.fixture(scope="module")
def server(networks, tap, tmp_path_factory):
    folder = tmp_path_factory.mktemp("vpn") / "strongswan"
    peer = StrongSwan(folder, *networks, SECRET.decode(), timeout=2.0, base=1.2, tries=8)
    with peer.serving():
        yield peer


@pytest.fixture
def vpn(server, tap):
    """The gateway, taken for one that cannot ask and whose packets must be signed."""
    tap.listen(SIGNED)
    return server


def test_what_it_says_of_the_caller(vpn, tap, guest):
    """An address with the port in brackets: the phone shows the address; the packet is signed."""
    guest.enrol_phone()
    with vpn.log_in(guest.name, guest.password) as login:
        jws = guest.asked(20)
        (claims,) = guest.shown()
        assert 204 == guest.phone.answer(jws)
        assert "connected" == login.outcome()
    (first, *_) = tap.heard
    assert first.caller.startswith(f"{FAR}[")
    assert (FAR, True) == (claims["origin"], first.signed)
