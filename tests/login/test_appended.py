"""A code typed behind the password."""

import pytest

from proxy.accounts.account import NOTHING_ENROLLED
from proxy.login.appended import passcode_kind, split_password
from proxy.login.stages import AppendedFactor
from proxy.secret import Secret
from tests.peers.logins import EVERYTHING, PHONE, RECOVERY_CODE, TOTP


def split(field, enrolments):
    found = split_password(Secret(field), enrolments)
    appended = found.appended
    return found.password.reveal(), appended and (appended.kind, appended.code.reveal())


@pytest.mark.parametrize(
    ("field", "enrolments", "password", "appended"),
    [
        (b"pw,123456", TOTP, b"pw", ("totp", b"123456")),
        (b"a,b,123456", TOTP, b"a,b", ("totp", b"123456")),
        (b"pw,12345", TOTP, b"pw,12345", None),
        (b"pw,1234567", TOTP, b"pw,1234567", None),
        (b"pw,12345a", TOTP, b"pw,12345a", None),
        (b"pw,123456", PHONE, b"pw,123456", None),
        (b"pw,123456", NOTHING_ENROLLED, b"pw,123456", None),
        (b"pw,push", PHONE, b"pw", (None, b"push")),
        (b"pw,PUSH", PHONE, b"pw,PUSH", None),
        (b"pw," + RECOVERY_CODE.encode(), TOTP, b"pw", ("recovery", RECOVERY_CODE.encode())),
        (b"pw", TOTP, b"pw", None),
        (b"123456", TOTP, b"123456", None),
        (b",123456", TOTP, b"", ("totp", b"123456")),
        ("pw,١٢٣٤٥٦".encode(), TOTP, "pw,١٢٣٤٥٦".encode(), None),
        (b"pw,\xff\xff\xff\xff\xff\xff", TOTP, b"pw,\xff\xff\xff\xff\xff\xff", None),
    ],
)
def test_where_a_password_is_cut(field, enrolments, password, appended):
    """At its last comma, if what follows is exactly a code of this account, or `push`."""
    assert (password, appended) == split(field, enrolments)


def test_a_code_is_hidden():
    """What was appended does not show in a text."""
    assert "123456" not in repr(AppendedFactor("totp", Secret(b"123456")))


def test_what_has_the_form_of_a_code():
    """Only of a code that this person has."""
    assert "totp" == passcode_kind(b"123456", TOTP)
    assert "recovery" == passcode_kind(RECOVERY_CODE.encode(), EVERYTHING)
    assert passcode_kind(b"123456", PHONE) is None
    assert passcode_kind(RECOVERY_CODE.encode(), TOTP) is None
    assert passcode_kind(b"", EVERYTHING) is None
