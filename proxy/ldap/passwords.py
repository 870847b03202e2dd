"""
Changing a password as the person that it belongs to: the old one goes with the new.

A directory takes such a change by its own rules for people. Writing a password without the old one
would be an administrator's reset, which no rule binds; nothing here can write that.
"""

from typing import Final

from proxy.ldap import ber
from proxy.ldap.requests import EXTENDED, REQUEST_NAME
from proxy.secret import Secret

MODIFY: Final = 0x66
PASSWORD_MODIFY: Final = b"1.3.6.1.4.1.4203.1.11.1"

_REQUEST_VALUE: Final = 0x81
_ADD: Final = 0
_DELETE: Final = 1
_IDENTITY: Final = 0x80
_OLD: Final = 0x81
_NEW: Final = 0x82


def encode_active_directory(dn: bytes, old: Secret, new: Secret) -> bytes:
    """
    Write a change as Active Directory takes it: the old value of unicodePwd is deleted, one added.

    [MS-ADTS] section 3.1.1.3.1.5.1; RFC 4511 section 4.6.

    Raises:
        ValueError: a password is empty, or is not UTF-8.
    """
    return ber.element(
        MODIFY,
        ber.element(ber.OCTET_STRING, dn),
        ber.element(ber.SEQUENCE, _change(_DELETE, old), _change(_ADD, new)),
    )


def encode_password_modify(dn: bytes, old: Secret, new: Secret) -> bytes:
    """
    Write the Password Modify extended operation (RFC 3062 section 2).

    Raises:
        ValueError: a password is empty.
    """
    _must_be_whole(old, new)
    value = ber.element(
        ber.SEQUENCE,
        ber.element(_IDENTITY, dn),
        ber.element(_OLD, old.reveal()),
        ber.element(_NEW, new.reveal()),
    )
    return ber.element(
        EXTENDED,
        ber.element(REQUEST_NAME, PASSWORD_MODIFY),
        ber.element(_REQUEST_VALUE, value),
    )


def _change(operation: int, password: Secret) -> bytes:
    _must_be_whole(password)
    quoted = f'"{password.reveal().decode()}"'.encode("utf-16-le")
    return ber.element(
        ber.SEQUENCE,
        ber.integer(operation, ber.ENUMERATED),
        ber.element(
            ber.SEQUENCE,
            ber.element(ber.OCTET_STRING, b"unicodePwd"),
            ber.element(ber.SET, ber.element(ber.OCTET_STRING, quoted)),
        ),
    )


def _must_be_whole(*passwords: Secret) -> None:
    """An empty old password would be a reset, an empty new one lets the server choose."""
    if not all(passwords):
        raise ValueError("found an empty password")
