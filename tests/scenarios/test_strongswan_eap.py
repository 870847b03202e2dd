"""strongSwan relays EAP: IKEv2 with a second factor, by charon-cmd."""

import pytest

from tests.peers.authority import Authority
from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.gateway import FAR, HELD, NAME, pushes
from tests.peers.namespace import missing
from tests.peers.strongswan import CHARON, CHARON_CMD, SWANCTL, StrongSwan
from tests.scenarios.conftest import Someone
from tests.scenarios.gateway_stories import (  # noqa: F401 - its stories are this gateway's too
    test_a_code_behind_the_password,
    test_a_denied_push_connects_nobody,
    test_a_held_login_holds_up_nobody,
    test_a_wrong_password_asks_no_phone,
    test_an_answer_that_is_lost_is_given_again,
)
from tests.scenarios.test_eap_mschapv2 import nt_hash, store

INSTALLED = missing(CHARON, CHARON_CMD, SWANCTL)
pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(bool(INSTALLED), reason=f"not on this machine: {INSTALLED}"),
]

HEARTBEAT = 2.5
SPOKEN = {"ttls": HELD, "gtc": "127.0.0.64"}
"""The clients, by what is spoken with them."""
BY_HASH = {"ttls": "127.0.0.65", "nothing": "127.0.0.66"}
"""Those with which MSCHAPv2 is spoken, by what is around it."""
NAS_PORT_TYPE, VIRTUAL = 61, (5).to_bytes(4, "big")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"), "aaa")


@pytest.fixture(scope="module")
def gateways(slapd, authority, tmp_path_factory):
    """A daemon that ends the EAP which the gateway brings, under the gateway's name."""
    certificate, key = authority.issue(NAME)
    factors = ["push", "totp"]
    policy = {
        "clients": ["ttls", "gtc", "mschapv2", "ttls-mschapv2"],
        "directory": "corp",
        "factors": factors,
        "challenge": False,
    }
    asking = {"users": ["bob"], **policy, "challenge": True}
    gateway = {"profile": "strongswan", "heartbeat": "repeat", "append_code": True}
    running = Daemon(
        tmp_path_factory.mktemp("gateways"),
        slapd.directory_settings(nt_hash="sambaNTPassword"),
        {
            "ttls": client(HELD, eap=["ttls"], **gateway),
            "gtc": client(SPOKEN["gtc"], eap=["gtc"], eap_without_tls=True, **gateway),
            "mschapv2": client(
                BY_HASH["nothing"], eap=["mschapv2"], eap_without_tls=True, **gateway
            ),
            "ttls-mschapv2": client(
                BY_HASH["ttls"], eap=["ttls"], eap_inner=["mschapv2"], **gateway
            ),
        },
        [{"name": "asking", **asking}, {"name": "vpn", "wait": "60s", **policy}],
        eap={"certificate": str(certificate), "private_key": str(key)},
    )
    try:
        yield running.start()
        assert [] == running.faults()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def server(networks, tap, authority, tmp_path_factory):
    """It repeats a packet after 2 seconds and then ever later, for 33 seconds in all."""
    peer = StrongSwan(
        tmp_path_factory.mktemp("vpn") / "strongswan",
        *networks,
        SECRET.decode(),
        timeout=2.0,
        base=1.2,
        tries=8,
        auth="eap-radius",
        speaks="eap-ttls eap-gtc eap-mschapv2",
        trusted=[authority.file],
    )
    with peer.serving():
        yield peer


@pytest.fixture(params=SPOKEN)
def spoken(request):
    """The method that this server begins with; its clients speak all."""
    return request.param


@pytest.fixture
def vpn(server, tap, spoken):
    tap.listen(SPOKEN[spoken])
    return server


def test_a_push_and_what_the_gateway_says(vpn, tap, guest, spoken):
    """Who calls from where, signed, at a virtual port; the keys match, else IKE would end there."""
    guest.enrol_phone()
    with vpn.log_in(guest.name, guest.password) as login:
        jws = guest.asked(20)
        (claims,) = guest.shown()
        assert 204 == guest.phone.answer(jws)
        assert "connected" == login.outcome()
    assert f"server requested EAP_{spoken.upper()} authentication" in login.told
    (first, *_) = tap.heard
    assert first.caller.startswith(f"{FAR}[")
    assert (FAR, True, [VIRTUAL]) == (claims["origin"], first.signed, first.values(NAS_PORT_TYPE))


def test_its_repeats_are_one_login_without_a_heartbeat(vpn, tap, guest):
    """While the phone is awaited nothing is answered, whatever `heartbeat` says: it would take a
    repeated request for an attack on TLS. So it repeats its own packet, which asks nobody anew."""
    guest.enrol_phone()
    with vpn.log_in(guest.name, guest.password) as login:
        jws = guest.asked(20)
        rounds = len(different(tap.heard))
        heard = tap.wait_for(len(tap.heard) + 2)
        assert heard[-1].at - heard[-3].at > HEARTBEAT
        assert rounds == len(different(heard))
        assert 204 == guest.phone.answer(jws)
        assert "connected" == login.outcome()
    assert 1 == pushes(guest)


def test_a_client_that_begins_anew_joins_its_own_push(vpn, tap, guest):
    """Its person gave up and tried again: one request on the phone, whose answer serves."""
    guest.enrol_phone()
    with vpn.log_in(guest.name, guest.password):
        jws = guest.asked(20)
    rounds = len(different(tap.heard))
    with vpn.log_in(guest.name, guest.password) as login:
        while len(different(tap.heard)) < 2 * rounds:
            tap.wait_for(len(tap.heard) + 1)
        assert 204 == guest.phone.answer(jws)
        assert "connected" == login.outcome()
    assert 1 == pushes(guest)


def different(heard):
    """Give the packets of which some came again."""
    return {one.octets for one in heard}


def test_a_question_that_the_client_cannot_ask(vpn, gateways):
    """charon-cmd asks its person once: where a policy lets us ask again, it gives up by itself."""
    bob = Someone(gateways, "bob")
    bob.enrol_totp()
    with vpn.log_in(bob.name, bob.password) as login:
        assert "refused" == login.outcome()
    assert gateways.said("challenge bob at")


@pytest.mark.parametrize("around", BY_HASH)
@pytest.mark.parametrize(("decision", "outcome"), [("approve", "connected"), ("deny", "refused")])
def test_mschapv2(server, tap, slapd, guest, around, decision, outcome):
    """The password never leaves the client; its hash is in the directory, the phone is asked."""
    tap.listen(BY_HASH[around])
    store(slapd, guest, sambaNTPassword=nt_hash(guest.password))
    guest.enrol_phone()
    with server.log_in(guest.name, "wrong") as login:
        assert "refused" == login.outcome()
    assert 0 == pushes(guest)
    with server.log_in(guest.name, guest.password) as login:
        assert 204 == guest.phone.answer(guest.asked(20), decision)
        assert outcome == login.outcome()
