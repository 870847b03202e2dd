"""
The end of a run: what the NASes and phones saw, held against what the store says.

Nothing that was answered is lost; no code and no approval served twice; nothing is kept beyond the
records and what has its time.
"""

import time
from collections import Counter, defaultdict

from proxy.factors import approval, jws
from proxy.factors.jwk import PublicKey
from proxy.firstfactor.pool import BINDS, SEARCHES
from proxy.store.housekeeping import NOTICES_KEPT, PARKED_KEPT, REQUESTS_KEPT, TIDY_EVERY
from tests.soak.measure import KILOBYTE, read

SLACK = 2 * TIDY_EVERY
"""Seconds that what has had its time may stay."""
WARMING = 10 * KILOBYTE * KILOBYTE
"""
Octets of memory that a life may take more than it had after some seconds, whatever it does.

Measured at 60 logins a second: 8 MB from the 20th second to the 200th (12,000 records), 1 MB in the
200 after them. Smaller page caches of SQLite lower the level, not this growth.
"""
MOST_RESIDENT_A_RECORD = 200
"""Octets of memory for each login recorded: of the hour's 40,000 a lost object each would show."""
MOST_TO_THE_DIRECTORY = SEARCHES.connections + BINDS.connections
"""The pools open what is needed, and close what is idle."""
MOST_A_RECORD = 4 * KILOBYTE
"""Octets of store for each login recorded, its State, its approval and its proofs among it."""


def reckon(world, history):
    """Note everything in the store that contradicts what was seen."""
    connection = read(world.daemon.database.path)
    try:
        for check in (_records, _approvals, _answers, _claims, _ages):
            history.wrongs += check(connection, history)
    finally:
        connection.close()
    faults = world.daemon.faults()
    if faults:
        history.wrongs.append(("daemon", f"its log has {len(faults)} faults: {faults[0]}"))


def _records(connection, history):
    """Every Access-Accept and Access-Challenge that a NAS received is recorded."""
    (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
    if sound != "ok":
        yield "daemon", f"the store is not sound: {sound}"
    recorded = defaultdict(Counter)
    for origin, outcome, username in connection.execute(
        "SELECT origin, outcome, username FROM login_records"
    ):
        recorded[origin, username][outcome] += 1
    for story in history.stories:
        kept = recorded[story.caller, story.person]
        if len(story.accepted) > kept["accept"]:
            yield story.caller, f"{len(story.accepted)} accepts came, {kept['accept']} are kept"
        if len(story.states) > kept["challenge"]:
            yield story.caller, f"{len(story.states)} challenges came, {kept['challenge']} are kept"


def _approvals(connection, history):
    """Every approval that was shown is known."""
    known = {identity for (identity,) in connection.execute("SELECT id FROM approvals")}
    for story in history.stories:
        if not story.pushes <= known:
            yield story.caller, "the phone showed a request that the store does not know"


def _answers(connection, _):
    """What the phones answered is kept, and still verifies."""
    for identity, origin, state, answer, key in connection.execute(
        "SELECT a.id, a.origin, a.state, a.answer, d.public_jwk"
        " FROM approvals a JOIN devices d ON d.id = a.device_id"
        " WHERE a.state IN ('approved', 'denied', 'reported')"
    ):
        said = jws.read(answer, approval.ANSWER_TYPE).verify(PublicKey.parse_text(key))
        if said["id"] != identity or not state.startswith(said["decision"].rstrip("y")):
            yield origin, f"approval {identity} is {state}, its answer says otherwise"


def _claims(connection, _):
    """Every login that a phone let in has one approval, and no approval has two logins."""
    claims = Counter()
    for identity, origin, state, claimed_by in connection.execute(
        "SELECT id, origin, state, claimed_by FROM approvals WHERE claimed_by IS NOT NULL"
    ):
        claims[claimed_by] += 1
        if state != "approved":
            yield origin, f"approval {identity} was claimed and is {state}"
    for login_id, origin in connection.execute(
        "SELECT login_id, origin FROM login_records WHERE outcome = 'accept' AND reason = 'push'"
    ):
        if claims[login_id] != 1:
            yield origin, f"login {login_id} was admitted by {claims[login_id]} approvals"


def _ages(connection, _):
    """What has had its time is gone."""
    now = time.time()
    for table, column, before in (
        ("parked_logins", "expires_at", now - PARKED_KEPT),
        ("used_proofs", "expires_at", now),
        ("approval_requests", "at", now - REQUESTS_KEPT),
        ("notices", "at", now - NOTICES_KEPT),
    ):
        (old,) = connection.execute(
            f"SELECT count(*) FROM {table} WHERE {column} < ?", (before - SLACK,)
        ).fetchone()
        if old:
            yield "daemon", f"{old} rows of {table} have had their time"


def grown(first, last):
    """Say what grew between two looks at the same process and should not have."""
    wrong = []
    records = last.rows["login_records"] - first.rows["login_records"]
    if last.resident - first.resident > WARMING + MOST_RESIDENT_A_RECORD * records:
        wrong.append(f"memory grew from {first.resident >> 10} to {last.resident >> 10} KiB")
    more = last.descriptors - first.descriptors
    if last.descriptors["directory"] <= MOST_TO_THE_DIRECTORY:
        del more["directory"]
    if more:
        wrong.append(f"descriptors grew by {dict(more)}")
    if last.stored - first.stored > MOST_A_RECORD * max(records, 100):
        wrong.append(f"the store grew by {last.stored - first.stored} octets for {records} records")
    return wrong
