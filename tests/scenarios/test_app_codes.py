"""Codes that a phone's app enrols by itself, made by oathtool and typed into a NAS."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.scenarios.conftest import APPENDED, ASKED
from tests.scenarios.test_codes import code, wrong

pytestmark = pytest.mark.scenario


def begun(someone, **members):
    """Begin to enrol; give the seed in base32."""
    status, told = someone.phone.change_totp("POST", **members)
    assert 201 == status, told
    return parse_qs(urlsplit(told["uri"]).query)["secret"][0]


def enrolled(someone):
    """Enrol; give the seed. The code of this step is used up, that of the next one serves."""
    seed = begun(someone)
    assert (204, None) == someone.phone.change_totp("PUT", code=code(seed))
    return seed


def appended(someone, nas, typed):
    return nas.ask(someone.packet(f"{someone.password},{typed}"), 5).code


def test_the_app_enrols_and_its_codes_serve_at_a_nas(someone, daemon):
    """From the first code on, not before; that code itself serves no login."""
    someone.enrol_phone()
    with someone.nas(APPENDED) as nas:
        seed = begun(someone)
        assert ACCESS_REJECT == appended(someone, nas, code(seed))
        first = code(seed)
        assert 204 == someone.phone.change_totp("PUT", code=first)[0]
        assert ACCESS_REJECT == appended(someone, nas, first)
        assert ACCESS_ACCEPT == appended(someone, nas, code(seed, 1))
    assert daemon.json("account", "show", someone.name)["totp"]


def test_a_code_of_the_app_in_place_of_an_approval(someone):
    """The phone has no network: the number stays where it is, the code lets in."""
    someone.enrol_phone()
    seed = enrolled(someone)
    with someone.nas(ASKED) as nas:
        asked = nas.ask(someone.packet())
        assert ACCESS_CHALLENGE == asked.code
        assert ACCESS_ACCEPT == nas.ask(someone.packet(code(seed, 1), state=asked.state)).code


def test_another_app_is_replaced_by_its_code(someone):
    """The old one's codes serve until the new one is confirmed."""
    old = someone.enrol_totp()
    someone.enrol_phone()
    assert 409 == someone.phone.change_totp("POST")[0]
    assert 422 == someone.phone.change_totp("POST", replace=True, code=wrong(old))[0]
    seed = begun(someone, replace=True, code=code(old))
    with someone.nas(APPENDED) as nas:
        assert ACCESS_ACCEPT == appended(someone, nas, code(old, 1))
        assert 204 == someone.phone.change_totp("PUT", code=code(seed))[0]
        assert ACCESS_REJECT == appended(someone, nas, code(old, 2))
        assert ACCESS_ACCEPT == appended(someone, nas, code(seed, 1))


def test_wrong_codes_at_nas_and_phone_are_counted_together(someone):
    """Neither way gives a guesser more tries than the other, and a new seed ends no wait."""
    old = someone.enrol_totp()
    someone.enrol_phone()
    with someone.nas(APPENDED) as nas:
        for _ in range(2):
            assert ACCESS_REJECT == appended(someone, nas, wrong(old))
        for _ in range(3):
            assert 422 == someone.phone.change_totp("POST", replace=True, code=wrong(old))[0]
        assert ACCESS_REJECT == appended(someone, nas, code(old))
        assert 422 == someone.phone.change_totp("POST", replace=True, code=code(old))[0]


def test_removing_what_the_app_enrolled_holds_at_once(someone, daemon):
    """As with any other codes; then the app may begin again."""
    someone.enrol_phone()
    seed = enrolled(someone)
    daemon.command("totp", "remove", someone.name)
    with someone.nas(APPENDED) as nas:
        assert ACCESS_REJECT == appended(someone, nas, code(seed))
    enrolled(someone)


def test_codes_end_with_their_phone(someone, daemon):
    """Whoever has the lost phone has nothing, though they know the password."""
    someone.enrol_phone()
    seed = enrolled(someone)
    daemon.command("device", "revoke", someone.phone.id)
    with someone.nas(APPENDED) as nas:
        assert ACCESS_REJECT == appended(someone, nas, code(seed, 1))
    assert not daemon.json("account", "show", someone.name)["totp"]
