"""What `order: second-first` needs, and cannot have."""

import pytest

from proxy.settings.plain import policies

FACTORS = "factors: [push, totp]"
SECOND_FIRST = "factors: [totp]\n    order: second-first\n    append_code: true"
HERE = "with order: second-first"
PUSH = (
    f"15: policies[0].factors: found push {HERE}, which sends none; wanted totp, recovery or both"
)
NOT_APPENDED = (
    f"16: policies[0].order: found {HERE}, but codes are not appended at client vpn; wanted "
    "append_code: true"
)


@pytest.mark.parametrize(
    ("policy", "faults"),
    [
        (
            SECOND_FIRST.replace("[totp]", "[push, totp]"),
            [PUSH],
        ),
        (
            SECOND_FIRST.replace("[totp]", "[]"),
            [f"15: policies[0].factors: found none {HERE}, wanted totp, recovery or both"],
        ),
        (
            SECOND_FIRST.replace("\n    append_code: true", ""),
            [NOT_APPENDED],
        ),
        (
            f"{SECOND_FIRST}\n    remember: 1h\n    password_change: true",
            [
                f"{line}: policies[0].{key}: found {HERE}, where every login has its code and "
                "nothing is asked"
                for line, key in ((18, "remember"), (19, "password_change"))
            ],
        ),
        (SECOND_FIRST.replace("second-first", "second"), ["16: policies[0].order: found 'second', wanted 'password-first' or 'second-first'"]),
    ],
)  # fmt: skip
def test_faults(config, policy, faults):
    """Each at its line."""
    assert faults == config.bad((FACTORS, policy))


@pytest.mark.parametrize(
    "changes",
    [
        [(FACTORS, SECOND_FIRST)],
        [
            (FACTORS, SECOND_FIRST.replace("\n    append_code: true", "")),
            ("    networks", "    append_code: true\n    networks"),
        ],
    ],
)
def test_what_fits(config, changes):
    """The code is appended, by the policy or by the client."""
    loaded = config.good(*changes)
    assert [True] == [one.second_first for one in policies(loaded.settings, loaded.attributes)]
