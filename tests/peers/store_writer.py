"""
A process that writes to a store as fast as it is answered, until it is killed.

Each thing written is printed only when the store has said that it is durable.
"""

import sys

from sqlalchemy import bindparam, insert
from twisted.internet import reactor

from proxy.store.engine import Database, Store
from proxy.store.schema import notices

INSERT = insert(notices).values(at=1.0, kind="durable", subject=bindparam("subject"))
AT_ONCE = 64


def write_for_ever(store: Store, number: int) -> None:
    """Write *number*, tell it, and go on with a later one."""
    written = store.write(lambda session: session.insert(INSERT, subject=str(number)))
    written.addCallback(lambda _: print(number, flush=True))
    written.addCallback(lambda _: write_for_ever(store, number + AT_ONCE))


if __name__ == "__main__":
    store = Store(Database(sys.argv[1]), reactor)
    store.start()
    for number in range(AT_ONCE):
        write_for_ever(store, number)
    reactor.run()
