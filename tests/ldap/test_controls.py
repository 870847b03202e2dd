"""The password policy's control."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.ldap import controls
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.controls import PasswordPolicy, decode_password_policy, find_password_policy
from proxy.ldap.message import Control, decode_controls, encode_control


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        (b"", PasswordPolicy()),
        (b"\x30\x00", PasswordPolicy()),
        (b"\x30\x03\x81\x01\x00", PasswordPolicy(error=controls.PASSWORD_EXPIRED)),
        (b"\x30\x03\x81\x01\x01", PasswordPolicy(error=controls.ACCOUNT_LOCKED)),
        (b"\x30\x03\x81\x01\x02", PasswordPolicy(error=controls.CHANGE_AFTER_RESET)),
        (b"\x30\x06\xa0\x04\x80\x02\x0e\x10", PasswordPolicy(expires_in=3600)),
        (b"\x30\x05\xa0\x03\x81\x01\x03", PasswordPolicy(grace_logins=3)),
        (
            b"\x30\x08\xa0\x03\x80\x01\x05\x81\x01\x02",
            PasswordPolicy(error=controls.CHANGE_AFTER_RESET, expires_in=5),
        ),
    ],
)
def test_errors_and_warnings_are_read(value, policy):
    """draft-behera-ldap-password-policy-10 section 6.2."""
    assert policy == decode_password_policy(value)


@pytest.mark.parametrize(
    "value",
    [b"\x31\x00", b"\x30\x02\xa0\x00", b"\x30\x05\xa0\x03\x82\x01\x00", b"\x30\x03\x81\x01"],
)
def test_what_is_no_policy_is_refused(value):
    """A policy that cannot be read is malformed, not absent."""
    with pytest.raises(MalformedMessage):
        decode_password_policy(value)


@given(st.binary(max_size=40))
def test_any_octets_are_a_policy_or_refused(value):
    """Arbitrary octets raise nothing but MalformedMessage; an error is a number or none."""
    try:
        policy = decode_password_policy(value)
    except MalformedMessage:
        return
    assert policy.error is None or policy.error >= 0


def test_the_request_is_not_critical():
    """A server that knows no password policies binds all the same."""
    assert [Control(controls.PASSWORD_POLICY, False, None)] == decode_controls(
        controls.PASSWORD_POLICY_REQUEST
    )


def test_other_controls_are_passed_over():
    """Only the policy's own control says something."""
    assert find_password_policy(encode_control(b"1.2.3", b"x")) is None
