"""What the shield counts of a person, as commands show it."""

from typing import Any

from proxy.accounts.account import Account
from proxy.accounts.throttle import standing
from proxy.cli.output import moment
from proxy.settings.shield import ShieldSettings, code_limits, shield_limits
from proxy.store import shield
from proxy.store.session import Session


def shield_facts(
    session: Session, account: Account, settings: ShieldSettings, now: float
) -> dict[str, Any]:
    """Say what throttles a person's passwords now."""
    lockout = shield.lockouts(session).get(account.directory)
    limits = shield_limits(settings).below(lockout)
    failures = shield.of_person(session, (account.directory, account.user_name))
    now_is = standing(failures if settings.enabled else (), limits, now)
    codes = shield.of_person(session, (account.directory, account.user_name), "code")
    codes_now = standing(codes, code_limits(settings), now)
    return {
        "failed_binds": now_is.failures,
        "of_strangers": now_is.strangers,
        "attempts": limits.attempts,
        "refused_until": moment(now_is.refused_until),
        "strangers_refused_until": moment(now_is.strangers_until),
        "unproved_codes": codes_now.failures,
        "codes_refused_until": moment(codes_now.refused_until),
        "strangers_codes_refused_until": moment(codes_now.strangers_until),
    }


def shield_line(facts: dict[str, Any]) -> tuple[str, str]:
    """Say what counts, and until when who is refused."""
    shown = f"{facts['failed_binds']} of {facts['attempts']} that may reach the directory"
    if facts["of_strangers"]:
        shown += f", {facts['of_strangers']} of strangers"
    if facts["refused_until"]:
        refused = "all but the password that passed last are refused"
        shown += f"; {refused} until {facts['refused_until']}, or `account unlock`"
    elif facts["strangers_refused_until"]:
        shown += f"; strangers are refused until {facts['strangers_refused_until']}"
    if facts["unproved_codes"]:
        shown += f"; {facts['unproved_codes']} wrong codes before any password"
        refused = facts["codes_refused_until"]
        strangers = facts["strangers_codes_refused_until"]
        if refused or strangers:
            shown += f", {'' if refused else 'those of strangers '}refused until "
            shown += refused or strangers
    return "wrong passwords", shown
