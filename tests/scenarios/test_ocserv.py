"""ocserv with openconnect: an SSL VPN that sends the same packet again and shows challenges."""

import re

import pytest

from tests.peers.daemon import SECRET
from tests.peers.gateway import ASKED, FAR, HELD, HYBRID, pushes
from tests.peers.namespace import missing
from tests.peers.ocserv import FORM, PROMPT, Ocserv
from tests.scenarios.gateway_stories import (  # noqa: F401 - its stories are this gateway's too
    test_a_code_behind_the_password,
    test_a_denied_push_connects_nobody,
    test_a_wrong_password_asks_no_phone,
    test_an_answer_that_is_lost_is_given_again,
    test_its_repeats_are_one_login_that_the_terminal_phone_approves,
)
from tests.scenarios.test_codes import code, wrong

INSTALLED = missing("ocserv", "openconnect", "/etc/radcli/dictionary")
pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(bool(INSTALLED), reason=f"not on this machine: {INSTALLED}"),
]

PAUSE = 2
"""Whole seconds between a request and the same one again."""


@pytest.fixture(scope="module")
def server(networks, tap, tmp_path_factory):
    folder = tmp_path_factory.mktemp("vpn") / "ocserv"
    peer = Ocserv(folder, *networks, SECRET.decode(), timeout=PAUSE, retries=15)
    with peer.serving():
        yield peer


@pytest.fixture
def vpn(server, tap):
    """The gateway, taken for one that cannot ask."""
    tap.listen(HELD)
    return server


@pytest.fixture
def asking(server, tap):
    """The gateway, taken for one that shows challenges."""
    tap.listen(ASKED)
    return server


def number_in(shown):
    return re.search(r"number (\d{6}) on your phone", shown)[1]


def test_what_it_says_of_the_caller(vpn, tap, guest):
    """The address is shown on the phone; nothing of it is signed."""
    guest.enrol_phone()
    with vpn.log_in(guest.name, guest.password) as login:
        jws = guest.asked(20)
        (claims,) = guest.shown()
        assert 204 == guest.phone.answer(jws)
        assert "connected" == login.outcome()
    (first, *_) = tap.heard
    assert (FAR, FAR, False) == (claims["origin"], first.caller, first.signed)


def test_the_second_form_asks_for_the_code(asking, guest):
    """A wrong one brings the form again, under the challenge's own words."""
    seed = guest.enrol_totp()
    with asking.log_in(guest.name, guest.password) as login:
        assert "Enter your code." in login.until(PROMPT)
        login.type(wrong(seed))
        assert "not accepted" in login.until(PROMPT)
        login.type(code(seed))
        assert "connected" == login.outcome()


def test_the_second_form_shows_the_number(asking, guest):
    """It is typed on the phone; whatever is typed in the form continues."""
    guest.enrol_phone()
    with asking.log_in(guest.name, guest.password) as login:
        number = number_in(login.until(PROMPT))
        assert 204 == guest.phone.answer(guest.asked(), number=number)
        login.type("ok")
        assert "connected" == login.outcome()
    assert 1 == pushes(guest)


def test_who_continues_too_early_is_held_and_asked_again(asking, tap, guest):
    """Its repeats of that answer are one; the phone's approval ends it."""
    guest.enrol_phone()
    with asking.log_in(guest.name, guest.password) as login:
        number = number_in(login.until(PROMPT))
        login.type("ok")
        tap.wait_for(3)
        assert 204 == guest.phone.answer(guest.asked(), number=number)
        assert "connected" == login.outcome()
    assert 1 == pushes(guest)


def test_a_phone_that_is_slow_becomes_a_form(server, tap, guest):
    """Held as long as the client may be; what was approved meanwhile connects."""
    tap.listen(HYBRID)
    guest.enrol_phone()
    with server.log_in(guest.name, guest.password) as login:
        assert "Approve the login on your phone" in login.until(PROMPT)
        assert 204 == guest.phone.answer(guest.asked())
        login.type("ok")
        assert "connected" == login.outcome()
    assert 1 == pushes(guest)


def test_a_held_login_holds_up_all_who_connect(vpn, tap, guest, another):
    """As its profile says: until it is answered, others get no TLS handshake."""
    guest.enrol_phone()
    with vpn.log_in(guest.name, guest.password) as login:
        jws = guest.asked(20)
        with vpn.connect(another.name) as other:
            other.until("Connected to")
            tap.wait_for(3)
            assert FORM not in other.read()
            assert 204 == guest.phone.answer(jws)
            other.until(FORM)
        assert "connected" == login.outcome()
