"""A database of its own for each test; properties without a clock."""

import pytest
from hypothesis import HealthCheck, settings

from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.store.engine import Database, Store
from proxy.store.session import Session
from tests.peers.loop import HandTurnedLoop

# How long an example takes says something of the machine, nothing of the property.
settings.register_profile("timeless", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("timeless")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """The octets of a database that has all tables and no rows."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    return path.read_bytes()


class ClosedDatabase(Database):
    """Closes what a test left open."""

    def __init__(self, url):
        super().__init__(url)
        self._opened = []

    def connect(self):
        self._opened.append(super().connect())
        return self._opened[-1]

    def connect_reader(self):
        self._opened.append(super().connect_reader())
        return self._opened[-1]

    def close(self):
        for connection in self._opened:
            connection.close()


@pytest.fixture
def database(tmp_path, empty_database):
    """A migrated database."""
    path = tmp_path / "test.db"
    path.write_bytes(empty_database)
    made = ClosedDatabase(f"sqlite:///{path}")
    yield made
    made.close()


@pytest.fixture
def master():
    """A master key."""
    return MasterKey(Secret(b"k" * 32))


@pytest.fixture
def loop():
    """The event loop of the test."""
    return HandTurnedLoop()


@pytest.fixture
def store(database, loop):
    """A started store; what it reports waits for `loop.result`."""
    store = Store(database, loop)
    store.start()
    yield store
    loop.result(store.stop())


@pytest.fixture
def session(database):
    """A transaction on a database without rows."""
    connection = database.connect()
    yield Session(connection)
    connection.close()
