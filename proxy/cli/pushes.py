"""How commands show what keeps a person from being worn down by pushes."""

from typing import Any, Final

from proxy.cli.output import moment
from proxy.login.fatigue import LOCKED_AT, Defence, Standing
from proxy.store import fatigue, places
from proxy.store.session import Session

_WHY: Final = {
    "denials": "{denied} were denied",
    "unanswered": "{unanswered} were not answered",
    "report": 'the person said "this was not me": somebody knows the password',
}


def push_facts(session: Session, account_id: int, defence: Defence, now: float) -> dict[str, Any]:
    """Give what is counted of a person, what it leads to, and what the configuration says of it."""
    counted = fatigue.of_account(session, account_id)
    waits = {one.client: one.until(defence) for one in fatigue.waits(session, account_id)}
    return {
        "denied": counted.denied,
        "unanswered": counted.unanswered,
        "failures": counted.failures,
        "last_failed_at": moment(counted.last_failed_at) if counted.failures else None,
        "blocked_by": counted.blocked_by,
        "blocked_at": moment(counted.blocked_at),
        "ends_by": _ends_by(counted),
        "waits": {client: moment(until) for client, until in waits.items() if until > now},
        "limits": {
            "first_wait": defence.first_wait,
            "longest_wait": defence.longest_wait,
            "denials": defence.denials,
            "unanswered": defence.unanswered,
            "failures": LOCKED_AT,
            "new_client": defence.places.client,
            "new_country": defence.places.country,
        },
        "quiet_now": defence.quiet is not None and defence.quiet.hold(now),
        "clients": _places(session, account_id, "client"),
        "countries": _places(session, account_id, "country"),
    }


def _places(session: Session, account_id: int, kind: places.Kind) -> dict[str, str | None]:
    return {place: moment(at) for place, at in places.known(session, account_id, kind)}


def _ends_by(counted: Standing) -> str | None:
    """Say who can end a block; None: there is none."""
    if not counted.is_blocked:
        return None
    return "unlock" if counted.is_locked else "confirmation"


def push_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Give `push_facts` as lines."""
    limits = facts["limits"]
    failed = (
        f"{facts['denied']} denied (blocks at {limits['denials']}), "
        f"{facts['unanswered']} unanswered (blocks at {limits['unanswered']}), "
        f"{facts['failures']} in a row (locks at {limits['failures']})"
    )
    waits = ", ".join(f"{client} until {until}" for client, until in facts["waits"].items())
    return [
        ("pushes failed", failed),
        ("push blocked", _blocked(facts)),
        ("push waits", waits or "nowhere"),
        ("quiet hours", "now" if facts["quiet_now"] else "not now"),
        ("known clients", ", ".join(facts["clients"]) or "none"),
        ("known countries", ", ".join(facts["countries"]) or "none"),
    ]


def _blocked(facts: dict[str, Any]) -> str:
    if facts["ends_by"] is None:
        return "no"
    if facts["ends_by"] == "unlock":
        return f"until `account unlock`: {facts['failures']} failed in a row"
    why = _WHY[facts["blocked_by"]].format_map(facts)
    until = "until the person confirms in the app or at the portal, or `account unlock`"
    return f"since {facts['blocked_at']}, {until}: {why}"
