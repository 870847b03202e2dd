"""
Stages that wait for the answer to a challenge, as text.

One that holds no secret is read as it stands. One that holds a password is sealed whole, for its
own login; the text then says which kind it is and nothing else. What does not fit is refused.
"""

import base64
import json
from collections.abc import Callable
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from proxy.login.actions import Accept
from proxy.login.events import PasswordProof
from proxy.login.record import UnreadableRecord, park_stage, unpark_stage
from proxy.login.stages import (
    AwaitingAnswer,
    AwaitingNewPassword,
    AwaitingSecondFactor,
    AwaitingUpstreamAnswer,
    Known,
    Parkable,
    PasswordDialogue,
)
from proxy.sealing import NotSealed
from proxy.secret import Secret

Seal = Callable[[Secret], bytes]
"""Seals octets for one login."""
Open = Callable[[bytes], Secret]
"""Opens what `Seal` made for the same login. Raises NotSealed."""

_KNOWN: Final = TypeAdapter(Known)
_ACCEPT: Final = TypeAdapter(Accept)
_PROOF: Final = TypeAdapter[PasswordProof | None](PasswordProof | None)


def park(stage: Parkable, seal: Seal) -> str:
    """Write a stage."""
    match stage:
        case AwaitingAnswer() | AwaitingUpstreamAnswer():
            return park_stage(stage)
        case AwaitingSecondFactor(inner=AwaitingAnswer() as inner):
            return _sealed("second factor", seal, _second_factor(stage, inner))
        case AwaitingNewPassword():
            return _sealed("new password", seal, _new_password(stage))
        case AwaitingSecondFactor():
            raise TypeError(f"{type(stage.inner).__name__} waits for no challenge")


def unpark(text: str, opens: Open) -> Parkable:
    """Read what `park` wrote. Raises UnreadableRecord."""
    if not text.startswith('{"sealed":'):
        return unpark_stage(text)
    try:
        kept = json.loads(text)
        content = json.loads(opens(base64.b64decode(kept["octets"], validate=True)).reveal())
        match kept["sealed"]:
            case "second factor":
                return _read_second_factor(content)
            case "new password":
                return _read_new_password(content)
    except (ValueError, KeyError, TypeError, NotSealed, ValidationError) as error:
        raise UnreadableRecord("sealed stage") from error
    raise UnreadableRecord("sealed stage")


def _sealed(kind: str, seal: Seal, content: dict[str, Any]) -> str:
    octets = seal(Secret(json.dumps(content).encode()))
    return json.dumps({"sealed": kind, "octets": base64.b64encode(octets).decode()})


def _second_factor(stage: AwaitingSecondFactor, inner: AwaitingAnswer) -> dict[str, Any]:
    return {"inner": park_stage(inner), "old": _text(stage.old.reveal()), "proof": stage.proof}


def _read_second_factor(content: dict[str, Any]) -> AwaitingSecondFactor:
    inner = unpark_stage(content["inner"])
    if not isinstance(inner, AwaitingAnswer):
        raise UnreadableRecord("parked stage")
    proof = _PROOF.validate_python(content["proof"])
    return AwaitingSecondFactor(inner.known, inner, Secret(_octets(content["old"])), proof)


def _new_password(stage: AwaitingNewPassword) -> dict[str, Any]:
    change = stage.change
    return {
        "known": _KNOWN.dump_json(stage.known).decode(),
        "accept": _ACCEPT.dump_json(change.accept).decode(),
        "old": _text(change.old.reveal()),
        "forced": change.forced,
        "ends_at": change.ends_at,
        "first": None if change.first is None else _text(change.first),
        "tries": change.tries,
    }


def _read_new_password(content: dict[str, Any]) -> AwaitingNewPassword:
    first = content["first"]
    change = PasswordDialogue(
        accept=_ACCEPT.validate_json(content["accept"]),
        old=Secret(_octets(content["old"])),
        forced=bool(content["forced"]),
        ends_at=float(content["ends_at"]),
        first=None if first is None else _octets(first),
        tries=int(content["tries"]),
    )
    return AwaitingNewPassword(_KNOWN.validate_json(content["known"]), change)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _octets(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
