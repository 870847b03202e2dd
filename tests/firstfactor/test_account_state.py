"""What a bind would have refused."""

import pytest

from proxy.firstfactor.account_state import STATE_ATTRIBUTES, locked, refusal
from proxy.login.events import FirstFactorFailed

NOW = 1_795_000_000.0
"""2026-11-18."""
PAST, FUTURE = "20261117120000Z", "20261119120000Z"


def entry(**values):
    return {
        name.replace("_", "-").lower().encode(): [str(v).encode()] for name, v in values.items()
    }


def ticks(seconds):
    return int((seconds + 11_644_473_600) * 10_000_000)


@pytest.mark.parametrize(
    "shown",
    [
        {"sambaAcctFlags": "[UL         ]"},
        {"pwdAccountLockedTime": "000001010000Z"},
        {"pwdAccountLockedTime": PAST},
        {"accountUnlockTime": FUTURE},
        {"accountUnlockTime": "19700101000000Z"},
        {"accountUnlockTime": "0"},
        {"userAccountControl": 0x210},
        {"msDS_User_Account_Control_Computed": 0x10},
    ],
)
def test_a_lock_tells_nothing_of_the_password(shown):
    """Without end, until later, until nobody knows when: it is refused before that is looked at."""
    found = locked(entry(**shown), NOW)
    assert FirstFactorFailed("account-locked") == found
    assert found.proof is None


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ({"sambaAcctFlags": "[UD         ]"}, "account-disabled"),
        ({"sambaAcctFlags": "[NU         ]"}, "account-disabled"),
        ({"nsAccountLock": "TRUE"}, "account-disabled"),
        ({"userAccountControl": 0x202}, "account-disabled"),
        ({"sambaKickoffTime": int(NOW) - 1}, "account-expired"),
        ({"shadowExpire": int(NOW // 86_400)}, "account-expired"),
        ({"shadowExpire": 0}, "account-expired"),
        ({"pwdEndTime": PAST}, "account-expired"),
        ({"pwdEndTime": "soon"}, "account-expired"),
        ({"pwdStartTime": FUTURE}, "account-expired"),
        ({"pwdStartTime": "later"}, "account-expired"),
        ({"krbPrincipalExpiration": PAST}, "account-expired"),
        ({"accountExpires": ticks(NOW - 1)}, "account-expired"),
        ({"pwdReset": "TRUE"}, "password-must-change"),
        ({"pwdLastSet": 0}, "password-must-change"),
        ({"sambaPwdLastSet": 0}, "password-must-change"),
        ({"sambaPwdMustChange": int(NOW) - 1}, "password-expired"),
        ({"passwordExpirationTime": PAST}, "password-expired"),
        ({"passwordExpirationTime": "19700101000000Z"}, "password-expired"),
        ({"krbPasswordExpiration": PAST}, "password-expired"),
        ({"msDS_User_Account_Control_Computed": 0x800000}, "password-expired"),
    ],
)
def test_what_is_refused_after_the_password(shown, reason):
    """As a directory looks at it: only who knows the password hears of it."""
    assert None is locked(entry(**shown), NOW)
    assert FirstFactorFailed(reason, reason) == refusal(entry(**shown), NOW)


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"sambaAcctFlags": "[UX         ]", "sambaKickoffTime": 2_147_483_647},
        {
            "sambaKickoffTime": int(NOW) + 1,
            "sambaPwdLastSet": 1,
            "sambaPwdMustChange": 2_147_483_647,
        },
        {"shadowExpire": -1},
        {"shadowExpire": int(NOW // 86_400) + 1},
        {"pwdReset": "FALSE", "pwdStartTime": PAST, "pwdEndTime": FUTURE},
        {"nsAccountLock": "false", "accountUnlockTime": PAST, "passwordExpirationTime": FUTURE},
        {"krbPrincipalExpiration": FUTURE, "krbPasswordExpiration": "20270101000000Z"},
        {"userAccountControl": 0x200, "accountExpires": 0, "pwdLastSet": 1},
        {"accountExpires": 2**63 - 1},
        {"accountExpires": ticks(NOW + 60), "msDS_User_Account_Control_Computed": 0},
        {"shadowExpire": "never"},
    ],
)
def test_what_is_as_it_should_be(shown):
    """Nothing is shown, or that it ends later, or never."""
    assert (None, None) == (locked(entry(**shown), NOW), refusal(entry(**shown), NOW))


def test_each_is_asked_for():
    """By the name that is looked at."""
    assert len(set(STATE_ATTRIBUTES)) == len(STATE_ATTRIBUTES) == 18
