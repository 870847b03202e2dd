"""TOTP in the app: the two calls, as a phone sees them."""

import json
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from proxy.factors.totp import new_seed
from proxy.store import accounts, devices, totp
from tests.peers.device_world import MASTER, SocketlessPhone, kind
from tests.peers.phone import API


def app_of(uri):
    """Give what makes the codes of a URI, by another implementation."""
    return pyotp.parse_uri(uri)


def code_of(world, uri, away=0):
    return app_of(uri).at(int(world.now()) + 30 * away)


def begun(phone, **members):
    status, told = phone.change_totp("POST", **members)
    assert 201 == status, told
    return told["uri"]


def test_a_phone_enrols_totp(world, phone):
    """The URI names person and server; a code of it makes it the account's."""
    uri = begun(phone)
    parts = urlsplit(uri)
    assert ("otpauth", "totp") == (parts.scheme, parts.netloc)
    assert ["mfa.example.org"] == parse_qs(parts.query)["issuer"]
    assert "alice" in parts.path
    assert not phone_tells(phone)["totp"]
    assert (204, None) == phone.change_totp("PUT", code=code_of(world, uri))
    told = phone_tells(phone)
    assert (True, True) == (told["totp"], told["totp_here"])


def phone_tells(phone):
    status, _, octets = phone.proved("GET", f"{API}/me")
    assert 200 == status
    return json.loads(octets)


def test_a_wrong_code_enrols_nothing(world, phone):
    """And says so."""
    uri = begun(phone)
    good = {code_of(world, uri, away) for away in (-1, 0, 1)}
    wrong = next(code for code in ("000000", "111111", "222222", "333333") if code not in good)
    status, told = phone.change_totp("PUT", code=wrong)
    assert (422, "code-wrong") == (status, kind(told))
    assert not phone_tells(phone)["totp"]


def test_nothing_begun(phone):
    """There is nothing to confirm."""
    status, told = phone.change_totp("PUT", code="123456")
    assert (404, "nothing-begun") == (status, kind(told))


def test_an_enrolled_app_is_replaced_by_its_code_alone(world, phone):
    """Else 409; a code that was used is a wrong one."""
    first = begun(phone)
    phone.change_totp("PUT", code=code_of(world, first))
    for members in ({}, {"replace": True}, {"code": code_of(world, first, 1)}):
        status, told = phone.change_totp("POST", **members)
        assert (409, "already-enrolled") == (status, kind(told))
    status, told = phone.change_totp("POST", replace=True, code=code_of(world, first))
    assert (422, "code-wrong") == (status, kind(told))
    second = begun(phone, replace=True, code=code_of(world, first, 1))
    assert 204 == phone.change_totp("PUT", code=code_of(world, second))[0]
    assert app_of(first).secret != app_of(second).secret


def test_an_app_that_came_meanwhile_stays(world, phone):
    """The admin was quicker."""
    uri = begun(phone)
    world.write(lambda s: totp.enroll(s, MASTER, world.account.id, new_seed(), world.now()))
    status, told = phone.change_totp("PUT", code=code_of(world, uri))
    assert (409, "already-enrolled") == (status, kind(told))


def test_a_phone_learns_that_its_codes_were_replaced(world, phone):
    """Another app has them now: the phone shows its own no longer."""
    uri = begun(phone)
    phone.change_totp("PUT", code=code_of(world, uri))
    world.write(lambda s: totp.enroll(s, MASTER, world.account.id, new_seed(), world.now()))
    told = phone_tells(phone)
    assert (True, False) == (told["totp"], told["totp_here"])


def test_where_the_policy_says_no(world, phone):
    """Neither call; the phone learns beforehand that there is nothing to offer."""
    assert phone_tells(phone)["app_codes"]
    uri = begun(phone)
    world.allowed.clear()
    assert not phone_tells(phone)["app_codes"]
    for method, members in (("POST", {}), ("PUT", {"code": code_of(world, uri)})):
        status, told = phone.change_totp(method, **members)
        assert (403, "app-codes-off") == (status, kind(told))


def test_a_blocked_account(world, phone):
    """Its phone enrols nothing."""
    world.write(lambda s: accounts.block(s, world.account.id, world.now()))
    status, told = phone.change_totp("POST")
    assert (403, "account-blocked") == (status, kind(told))


def test_only_an_enrolled_phone(world, phone):
    """A stranger's key and a retired phone are refused before anything is read."""
    assert 401 == SocketlessPhone(world).change_totp("POST")[0]
    assert 401 == world.call("POST", f"{API}/totp").answer[0]
    world.write(lambda s: devices.retire(s, phone.id, "revoked", world.now()))
    status, told = phone.change_totp("POST")
    assert (401, "device-retired") == (status, kind(told))


@pytest.mark.parametrize(
    ("method", "members"),
    [
        ("PUT", {"code": 123456}),
        ("PUT", {"code": ""}),
        ("PUT", {"code": "1" * 9}),
        ("PUT", {"code": "\u0661" * 6}),
        ("PUT", {"other": True}),
        ("POST", {"replace": True, "code": ["123456"]}),
    ],
)
def test_a_broken_body(phone, method, members):
    """No traceback for theirs."""
    status, told = phone.change_totp(method, **members)
    assert (400, "malformed") == (status, kind(told))


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"", "application/json", 201),
        (b"{}", "application/json; charset=utf-8", 201),
    ],
)
def test_a_body_is_json_or_nothing(world, phone, body, media_type, status):
    """As everywhere in this API."""
    headers = {"DPoP": phone.proof("POST", f"{API}/totp"), "Content-Type": media_type}
    assert status == world.call("POST", f"{API}/totp", body, headers).answer[0]
