"""The proof of its key that a phone sends with each call."""

import pytest

from proxy.factors import jws
from proxy.factors.claims import BadClaims, ClockError
from proxy.factors.dpop import NoProof, ProofOfAnotherCall, check_proof, make_proof
from proxy.factors.jwk import SigningKey

KEY = SigningKey.create()
URL = "https://mfa.example.org/api/device/v1/approvals"
NOW = 1_800_000_000.0

RFC9449_4_2 = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo"
    "UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW"
    "clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0"
    "dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-"
    "FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)


def _proof(header=None, **change):
    payload = {"htm": "GET", "htu": URL, "jti": "j1", "iat": NOW, **change}
    return jws.sign(payload, "dpop+jwt", KEY, header or {"jwk": KEY.public.to_jwk()})


def test_rfc9449_4_2_the_example_proof_is_good():
    """The proof of RFC 9449 figure 2 names the key of section 6.1."""
    proved = check_proof(RFC9449_4_2, "POST", "https://server.example.com/token", 1562262616)
    assert proved.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    assert proved.jti == "-BwC3ESc6acc2lTc"


def test_a_proof_names_its_key():
    """What a phone made tells the server which phone calls."""
    proved = check_proof(make_proof(KEY, "GET", URL, "j1", NOW), "GET", URL, NOW)
    assert (proved.thumbprint, proved.jti, proved.issued_at) == (KEY.kid, "j1", NOW)


def test_each_proof_has_its_own_digest():
    """Two proofs are told apart by key and jti together."""
    one = check_proof(_proof(), "GET", URL, NOW)
    again = check_proof(_proof(), "GET", URL, NOW)
    other = check_proof(_proof(jti="j2"), "GET", URL, NOW)
    assert one.digest == again.digest != other.digest


@pytest.mark.parametrize(
    "htu",
    [
        URL + "?wait=30",
        URL + "#part",
        URL.replace("https", "HTTPS").replace("mfa.example", "MFA.Example"),
        URL.replace("example.org", "example.org:443"),
    ],
)
def test_query_fragment_and_case_of_the_host_do_not_matter(htu):
    """The URL is compared as RFC 9449 section 4.3 says."""
    assert check_proof(_proof(htu=htu), "GET", URL, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"htm": "POST"},
        {"htm": "get"},
        {"htm": None},
        {"htu": URL + "/"},
        {"htu": URL.replace("https", "http")},
        {"htu": URL.replace("example.org", "example.org:8443")},
        {"htu": URL.replace("example.org", "example.org:99999999")},
        {"htu": "https://[half"},
        {"htu": URL.replace("mfa", "other")},
    ],
)
def test_a_proof_of_another_call_is_refused(change):
    """Method and URL are those of this call."""
    with pytest.raises(ProofOfAnotherCall):
        check_proof(_proof(**change), "GET", URL, NOW)


def test_a_proof_without_a_key_is_refused():
    """A proof that does not name its key proves nothing."""
    with pytest.raises(NoProof):
        check_proof(_proof(header={"kid": KEY.kid}), "GET", URL, NOW)


def test_a_proof_signed_by_another_key_than_it_names_is_refused():
    """Naming somebody's public key is not having it."""
    with pytest.raises(jws.BadSignature):
        check_proof(_proof(header={"jwk": SigningKey.create().public.to_jwk()}), "GET", URL, NOW)


@pytest.mark.parametrize("change", [{"jti": ""}, {"jti": None}, {"jti": "j" * 129}, {"htu": None}])
def test_a_proof_of_another_form_is_refused(change):
    """A proof has a jti of 1 to 128 characters and a URL."""
    with pytest.raises(BadClaims):
        check_proof(_proof(**change), "GET", URL, NOW)


@pytest.mark.parametrize("iat", [NOW - 301, NOW + 301])
def test_a_proof_from_another_time_is_refused(iat):
    """A proof's time is within 5 minutes of the server's."""
    with pytest.raises(ClockError):
        check_proof(_proof(iat=iat), "GET", URL, NOW)
