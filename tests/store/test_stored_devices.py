"""Phones for the doors: what is written is durable when it is told."""

from twisted.internet.task import Clock

from proxy.accounts.account import Person
from proxy.accounts.device import Candidate, Enrolled
from proxy.factors.jwk import SigningKey
from proxy.store import accounts, devices
from proxy.store.stored_devices import StoredDevices

NOW = 1_800_000_000.0


def test_a_phone_enrols_and_is_found(database, store, loop, master):
    """What the store took is what it gives."""
    clock = Clock()
    clock.advance(NOW)

    def invite(session):
        person = Person("corp", "alice", None, "uid=alice", frozenset())
        account = accounts.ensure(session, person, NOW)
        return devices.invite(session, master, account.id, replace=False, ttl=900, now=NOW)

    code = database.now(invite)
    phones = StoredDevices(store, master, clock)
    key = SigningKey.create()
    candidate = Candidate(key.kid, key.public.to_text(), "mine", "proof")
    assert isinstance(loop.result(phones.enrol(code, candidate)), Enrolled)
    assert phones.find(key.kid).user_name == "alice"
    assert phones.open_approvals(key.kid) == []
    assert phones.approval("none") is None
    assert loop.result(phones.answer("none", key.kid, "deny", None, "jws")) == "gone"
    assert loop.result(phones.use_proof(b"proof", NOW + 600))
    assert not loop.result(phones.use_proof(b"proof", NOW + 600))
    assert loop.result(phones.unenrol(key.kid)) == "last-factor"
    keys = loop.result(phones.server_keys())
    assert keys.published == [keys.signing.public]
