"""
Searches in pages: how a server gives more entries than it gives at once.

The control goes out with a size and the server's last cookie, and comes back with the next one; an
empty cookie ends it. A cookie serves on the connection that it came over alone.
RFC 2696.
"""

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.message import decode_controls, encode_control

PAGED_RESULTS = b"1.2.840.113556.1.4.319"
COOKIE_LIMIT = 4096
"""Octets; Active Directory's are about a hundred, OpenLDAP's eight."""


def encode_page(size: int, cookie: bytes = b"") -> bytes:
    """Write the control that asks for the next *size* entries, as a search's only one."""
    value = ber.element(ber.SEQUENCE, ber.integer(size) + ber.element(ber.OCTET_STRING, cookie))
    return encode_control(PAGED_RESULTS, value)


def next_cookie(controls: bytes) -> bytes:
    """
    Find where the next page begins; empty: there is none, or the server knows no pages.

    Raises:
        MalformedMessage: the controls cannot be read, or the cookie is longer than any.
    """
    for control in decode_controls(controls):
        if control.oid == PAGED_RESULTS:
            return _cookie(control.value or b"")
    return b""


def _cookie(value: bytes) -> bytes:
    at, stop = ber.expect(value, 0, len(value), ber.SEQUENCE)
    _, at = ber.read_integer(value, at, stop)
    cookie, at = ber.read_string(value, at, stop)
    ber.skip(value, at, stop)
    if len(cookie) > COOKIE_LIMIT:
        raise MalformedMessage(f"found a cookie of {len(cookie)} octets")
    return cookie
