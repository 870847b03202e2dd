"""The token by which a push service knows who sends, verified by ECDSA alone."""

from proxy.factors.jwk import SigningKey
from proxy.push.vapid import KEPT, LIFETIME, RENEWED, Tokens
from tests.peers.push_service import verified_token

KEY = SigningKey.create()
POINT = KEY.public.to_point()
NOW = 1_700_000_000.0
ORIGIN = "https://push.example.org"


def test_a_token_says_who_for_whom_and_until_when():
    """RFC 8292 section 2."""
    told = Tokens(KEY, "mailto:it@example.org").authorization(ORIGIN, NOW)
    claims = verified_token(told, POINT, ORIGIN, NOW)
    assert {"aud": ORIGIN, "exp": NOW + LIFETIME, "sub": "mailto:it@example.org"} == claims


def test_a_token_serves_until_shortly_before_its_end():
    """Then there is another."""
    tokens = Tokens(KEY, "mailto:it@example.org")
    first = tokens.authorization(ORIGIN, NOW)
    assert first == tokens.authorization(ORIGIN, NOW + LIFETIME - RENEWED - 1)
    later = NOW + LIFETIME - RENEWED
    verified_token(tokens.authorization(ORIGIN, later), POINT, ORIGIN, later)
    assert first != tokens.authorization(ORIGIN, later)


def test_each_service_has_its_own():
    """One cannot use it at another; however many there are, few are kept."""
    tokens = Tokens(KEY, "mailto:it@example.org")
    for number in range(KEPT * 2):
        origin = f"https://push{number}.example.org"
        verified_token(tokens.authorization(origin, NOW), POINT, origin, NOW)
    assert KEPT == len(tokens._tokens)
