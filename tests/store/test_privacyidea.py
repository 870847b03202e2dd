"""Phones with the privacyIDEA Authenticator in the store; `tests/frontends/web` has their calls."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from proxy.accounts.device import Enrolled
from proxy.factors.rsa_keys import RsaPublicKey, RsaSigningKey
from proxy.sealing import MasterKey, NotSealed
from proxy.secret import Secret
from proxy.store import accounts, devices, master_key_exchange, notices, privacyidea, schema
from proxy.store.housekeeping import prune
from proxy.store.privacyidea import NoServerKey
from tests.peers.device_world import server_rsa_key
from tests.peers.logins import ALICE
from tests.peers.privacyidea_phone import key_of

NOW = 1_800_000_000.0
TTL = 900.0


@pytest.fixture
def account_id(session, master):
    privacyidea.keep_key(session, master, server_rsa_key(), NOW)
    return accounts.ensure(session, ALICE, NOW).id


def invited(session, master, account_id, *, replace=False):
    return privacyidea.invite(session, master, account_id, replace=replace, ttl=TTL, now=NOW)


def rolled_out(session, master, account_id, number=0, *, replace=False):
    """Give the serial of a phone that waits for its first poll."""
    found = invited(session, master, account_id, replace=replace)
    key = public_key(number)
    verdict = privacyidea.roll_out(
        session, master, found.serial, found.credential, key, "form", NOW
    )
    assert "done" == verdict
    return found.serial


def public_key(number=0):
    public = key_of(number).public_key()
    return RsaPublicKey.parse_der(
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


def test_activation_is_one_transaction(session, master, account_id):
    """The old phone is retired, the invitation used up, the new phone there, everybody told."""
    first = rolled_out(session, master, account_id)
    old = privacyidea.activate(session, first, "poll", NOW)
    assert isinstance(old, Enrolled)
    second = rolled_out(session, master, account_id, 1, replace=True)
    assert old.device_id == devices.active(session, account_id).id
    new = privacyidea.activate(session, second, "poll", NOW)
    assert (old.device_id, new.device_id) == (new.replaced, devices.active(session, account_id).id)
    told = [(row["kind"], row["subject"]) for row in notices.since(session, 0)]
    assert ("device-retired", old.device_id) in told
    assert second == privacyidea.serial_of(session, new.device_id)
    assert "replaced" == privacyidea.find(session, first, NOW).device.retired_reason


def test_a_phone_is_activated_once(session, master, account_id):
    """Two polls at the same time make one phone."""
    serial = rolled_out(session, master, account_id)
    assert isinstance(privacyidea.activate(session, serial, "poll", NOW), Enrolled)
    assert "bad-invitation" == privacyidea.activate(session, serial, "poll", NOW)
    assert 1 == len(devices.list_devices(session, account_id))


def test_nothing_is_activated_that_has_no_key(session, master, account_id):
    """Nor what was never invited."""
    serial = invited(session, master, account_id).serial
    assert "bad-invitation" == privacyidea.activate(session, serial, "poll", NOW)
    assert "bad-invitation" == privacyidea.activate(session, "ABCD0123456789AB", "poll", NOW)
    assert privacyidea.find(session, serial, NOW) is None


def test_a_blocked_account_activates_nothing(session, master, account_id):
    """Its invitation is not good."""
    serial = rolled_out(session, master, account_id)
    accounts.block(session, account_id, NOW)
    assert "bad-invitation" == privacyidea.activate(session, serial, "poll", NOW)


def test_the_credential_is_not_in_the_store(session, master, account_id):
    """Only its keyed digest, until it comes with the roll-out, which uses it up."""
    found = invited(session, master, account_id)
    dump = "".join(str(line) for line in session._connection.iterdump())
    assert found.credential not in dump


def test_what_was_not_activated_is_deleted(session, master, account_id):
    """What was, is kept for ever."""
    kept = rolled_out(session, master, account_id)
    privacyidea.activate(session, kept, "poll", NOW)
    invited(session, master, account_id, replace=True)
    rolled_out(session, master, account_id, 1, replace=True)
    prune(session, NOW + TTL)
    assert 3 == len(session.rows(schema.privacyidea_tokens.select()))
    prune(session, NOW + TTL + 1)
    assert [kept] == [row["serial"] for row in session.rows(schema.privacyidea_tokens.select())]


def test_without_the_servers_key_nobody_is_invited(session, master):
    """It is made before, away from the event loop."""
    account_id = accounts.ensure(session, ALICE, NOW).id
    assert not privacyidea.has_key(session)
    with pytest.raises(NoServerKey):
        invited(session, master, account_id)
    with pytest.raises(NoServerKey):
        privacyidea.server_key(session, master)


def test_the_first_key_stays(session, master, account_id):
    """Two commands at the same time make one key."""
    privacyidea.keep_key(session, master, RsaSigningKey.create(), NOW)
    found = privacyidea.ServerKey(master)
    assert server_rsa_key().public_pkcs1() == found.key(session).public_pkcs1()
    assert found.key(session) is found.key(session)


def test_the_key_is_sealed_and_survives_a_new_master_key(session, master, account_id):
    """The old master key opens it no more."""
    row = session.row(schema.privacyidea_keys.select())
    assert server_rsa_key().to_pkcs8().reveal() not in row["sealed_private"]
    new = master_key_exchange.begin(session, master, NOW).new
    at = master_key_exchange.Position()
    while at is not None:
        at = master_key_exchange.reseal(session, master, new, at)
    master_key_exchange.finish(session, new, NOW, compromised=False)
    found = privacyidea.server_key(session, MasterKey(new.octets()))
    assert server_rsa_key().public_pkcs1() == found.public_pkcs1()
    with pytest.raises(NotSealed):
        privacyidea.server_key(session, MasterKey(Secret(b"k" * 32)))
