"""
Sign-ins that wait for a second factor: what a browser goes on with, named by the id it holds.

The State of the login stays here: it is in no page and no URL.
"""

from sqlalchemy import bindparam, delete, insert, select

from proxy.accounts.self_service import SignIn
from proxy.login.record import UnreadableRecord, unpark_stage
from proxy.login.stages import AwaitingAnswer
from proxy.store import open_approvals
from proxy.store.schema import parked_logins, web_sign_ins
from proxy.store.session import Session

_KEEP = insert(web_sign_ins)
_FIND = select(*[one for one in web_sign_ins.columns if one.name != "id_digest"]).where(
    web_sign_ins.c.id_digest == bindparam("digest"), web_sign_ins.c.expires_at > bindparam("now")
)
_END = delete(web_sign_ins).where(web_sign_ins.c.id_digest == bindparam("digest"))
_STAGE = select(parked_logins.c.stage).where(
    parked_logins.c.state == bindparam("the_state"), parked_logins.c.taken_at.is_(None)
)


def keep(session: Session, digest: bytes, sign_in: SignIn, instead_of: bytes) -> None:
    """Keep a sign-in; the one that the browser had before (b"": none) is over."""
    session.run(_END, digest=instead_of)
    session.run(
        _KEEP,
        id_digest=digest,
        login_id=sign_in.login_id,
        username=sign_in.username,
        state=sign_in.state,
        shown=sign_in.shown,
        intent=sign_in.intent,
        expires_at=sign_in.expires_at,
    )


def find(session: Session, digest: bytes, now: float) -> SignIn | None:
    """Find a sign-in that can still be gone on with."""
    row = session.row(_FIND, digest=digest, now=now)
    return None if row is None else SignIn(*row)


def end(session: Session, digest: bytes) -> None:
    """Forget a sign-in."""
    session.run(_END, digest=digest)


def has_news(session: Session, sign_in: SignIn, now: float) -> bool:
    """Say whether the push of a sign-in was answered, or can be no more; False: it is open."""
    parked = session.row(_STAGE, the_state=sign_in.state)
    if parked is None:
        return True
    try:
        stage = unpark_stage(parked["stage"])
    except UnreadableRecord:
        return True
    approval = stage.dialogue.approval if isinstance(stage, AwaitingAnswer) else None
    if approval is None:
        return False
    found = open_approvals.for_answer(session, approval.id)
    return found is None or found.state != "open" or found.expires_at <= now
