"""The server's public keys, signed by one that the phone already has."""

import pytest

from proxy.factors import jws
from proxy.factors.approval import NotForUs, UnknownServerKey
from proxy.factors.jwk import BadKey, SigningKey
from proxy.factors.key_list import TYPE, jwks, parse_jwks, read_key_list, sign_key_list

OLD, NEW = SigningKey.create(), SigningKey.create()
URL = "https://mfa.example.org"
NOW = 1_800_000_000.0
LIST = sign_key_list([OLD.public, NEW.public], URL, "device", OLD, NOW)


def test_a_phone_learns_a_new_key_by_one_that_it_has():
    """A list signed by a known key gives all keys by their names."""
    learnt = read_key_list(LIST, {OLD.kid: OLD.public}, URL, "device")
    assert learnt == {OLD.kid: OLD.public, NEW.kid: NEW.public}


def test_a_list_signed_by_an_unknown_key_teaches_nothing():
    """A phone that has no such key does not learn from it."""
    with pytest.raises(UnknownServerKey):
        read_key_list(LIST, {NEW.kid: NEW.public}, URL, "device")


def test_a_list_that_borrows_a_kid_teaches_nothing():
    """The named key must have signed."""
    forged = jws.sign(jwks([NEW.public]), TYPE, NEW, {"kid": OLD.kid})
    with pytest.raises(jws.BadSignature):
        read_key_list(forged, {OLD.kid: OLD.public}, URL, "device")


@pytest.mark.parametrize(("url", "device"), [("https://other.example", "device"), (URL, "other")])
def test_a_list_for_another_phone_or_server_teaches_nothing(url, device):
    """A list names its server and its phone."""
    with pytest.raises(NotForUs):
        read_key_list(LIST, {OLD.kid: OLD.public}, url, device)


@pytest.mark.parametrize("found", [None, [], {}, {"keys": []}, {"keys": None}, {"keys": [{}]}])
def test_what_is_no_list_of_keys_is_refused(found):
    """A JWK Set has at least one key, each of the accepted form."""
    with pytest.raises(BadKey):
        parse_jwks(found)
