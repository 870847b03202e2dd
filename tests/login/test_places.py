"""What a login from a new place is asked."""

import pytest

from proxy.login.places import DEFAULT, Rules, precaution

STRICT = Rules("strict", "strict")
OFF = Rules("off", "off")


def asked(rules=DEFAULT, *, client=False, country=False, numbered=False, can_number=False):
    return precaution(
        rules,
        new_client=client,
        new_country=country,
        numbered=numbered,
        can_number=can_number,
    )


@pytest.mark.parametrize("rules", [DEFAULT, STRICT, OFF])
def test_known_places_are_asked_nothing(rules):
    """Whatever the rules."""
    assert "none" == asked(rules)


def test_off_asks_nothing():
    """Of client and country."""
    assert "none" == asked(OFF, client=True, country=True, can_number=True)


def test_a_new_client_is_told_on_the_phone():
    """By default; number matching asks for a number where it is on."""
    assert "tell" == asked(client=True, can_number=True)
    assert "tell" == asked(client=True, numbered=True, can_number=True)


def test_a_new_client_may_be_asked_a_number_where_there_can_be_one():
    """Elsewhere the phone says that it is the first time: else nobody could begin there."""
    rules = Rules("number-where-possible", "off")
    assert "number" == asked(rules, client=True, can_number=True)
    assert "tell" == asked(rules, client=True)
    assert "tell" == asked(rules, client=True, numbered=True, can_number=True)


def test_strict_sends_no_push_without_a_number():
    """A code passes, or nothing."""
    assert "code" == asked(STRICT, client=True)
    assert "number" == asked(STRICT, client=True, can_number=True)
    assert "tell" == asked(STRICT, client=True, numbered=True)


def test_a_new_country_is_strict_by_default():
    """Though the client is known, or new too."""
    assert "code" == asked(country=True)
    assert "code" == asked(country=True, client=True)
    assert "number" == asked(country=True, can_number=True)
    assert "number" == asked(country=True, client=True, can_number=True)


def test_the_stricter_of_two_rules_holds():
    """Each of its own kind."""
    assert "tell" == asked(Rules("number-where-possible", "off"), client=True, country=True)
    assert "code" == asked(Rules("strict", "off"), client=True, country=True)
    assert "none" == asked(Rules("strict", "off"), country=True)
