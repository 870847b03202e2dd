"""What the answer to a bind means, and what of it proves that the password was right."""

import pytest

from proxy.firstfactor.operation import Answer
from proxy.firstfactor.verdicts import verdict
from proxy.ldap import ber, controls
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.message import encode_control
from proxy.ldap.responses import Result
from proxy.login.events import DirectoryFailed, FirstFactorFailed, FirstFactorPassed

ACTIVE_DIRECTORY = (
    "80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data {}, v4563"
)
SAMBA = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {}, v1db1"


def bound(code, diagnostic="", policy=None):
    """Give the verdict on a bind's answer; *policy* is the control's value."""
    written = b"" if policy is None else encode_control(controls.PASSWORD_POLICY, policy)
    return verdict(Answer(Result(code, diagnostic), written, [], 0))


def policy_error(error):
    """Write the control's value with an error."""
    return ber.element(ber.SEQUENCE, ber.integer(error, 0x81))


def test_success_passes():
    """Nothing else does."""
    assert FirstFactorPassed() == bound(0)
    passed = [code for code in range(124) if isinstance(bound(code), FirstFactorPassed)]
    assert [0] == passed


@pytest.mark.parametrize(
    ("code", "reason"), [(49, "wrong-password"), (48, "no-password"), (32, "no-such-entry")]
)
def test_refusals_of_the_person(code, reason):
    """They prove nothing."""
    assert FirstFactorFailed(reason) == bound(code)


@pytest.mark.parametrize("code", [1, 2, 3, 7, 8, 10, 11, 13, 14, 50, 51, 52, 53, 80, 118, 123])
def test_whatever_is_no_refusal_of_the_person_is_no_verdict(code):
    """A server that asks for TLS, for a referral, for SASL or for patience."""
    assert isinstance(bound(code), DirectoryFailed)


@pytest.mark.parametrize("diagnostic", [ACTIVE_DIRECTORY, SAMBA])
@pytest.mark.parametrize(
    ("sub_code", "reason", "proof"),
    [
        ("525", "wrong-password", None),
        ("52e", "wrong-password", None),
        ("52E", "wrong-password", None),
        ("775", "account-locked", None),
        ("530", "logon-hours", "logon-hours"),
        ("531", "workstation", "workstation"),
        ("532", "password-expired", "password-expired"),
        ("533", "account-disabled", "account-disabled"),
        ("701", "account-expired", "account-expired"),
        ("773", "password-must-change", "password-must-change"),
        ("5321", "wrong-password", None),
        ("0", "wrong-password", None),
    ],
)
def test_active_directory_sub_codes(diagnostic, sub_code, reason, proof):
    """Those that it finds after the password prove it; a locked account does not."""
    assert FirstFactorFailed(reason, proof) == bound(49, diagnostic.format(sub_code))


@pytest.mark.parametrize("code", [1, 8, 52, 53])
def test_sub_codes_count_in_a_refusal_alone(code):
    """The same words beside another result prove nothing."""
    assert isinstance(bound(code, ACTIVE_DIRECTORY.format("532")), DirectoryFailed)


@pytest.mark.parametrize("code", [0, 49])
@pytest.mark.parametrize(
    ("error", "reason", "proof"),
    [
        (0, "password-expired", "password-expired"),
        (1, "account-locked", None),
        (2, "password-must-change", "password-must-change"),
        (3, "password-policy-3", None),
        (8, "password-policy-8", None),
    ],
)
def test_password_policy_errors(code, error, reason, proof):
    """draft-behera-ldap-password-policy-10 section 6.2, beside success or a refusal."""
    assert FirstFactorFailed(reason, proof) == bound(code, policy=policy_error(error))


@pytest.mark.parametrize("code", [19, 53])
def test_a_lockout_may_have_another_code(code):
    """389 Directory Server says constraintViolation; it proves nothing either."""
    assert FirstFactorFailed("account-locked") == bound(code, policy=policy_error(1))


@pytest.mark.parametrize("policy", [None, policy_error(1)])
@pytest.mark.parametrize("code", [19, 53])
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Account inactivated. Contact system administrator.", "account-disabled"),
        ("Account inactivity limit exceeded. Contact system ...", "account-inactive"),
        ("Account (Kerberos principal) is expired", "account-expired"),
        ("Entry permanently locked.", "account-locked"),
        ("Too many failed logins.", "account-locked"),
    ],
)
def test_refusals_before_the_password_prove_nothing(policy, code, words, reason):
    """389 Directory Server and FreeIPA say them whatever the password is."""
    assert FirstFactorFailed(reason) == bound(code, words, policy)
    assert isinstance(bound(1, words), DirectoryFailed)
    assert FirstFactorPassed() == bound(0, words)


@pytest.mark.parametrize("code", [1, 19, 53])
@pytest.mark.parametrize("error", [0, 2])
def test_password_policy_proofs_count_in_a_refusal_alone(code, error):
    """Beside another result they prove nothing."""
    assert isinstance(bound(code, policy=policy_error(error)), DirectoryFailed)


@pytest.mark.parametrize(
    ("warning", "grace"), [(b"\x80\x02\x0e\x10", False), (b"\x81\x01\x03", True)]
)
def test_warnings_pass(warning, grace):
    """The password expires soon, or serves a few times more (section 6.2: no error)."""
    policy = ber.element(ber.SEQUENCE, ber.element(0xA0, warning))
    assert FirstFactorPassed(grace) == bound(0, policy=policy)
    assert FirstFactorPassed() == bound(0, policy=b"\x30\x00")


@pytest.mark.parametrize(
    "policy", [b"\x30", b"\x31\x00", b"\x30\x03\x81\x01\xff", b"\x30\x02\xa0\x00"]
)
def test_a_control_that_cannot_be_read_is_no_success(policy):
    """Whatever it would have said."""
    with pytest.raises(MalformedMessage):
        bound(0, policy=policy)
