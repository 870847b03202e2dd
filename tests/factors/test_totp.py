"""Codes by time."""

import urllib.parse

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.factors.totp import (
    BadSeed,
    TotpSeed,
    code_at,
    has_form,
    matching_step,
    new_seed,
    otpauth_uri,
    read_seed,
)
from proxy.secret import Secret

SHA1 = TotpSeed(Secret(b"12345678901234567890"), "SHA1", digits=8)
SHA256 = TotpSeed(Secret(b"12345678901234567890123456789012"), "SHA256", digits=8)
SHA512 = TotpSeed(
    Secret(b"1234567890123456789012345678901234567890123456789012345678901234"), "SHA512", digits=8
)

seeds = st.builds(
    TotpSeed,
    st.binary(min_size=14, max_size=64).map(Secret),
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
    st.sampled_from([6, 7, 8]),
    st.sampled_from([30, 60]),
)


def test_rfc4226_appendix_d():
    """The ten HOTP values of RFC 4226 appendix D."""
    wanted = b"755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
    seed = TotpSeed(SHA1.secret)
    assert [code_at(seed, counter) for counter in range(10)] == wanted.split()


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        (59, ("94287082", "46119246", "90693936")),
        (1111111109, ("07081804", "68084774", "25091201")),
        (1111111111, ("14050471", "67062674", "99943326")),
        (1234567890, ("89005924", "91819424", "93441116")),
        (2000000000, ("69279037", "90698825", "38618901")),
        (20000000000, ("65353130", "77737706", "47863826")),
    ],
)
def test_rfc6238_appendix_b(now, codes):
    """The TOTP values of RFC 6238 appendix B, in all three modes."""
    for seed, code in zip((SHA1, SHA256, SHA512), codes, strict=True):
        assert matching_step(seed, code.encode(), now, 0) == now // 30


@given(seeds, st.integers(0, 2**40))
def test_codes_are_those_of_another_implementation(seed, step):
    """pyotp, reading our URI, shows the same code."""
    theirs = pyotp.parse_uri(otpauth_uri(seed, "alice", "corp"))
    assert isinstance(theirs, pyotp.TOTP)
    assert code_at(seed, step) == theirs.generate_otp(step).encode()


@given(seeds, st.integers(0, 10**10), st.integers(0, 3), st.integers(-5, 5))
def test_a_code_is_good_in_its_window_alone(seed, now, window, away):
    """A code matches exactly where its step is in the window, and says a step that has it."""
    present = now // seed.period
    typed = code_at(seed, max(present + away, 0))
    inside = range(max(present - window, 0), present + window + 1)
    wanted = [step for step in inside if code_at(seed, step) == typed]
    assert matching_step(seed, typed, now, window) == (wanted[-1] if wanted else None)


@pytest.mark.parametrize(
    "typed",
    [b"", b"9428708", b"942870822", b" 4287082", b"9428708\x00", "９４２８７０８２".encode()],
)
def test_a_code_is_exactly_its_ascii_digits(typed):
    """Another length, white space, NULs and digits of other scripts are no code."""
    assert matching_step(SHA1, typed, 59, 1) is None
    assert not has_form(8, typed)


def test_steps_before_the_epoch_are_not_looked_at():
    """A clock that stands at the epoch gives codes and no error."""
    assert matching_step(SHA1, code_at(SHA1, 0), 0.0, 3) == 0


def test_a_new_seed_has_160_random_bits():
    """New seeds are as long as the output of SHA-1, and never the same."""
    assert len(new_seed().secret.reveal()) == 20
    assert new_seed() != new_seed()


def test_a_seed_is_read_as_apps_show_it():
    """Spaces, hyphens, lower case and padding do not matter."""
    wanted = TotpSeed(Secret(b"12345678901234567890"))
    for text in (
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
        " GEZDGNBVGY3TQOJQ-GEZDGNBVGY3TQOJQ====\n",
    ):
        assert read_seed(text) == wanted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("JBSWY3DPEHPK3PXP", "found a seed of 80 bits, wanted 112"),
        ("", "found a seed of 0 bits"),
        ("A" * 210, "found a seed of 1048 bits"),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", "not base32"),
        ("GEZDGNBVGY3TQOJQé", "not base32"),
        ("G", "not base32"),
    ],
)
def test_what_is_no_seed_is_told_without_showing_it(text, found):
    """Too short, too long or no base32: the message says which, and holds nothing of the text."""
    with pytest.raises(BadSeed, match=found) as raised:
        read_seed(text)
    assert raised.value.__cause__ is None
    assert len(text) < 2 or text not in str(raised.value)


@pytest.mark.parametrize(
    "odd", [{"algorithm": "MD5"}, {"digits": 5}, {"digits": 9}, {"period": 0}, {"period": 121}]
)
def test_what_no_app_takes_is_refused(odd):
    """SHA-1, SHA-256 or SHA-512; 6 to 8 digits; a step of at most two minutes."""
    with pytest.raises(BadSeed):
        TotpSeed(Secret(b"x" * 20), **odd)


def test_the_uri_names_account_and_issuer():
    """The URI is what apps read; odd characters in names stay names."""
    uri = otpauth_uri(TotpSeed(SHA1.secret), "alice&secret=x", "corp: VPN")
    parts = urllib.parse.urlsplit(uri)
    query = urllib.parse.parse_qs(parts.query)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert query == {"secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"], "issuer": ["corp: VPN"]}


def test_a_seed_is_not_shown():
    """Neither the text of a seed nor its repr holds the secret."""
    assert "1234567890" not in repr(SHA1)
