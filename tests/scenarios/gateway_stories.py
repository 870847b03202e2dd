"""
Stories that are the same of every gateway; each file of a gateway takes them by import.

A gateway is the fixture `vpn`: its `log_in` begins a login, whose `outcome` is `connected` or
`refused`.
"""

import pytest

from tests.peers.gateway import ASKED, pushes
from tests.peers.terminal_phone import TerminalPhone
from tests.scenarios.test_codes import code, wrong


@pytest.mark.parametrize("decision", ["deny", "report"])
def test_a_denied_push_connects_nobody(vpn, guest, decision):
    """After one request."""
    guest.enrol_phone()
    thread, answered = guest.answer_soon(decision)
    with vpn.log_in(guest.name, guest.password) as login:
        assert "refused" == login.outcome()
    thread.join()
    assert ([204], 1) == (answered, pushes(guest))


def test_a_wrong_password_asks_no_phone(vpn, guest):
    """It is refused as it stands."""
    guest.enrol_phone()
    with vpn.log_in(guest.name, "wrong") as login:
        assert "refused" == login.outcome()
    assert 0 == pushes(guest)


def test_a_code_behind_the_password(vpn, guest):
    """In one field."""
    seed = guest.enrol_totp()
    with vpn.log_in(guest.name, f"{guest.password},{code(seed)}") as login:
        assert "connected" == login.outcome()
    with vpn.log_in(guest.name, f"{guest.password},{wrong(seed)}") as login:
        assert "refused" == login.outcome()


def test_an_answer_that_is_lost_is_given_again(vpn, tap, guest):
    """Its next repeat gets the same octets; the phone is not asked again."""
    guest.enrol_phone()
    thread, _ = guest.answer_soon()
    tap.lost = 1
    with vpn.log_in(guest.name, guest.password) as login:
        assert "connected" == login.outcome()
    thread.join()
    assert (0, 1) == (tap.lost, pushes(guest))
    assert 2 <= len(tap.heard)


def test_a_challenge_that_it_cannot_show_connects_nobody(vpn, tap, guest):
    """Where the client is said to have challenges and has none."""
    tap.listen(ASKED)
    guest.enrol_totp()
    with vpn.log_in(guest.name, guest.password) as login:
        assert "refused" == login.outcome()
    assert 1 == len(tap.heard)


def test_a_held_login_holds_up_nobody(vpn, guest, another):
    """Another person comes in meanwhile."""
    guest.enrol_phone()
    seed = another.enrol_totp()
    with vpn.log_in(guest.name, guest.password) as login:
        jws = guest.asked(20)
        with vpn.log_in(another.name, f"{another.password},{code(seed)}") as other:
            assert "connected" == other.outcome()
        assert 204 == guest.phone.answer(jws)
        assert "connected" == login.outcome()


def approved_on_the_terminal(vpn, tap, guest, gateways, folder):
    """Log in; let the terminal phone approve after the third repeat, which were one request."""
    phone = TerminalPhone(folder / "home").enrol(gateways, guest.invited())
    with vpn.log_in(guest.name, guest.password) as login:
        heard = tap.wait_for(3)
        status, told = phone.run("watch", "--once", "--answer", "approve")
        assert (0, True) == (status, "held" in told or "signed" in told), told
        assert "connected" == login.outcome()
    assert 1 == pushes(guest)
    return heard


def test_its_repeats_are_one_login_that_the_terminal_phone_approves(
    vpn, tap, guest, gateways, tmp_path
):
    """The same packet from the same port until it is answered: one request on the phone."""
    heard = approved_on_the_terminal(vpn, tap, guest, gateways, tmp_path)
    assert 1 == len({(one.port, one.octets) for one in heard})
