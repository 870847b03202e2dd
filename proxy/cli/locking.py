"""When a directory locks accounts, and whether the shield stays below."""

from collections.abc import Iterator, Sequence

from proxy.accounts.throttle import DirectoryLockout
from proxy.firstfactor.probe import Probed
from proxy.settings.finding import Finding
from proxy.settings.load import Loaded
from proxy.settings.shield import shield_limits
from proxy.settings.values import written

FEW = 3
"""Attempts with which a stranger's guesses leave a person next to nothing."""


def locking(name: str, probed: Sequence[Probed], loaded: Loaded) -> Iterator[Finding]:
    """Give the findings about one directory's lock-outs, each once."""
    document, place = loaded.document, ("directories", name)
    told = set()
    for one in probed:
        if one.lockouts is None or one.lockouts in told:
            continue
        told.add(one.lockouts)
        if not one.lockouts.told:
            message = "shows nothing of when it locks accounts; wanted " + _wanted(loaded)
            yield document.note(place, f"{one.server} {message}")
            continue
        everyone = one.lockouts.everyone
        if everyone is None:
            yield document.note(place, f"{one.server} locks no accounts after wrong passwords")
        else:
            message = f"{_told(everyone)}: {_shielded(everyone, loaded)}"
            yield document.note(place, f"{one.server} {message}")
            for message in _doubts(everyone, loaded):
                yield document.warning(place, f"{one.server} {message}")
        for other in one.lockouts.some:
            if not _is_below(other, loaded):
                message = f"has a password policy for some people that {_told(other)}; "
                message += f"wanted {_wanted_below(other)}"
                yield document.warning(place, f"{one.server} {message}")


def _told(lockout: DirectoryLockout) -> str:
    when = ", however long ago" if lockout.window is None else f" in {written(lockout.window)}"
    return f"locks an account after {lockout.threshold} wrong passwords{when}"


def _shielded(lockout: DirectoryLockout, loaded: Loaded) -> str:
    settings = loaded.settings.shield
    if not settings.enabled:
        return "shield.enabled is false, so whoever guesses here locks people out"
    limits = shield_limits(settings).below(lockout)
    reaches = f"{limits.attempts} in {written(limits.window)} reach it"
    if _is_below(lockout, loaded):
        return f"the shield is below it, {reaches}"
    return f"the shield keeps below it, {reaches}, as long as the daemon can read this"


def _doubts(lockout: DirectoryLockout, loaded: Loaded) -> Iterator[str]:
    if not loaded.settings.shield.enabled:
        yield "locks accounts, and shield.enabled is false"
    elif lockout.threshold <= 1:
        yield "locks an account after one wrong password: nothing keeps below that"
    elif lockout.threshold <= FEW:
        yield (
            f"locks an account after {lockout.threshold} wrong passwords; from 5 on, strangers who "
            "guess here leave people attempts of their own"
        )
    if lockout.window is None:
        yield (
            "never forgets a wrong password until the next success; wanted an interval, such as "
            "pwdFailureCountInterval: 1800"
        )


def _is_below(lockout: DirectoryLockout, loaded: Loaded) -> bool:
    limits = shield_limits(loaded.settings.shield)
    window = lockout.window is not None and lockout.window <= limits.window
    return limits.attempts < lockout.threshold and window


def _wanted_below(lockout: DirectoryLockout) -> str:
    wanted = f"shield.attempts of at most {max(1, lockout.threshold - 1)}"
    if lockout.window is None:
        return wanted
    return f"{wanted} and a shield.window of at least {written(lockout.window)}"


def _wanted(loaded: Loaded) -> str:
    limits = shield_limits(loaded.settings.shield)
    within = written(limits.window)
    return f"one that locks after more than {limits.attempts} wrong passwords in {within}"
