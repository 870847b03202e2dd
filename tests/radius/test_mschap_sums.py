"""The sums of MS-CHAPv2."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.radius.md4 import md4
from proxy.radius.mschap_sums import bare_name, challenge_hash, nt_response, prove
from proxy.secret import Secret
from tests.peers import mschap

CHALLENGE = bytes.fromhex("5B5D7C7D7B3F2F3E3C2C602132262628")
PEER = bytes.fromhex("21402324255E262A28295F2B3A337C7E")
RESPONSE = bytes.fromhex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF")
HASH = Secret(bytes.fromhex("44EBBA8D5312B8D611474411F56989AE"))


def credentials(response=RESPONSE, challenge=CHALLENGE, peer=PEER):
    return Secret(challenge + b"\x05\0" + peer + bytes(8) + response)


def test_rfc2759_9_2():
    """Hash, response and authenticator response of the RFC's user."""
    assert HASH.reveal() == md4("clientPass".encode("utf-16-le"))
    hashed = challenge_hash(PEER, CHALLENGE, b"User")
    assert "d02e4386bce91226" == hashed.hex()
    assert nt_response(hashed, HASH) == RESPONSE
    proved = prove(credentials(), b"User", HASH)
    assert proved.success == b"S=407A5589115FD0D6209F510FE9C04566932CDA56"


def test_rfc3079_3_5_3():
    """The send key of 128 bits; neither key stands in what is shown of it."""
    proved = prove(credentials(), b"User", HASH)
    assert "8b7cdc149b993a1ba118cb153f56dccb" == proved.send_key.reveal().hex()
    assert "8b7cdc" not in repr(proved)


def test_a_domain_is_not_hashed():
    """What stands before the first backslash; a realm behind an @ is."""
    assert prove(credentials(), b"CORP\\User", HASH) is not None
    assert prove(credentials(), b"User@corp.example", HASH) is None
    assert (b"b\\c", b"a", b"") == (bare_name(b"a\\b\\c"), bare_name(b"a"), bare_name(b"a\\"))


def test_what_is_wrong():
    """Another password, name, challenge, or a bit of the response."""
    assert prove(credentials(), b"User", Secret(bytes(16))) is None
    assert prove(credentials(), b"user", HASH) is None
    assert prove(credentials(challenge=bytes(16)), b"User", HASH) is None
    assert prove(credentials(RESPONSE[:-1] + b"\0"), b"User", HASH) is None


@given(st.text(max_size=20), st.text(min_size=1, max_size=20), st.binary(min_size=32, max_size=32))
def test_every_password_passes(password, name, random):
    """As the tests' own peer says it; its keys are ours."""
    name, challenge, peer = name.replace("\\", ""), random[:16], random[16:]
    response = mschap.nt_response(challenge, peer, name, password)
    nt_hash = Secret(mschap.md4(password.encode("utf-16-le")))
    proved = prove(credentials(response, challenge, peer), name.encode(), nt_hash)
    assert proved.success == mschap.success(challenge, peer, name, password)
    found = (proved.send_key.reveal(), proved.receive_key.reveal())
    assert found == mschap.keys(challenge, peer, name, password)
