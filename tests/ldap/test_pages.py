"""The control of searches in pages."""

import pytest
from ldap3.protocol.rfc2696 import paged_search_control
from pyasn1.codec.ber.encoder import encode

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.message import encode_control
from proxy.ldap.pages import PAGED_RESULTS, encode_page, next_cookie


@pytest.mark.parametrize("cookie", [b"", b"\x00\x01cookie"])
def test_it_is_written_as_ldap3_writes_it(cookie):
    """Another implementation gives the same octets."""
    assert bytes(encode(paged_search_control(False, 500, cookie))) == encode_page(500, cookie)


def test_rfc2696_2_cookie():
    """The next page's cookie; empty at the end, and where the server knows no pages."""
    assert b"next" == next_cookie(encode_page(0, b"next"))
    assert b"" == next_cookie(encode_page(0))
    assert b"" == next_cookie(encode_control(b"1.2.3", b"x"))
    assert b"" == next_cookie(b"")


@pytest.mark.parametrize(
    "value",
    [b"", b"\x30\x00", b"\x30\x03\x02\x01\x00", b"\x04\x00", encode_page(0, b"x" * 5000)],
)
def test_what_cannot_be_read_is_no_end(value):
    """A page that does not say whether it is the last."""
    with pytest.raises(MalformedMessage):
        next_cookie(ber.element(ber.SEQUENCE, ber.element(4, PAGED_RESULTS), ber.element(4, value)))
