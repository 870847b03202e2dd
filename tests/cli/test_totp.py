"""countersign totp."""

from urllib.parse import parse_qs, urlsplit

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_enroll_prints_the_uri(command):
    """The URI stands on a line of its own, with a seed of 160 bits, the issuer and the account."""
    (line,) = command.good("totp", "enroll", "alice").splitlines()
    uri = urlsplit(line)
    query = parse_qs(uri.query)
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/mfa.example.org:alice")
    assert len(query["secret"][0]) == 32


def test_enroll_a_seed_that_the_app_has(command):
    """--seed keeps the app that a person has."""
    assert f"secret={SEED}" in command.good("totp", "enroll", "alice", "--seed", SEED.lower())


def test_a_seed_that_is_none(command):
    """A seed that is no base32 or too short ends with 2 and is not repeated."""
    status, said = command.said("totp", "enroll", "alice", "--seed", "1890!")
    assert status == 2
    assert "1890" not in said
    assert command.said("totp", "enroll", "alice", "--seed", "GEZDGNBV")[0] == 2


def test_enroll_twice(command):
    """A seed is not replaced by accident."""
    command.good("totp", "enroll", "alice")
    status, said = command.said("totp", "enroll", "alice")
    assert (status, said) == (1, "alice has TOTP already; --replace makes the old app useless")
    assert SEED in command.good("totp", "enroll", "alice", "--replace", "--seed", SEED)


def test_qr(command):
    """--qr draws the URI below it."""
    lines = command.good("totp", "enroll", "alice", "--qr").splitlines()
    assert lines[0].startswith("otpauth://")
    assert len(lines) > 15


def test_remove(command):
    """A seed that is removed is gone; removing what is not there ends with 1."""
    command.good("totp", "enroll", "alice")
    assert command.json("account", "show", "alice")["totp"]
    command.good("totp", "remove", "alice")
    assert not command.json("account", "show", "alice")["totp"]
    assert command.said("totp", "remove", "alice") == (1, "alice has no TOTP")
