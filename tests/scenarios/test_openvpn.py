"""OpenVPN with the RADIUS plugin: each try comes from a new port with a new authenticator."""

import pytest

from tests.peers.daemon import SECRET
from tests.peers.gateway import FAR, HELD
from tests.peers.namespace import missing
from tests.peers.openvpn import PLUGINS, OpenVpn
from tests.scenarios.gateway_stories import (  # noqa: F401 - its stories are this gateway's too
    approved_on_the_terminal,
    test_a_challenge_that_it_cannot_show_connects_nobody,
    test_a_code_behind_the_password,
    test_a_denied_push_connects_nobody,
    test_a_wrong_password_asks_no_phone,
)

INSTALLED = missing("openvpn", f"{PLUGINS}/radiusplugin.so")
pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(bool(INSTALLED), reason=f"not on this machine: {INSTALLED}"),
]


@pytest.fixture(scope="module")
def server(networks, tap, tmp_path_factory):
    peer = OpenVpn(tmp_path_factory.mktemp("vpn") / "openvpn", *networks)
    with peer.with_radius(SECRET.decode(), timeout=2, retries=15).serving():
        yield peer


@pytest.fixture
def vpn(server, tap):
    """The gateway, taken for what it is: one that cannot ask."""
    tap.listen(HELD)
    return server


def test_its_retries_from_new_ports_are_one_login_that_the_terminal_phone_approves(
    vpn, tap, guest, gateways, tmp_path
):
    """One request on the phone; its approval lets in the newest try, which is heard alone."""
    heard = approved_on_the_terminal(vpn, tap, guest, gateways, tmp_path)
    assert 3 == len({one.port for one in heard}) == len({one.authenticator for one in heard})
    assert 1 == len({one.identifier for one in heard})
    assert {FAR} == {one.caller for one in heard}
