"""
Logins as text: the transcript that is kept, the stage that is parked, the outcome given again.

Secrets hide themselves (`***`). What is parked holds no secret and is read back strictly: a text
that does not fit is refused, never guessed at.
"""

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import cache, partial
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from proxy.login.actions import Accept, Action, Answer, Challenge, Reject, Unanswered
from proxy.login.events import Event
from proxy.login.stages import ParkedStage

_TOLD: Final = {
    *("person", "login", "client", "method", "state", "relay", "relayed", "passed", "text"),
    *("digits_where_new", "vouched"),
}
"""Of an action: an event told it before, or the record itself does."""
_SEALED: Final = {"state", "passed", "relay"}
"""Of an event: what tells nobody anything, or is the request's own."""
_USUAL: Final = (
    b'["LoginStarted",{},"FindPerson",{"directories":[""],"username":""}],["PersonFound",{"person":'
    b'{"directory":"","user_name":"","stable_id":"","dn":"uid=,ou=,dc=","groups":[],"attributes":[]}},"LoadAccount"'
    b',{}],["AccountLoaded",{"account":{"id":,"directory":"","user_name":"","blocked":null},'
    b'"enrolments":{"device_id":"","totp_digits":null,"recovery_codes":0,"passkey":false}},'
    b'"CheckFirstFactor",{"password":"***"}],["FirstFactorPassed",{},"AskApproval",{"account_id":,'
    b'"account_name":"","number_digits":0,"verify_user":false}],["ApprovalAsked",{"approval_id":"",'
    b'"number":null,"expires_at":,"joined":false},"AwaitApproval",{"approval_id":""}]'
)
"""What the steps of a login that waits usually say: what is packed refers to it (RFC 1950's preset
dictionary). Another text packs as rightly, only less well."""
_WINDOW: Final = -11
"""2 kB, without a header: more than there is to look back to."""
_EFFORT: Final = 3
"""Memory for packing, a few kB."""
_ANSWERS: Final = {kind.__name__: kind for kind in (Accept, Reject, Challenge, Unanswered)}


class UnreadableRecord(Exception):  # noqa: N818 - it names what was found
    """A parked stage or outcome that this version did not write."""


_adapters: Final[dict[type[Any], TypeAdapter[Any]]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    known = _adapters.get(kind)
    if known is None:
        known = _adapters[kind] = TypeAdapter(kind)
    return known


@cache
def _parked() -> TypeAdapter[ParkedStage]:
    return TypeAdapter(ParkedStage)


class _Writers(dict[type[Any], tuple[bytes, Callable[[Any], bytes]]]):
    """The name of a class, and what writes its values; each step of a login has two."""

    def __init__(self, left_out: set[str]) -> None:
        self._left_out = left_out

    def __missing__(self, kind: type[Any]) -> tuple[bytes, Callable[[Any], bytes]]:
        writes: Callable[..., bytes] = _adapter(kind).serializer.to_json
        left_out = self._left_out & {one.name for one in fields(kind)}
        if left_out:
            writes = partial(writes, exclude=left_out)
        self[kind] = kind.__name__.encode(), writes
        return self[kind]


_events: Final = _Writers(_SEALED)
_actions: Final = _Writers(_TOLD)


def pack(steps: Sequence[bytes]) -> tuple[bytes]:
    """Pack the steps of a login that is going to wait: a quarter of their size stays in memory."""
    packer = zlib.compressobj(wbits=_WINDOW, memLevel=_EFFORT, zdict=_USUAL)
    return (packer.compress(b",".join(steps)) + packer.flush(),)


def _unpack(packed: bytes) -> bytes:
    return zlib.decompressobj(_WINDOW, _USUAL).decompress(packed)


def transcript(steps: Iterable[bytes], packed: Iterable[bytes] = ()) -> str:
    """Write the steps of a login (from `write_step`; before them *packed* ones) as a JSON list."""
    return f"[{b','.join([*map(_unpack, packed), *steps]).decode()}]"


def write_step(event: Event, action: Action) -> bytes:
    """
    Write one step of a login: `[event, {...}, action, {...}]` in JSON.

    It is written when it is taken, so that a login that waits holds no password and no groups.
    """
    happened, tells = _events[type(event)]
    wanted, asks = _actions[type(action)]
    return b'["%b",%b,"%b",%b]' % (happened, tells(event), wanted, asks(action))


def park_stage(stage: ParkedStage) -> str:
    """Write the stage of a login that waits for a code, a phone or another server's question."""
    return _parked().dump_json(stage).decode()


def unpark_stage(text: str) -> ParkedStage:
    """Read what `park_stage` wrote. Raises UnreadableRecord."""
    try:
        stage: ParkedStage = _parked().validate_json(text)
    except ValidationError as error:
        raise UnreadableRecord("parked stage") from error
    return stage


def keep_outcome(answer: Answer, state: bytes | None) -> str:
    """Write an answer, with the State that went out with it."""
    value = _adapter(type(answer)).dump_python(answer, mode="json")
    carried = None if state is None else base64.b64encode(state).decode()
    return json.dumps({"answer": type(answer).__name__, "value": value, "state": carried})


def read_outcome(text: str) -> tuple[Answer, bytes | None]:
    """Read what `keep_outcome` wrote. Raises UnreadableRecord."""
    try:
        kept = json.loads(text)
        answer: Answer = _adapter(_ANSWERS[kept["answer"]]).validate_python(kept["value"])
        state = None if kept["state"] is None else base64.b64decode(kept["state"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableRecord("outcome") from error
    return answer, state
