"""
The password policy's control: asked for with a bind, read from its answer.

draft-behera-ldap-password-policy-10 section 6, as OpenLDAP and 389 Directory Server speak it.
"""

from dataclasses import dataclass

from proxy.ldap import ber
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.message import decode_controls, encode_control

PASSWORD_POLICY = b"1.3.6.1.4.1.42.2.27.8.5.1"
PASSWORD_POLICY_REQUEST = encode_control(PASSWORD_POLICY)
"""The contents of a bind's controls."""

PASSWORD_EXPIRED = 0
ACCOUNT_LOCKED = 1
CHANGE_AFTER_RESET = 2
MODIFICATION_NOT_ALLOWED = 3
MUST_SUPPLY_OLD = 4
INSUFFICIENT_QUALITY = 5
TOO_SHORT = 6
TOO_YOUNG = 7
IN_HISTORY = 8

_WARNING = 0xA0
_ERROR = 0x81
_EXPIRES_IN = 0x80
_GRACE_LOGINS = 0x81


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """What the policy says beside a bind's result."""

    error: int | None = None
    """`PASSWORD_EXPIRED` and so on; None: no error."""
    expires_in: int | None = None
    """Seconds until the password expires; None: no warning."""
    grace_logins: int | None = None
    """How often an expired password still serves; None: no warning."""


def find_password_policy(controls: bytes) -> PasswordPolicy | None:
    """
    Find and read the policy's control among the contents of an answer's controls.

    Raises:
        MalformedMessage: the controls, or the one looked for, cannot be read.
    """
    for control in decode_controls(controls):
        if control.oid == PASSWORD_POLICY:
            return decode_password_policy(control.value or b"")
    return None


def decode_password_policy(value: bytes) -> PasswordPolicy:
    """Read the control's value; an empty one says nothing."""
    if not value:
        return PasswordPolicy()
    at, stop = ber.expect(value, 0, len(value), ber.SEQUENCE)
    error = expires_in = grace_logins = None
    if at < stop and value[at] == _WARNING:
        start, at = ber.expect(value, at, stop, _WARNING)
        tag, first, last = ber.header(value, start, at)
        if tag == _EXPIRES_IN:
            expires_in = ber.integer_content(value, first, last)
        elif tag == _GRACE_LOGINS:
            grace_logins = ber.integer_content(value, first, last)
        else:
            raise MalformedMessage(f"found tag {tag:#04x} in a warning, wanted 0x80 or 0x81")
    if at < stop and value[at] == _ERROR:
        error, at = ber.read_integer(value, at, stop, _ERROR)
    ber.skip(value, at, stop)
    return PasswordPolicy(error, expires_in, grace_logins)
