"""The key that push services know this server by."""

import pytest

from proxy.sealing import MasterKey, NotSealed
from proxy.secret import Secret
from proxy.store import master_key_exchange, push_keys
from proxy.store.master_key_exchange import Position
from tests.peers.logins import NOW
from tests.peers.phone import unb64


def test_it_is_made_once(session, master):
    """Browsers bind their subscriptions to it."""
    assert (None, None) == (push_keys.public_point(session), push_keys.signing_key(session, master))
    made = push_keys.ensure(session, master, NOW)
    assert (65, 4) == (len(unb64(made)), unb64(made)[0])
    assert made == push_keys.ensure(session, master, NOW + 1) == push_keys.public_point(session)
    assert made == push_keys.signing_key(session, master).public.to_point()


def test_another_master_key_does_not_open_it(session, master):
    """It is sealed as the others are."""
    push_keys.ensure(session, master, NOW)
    with pytest.raises(NotSealed):
        push_keys.signing_key(session, MasterKey(Secret(b"x" * 32)))


def test_it_stays_when_the_master_key_is_exchanged(session, master):
    """Sealed anew: the old master key does not open it any more."""
    made = push_keys.ensure(session, master, NOW)
    new = master_key_exchange.begin(session, master, NOW).new
    at = Position()
    while at is not None:
        at = master_key_exchange.reseal(session, master, new, at)
    master_key_exchange.finish(session, new, NOW, compromised=True)
    fresh = MasterKey(new.octets())
    assert made == push_keys.signing_key(session, fresh).public.to_point()
    with pytest.raises(NotSealed):
        push_keys.signing_key(session, MasterKey(Secret(b"k" * 32)))
