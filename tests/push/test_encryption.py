"""Messages that only the browser reads, opened here by an implementation of the tests' own."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from proxy.push.encryption import LONGEST, encrypt
from proxy.secret import Secret
from tests.peers.phone import unb64
from tests.peers.push_service import BrowserKeys, decrypt, point

MESSAGE = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)


def private(text):
    return ec.derive_private_key(int.from_bytes(unb64(text)), ec.SECP256R1())


BROWSER = private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
SENDER = private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")


def test_rfc8291_5():
    """The example of section 5, with the values of appendix A."""
    body = encrypt(
        MESSAGE,
        point(BROWSER.public_key()),
        Secret(unb64(AUTH)),
        salt=unb64("DGv6ra1nlYgDCS1FRnbzlw"),
        ephemeral=SENDER,
    )
    assert unb64(BODY) == body


def test_rfc8291_5_opened():
    """The tests' own implementation opens it too."""
    assert MESSAGE == decrypt(unb64(BODY), BROWSER, unb64(AUTH))


@given(st.binary(max_size=LONGEST))
def test_the_browser_reads_what_was_sent(message):
    """Of whatever length, up to the longest that a service must take."""
    keys = BrowserKeys()
    body = encrypt(message, point(keys.private.public_key()), Secret(keys.auth))
    assert len(body) <= 4096
    assert message == keys.opened(body)


def test_no_two_messages_look_alike():
    """Salt and key are new for each."""
    keys = BrowserKeys()
    one, other = (encrypt(b"x", point(keys.private.public_key()), Secret(keys.auth)) for _ in "12")
    assert one[:16] != other[:16]
    assert one[21:86] != other[21:86]


def test_a_message_that_is_too_long():
    """A service need not take more than 4096 octets."""
    keys = BrowserKeys()
    with pytest.raises(ValueError, match="wanted at most 3993"):
        encrypt(b"x" * (LONGEST + 1), point(keys.private.public_key()), Secret(keys.auth))
