"""Handshakes that come to nothing."""

import pytest

from proxy.frontends.radius.ration import A_SECOND, AT_ONCE, Ration


@pytest.fixture
def ration():
    return Ration(1000.0)


def taken(ration, now):
    """Take all that is left, and give how many."""
    number = 0
    while ration.left(now):
        ration.take()
        number += 1
    return number


def test_so_many_at_once_and_so_many_a_second(ration):
    """What is left grows with time, up to what may be begun at once."""
    assert taken(ration, 1000.0) == AT_ONCE
    assert taken(ration, 1000.1) == A_SECOND // 10
    assert taken(ration, 5000.0) == AT_ONCE


def test_what_leads_to_a_login_is_given_back(ration):
    """Whoever logs in is never held back, and gains nothing by it."""
    for _ in range(10 * AT_ONCE):
        assert ration.left(1000.0)
        ration.take()
        ration.give_back()
    ration.give_back()
    assert taken(ration, 1000.0) == AT_ONCE


def test_a_clock_that_is_set_back(ration):
    """It takes nothing away and gives nothing."""
    taken(ration, 1000.0)
    assert taken(ration, 10.0) == 0
    assert taken(ration, 11.0) == A_SECOND


def test_it_is_never_owed(ration):
    """Pieces of hellos that came together begin together, which later ones do not pay for."""
    taken(ration, 1000.0)
    for _ in range(50):
        ration.take()
    assert taken(ration, 1000.1) == A_SECOND // 10
