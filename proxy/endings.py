"""What a login leaves behind: its record, its line in the log, and what is parked of it."""

from base64 import urlsafe_b64encode
from os import urandom
from typing import Final, assert_never

from twisted.logger import LogEvent, LogLevel

from proxy.accounts.account import fold_username
from proxy.going_on import Running
from proxy.login.actions import Accept, Answer, Challenge, Reject, Unanswered
from proxy.login.parking import park, unpark
from proxy.login.record import transcript
from proxy.login.stages import AwaitingNewPassword, AwaitingUpstreamAnswer, Parkable
from proxy.ports import Parked, Record, answer_name
from proxy.sealing import keyed_digest, open_under, seal_under

STATE_LENGTH: Final = 18
"""Octets that a State is made of: 144 random bits, in 24 letters."""


def parked_login(stage: Parkable, answer: Challenge, state: bytes, key: bytes) -> Parked:
    """
    Give what is parked under the *state* that goes out with a challenge.

    Args:
        key: 32 octets, under which a stage is sealed that holds a password.
    """
    if isinstance(stage, AwaitingUpstreamAnswer):
        login, account_id = stage.presumed.login, None
    else:
        login, account_id = stage.known.login, stage.known.account.id
    return Parked(
        state=state,
        login_id=login.login_id,
        account_id=account_id,
        client=login.client.name,
        username=fold_username(login.username),
        stage=park(stage, lambda plain: seal_under(key, plain, _context(login.login_id))),
        expires_at=answer.expires_at,
        replaceable=not isinstance(stage, AwaitingNewPassword),
    )


def parked_stage(parked: Parked, key: bytes) -> Parkable:
    """Give the stage that `parked_login` parked. Raises UnreadableRecord."""
    return unpark(parked.stage, lambda sealed: open_under(key, sealed, _context(parked.login_id)))


def _context(login_id: str) -> str:
    return f"parked login {login_id}"


def record_of(running: Running, answer: Answer, now: float) -> Record:
    """Give the record of a login that ends, or is parked, with this answer."""
    login = running.login
    assert login is not None
    known = running.known
    return Record(
        login_id=login.login_id,
        at=now,
        account_id=known.account.id if known is not None else None,
        directory=known.account.directory if known is not None else None,
        username=login.username,
        client=login.client.name,
        origin=login.origin,
        outcome=answer_name(answer),
        reason=_reason(answer),
        policy=known.decision.policy if known is not None else _refused_by(answer),
        transcript=transcript(running.steps, running.packed),
        detail=answer.detail if isinstance(answer, Reject) else None,
    )


def line_of(record: Record) -> LogEvent:
    """Give the log's event of a login, whole: `Logger.info` takes longer than writing the line."""
    event: LogEvent = {
        "log_level": LogLevel.warn if record.reason == "bypass" else LogLevel.info,
        "log_namespace": "proxy.runner",
        "log_format": "{outcome} {username} at {client}: {reason}",
        "log_time": record.at,
        "login_id": record.login_id,
        "outcome": record.outcome,
        "username": record.username,
        "client": record.client,
        "origin": record.origin,
        "reason": record.reason,
        "policy": record.policy,
    }
    if record.detail is not None:
        event["detail"] = record.detail
    return event


def _refused_by(answer: Answer) -> str | None:
    return answer.policy if isinstance(answer, Reject) else None


def _reason(answer: Answer) -> str:
    match answer:
        case Accept(factor=factor):
            return factor
        case Reject(reason=reason):
            return reason
        case Challenge(prompt=prompt):
            return prompt
        case Unanswered(reason=silence):
            return silence
        case _:
            assert_never(answer)


def next_state(running: Running, key: bytes) -> bytes:
    """
    Name a challenge: by chance, or by the State and text that brought it about.

    So two nodes that get the same answer to a State give out the same next one, which serves
    once; it cannot be foretold without the key. It is text without NUL: ocserv 1.1.6, for one,
    keeps a State as such (RFC 2865 section 5.24 has it as octets that the NAS does not change).
    """
    if running.resumed is None:
        return urlsafe_b64encode(urandom(STATE_LENGTH))
    named = keyed_digest(key, running.resumed, running.digest)
    return urlsafe_b64encode(named[:STATE_LENGTH])
