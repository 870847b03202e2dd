"""
One person who logs in by password and appended code, through everything but the operating system.

The daemon is composed as `countersign serve` does it, with a real store in a folder and its log's
lines in a text. Not real are what it waits for: a reactor whose time stands still, an LDAP server
on a network in memory, and the store's thread, whose work is done at once.
"""

import io
from contextlib import contextmanager
from unittest.mock import patch

from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher
from twisted.python.threadable import registerAsIOThread

from proxy.accounts.account import Person
from proxy.cli.logs import Lines, json_line
from proxy.factors.totp import TotpSeed, code_at
from proxy.frontends.radius.exchange import Source
from proxy.sealing import MasterKey
from proxy.secret import Secret
from proxy.serve import build
from proxy.settings.load import load
from proxy.store import accounts, engine, totp
from proxy.store.database import Database
from tests.peers.ldap_network import ALICE, LdapServer, Network, Wire
from tests.peers.nas import ACCESS_ACCEPT, CALLING_STATION_ID, USER_NAME, read_reply, request

SECRET = b"a-secret-of-more-than-twelve-octets"
SEED = TotpSeed(Secret(b"12345678901234567890"))
SOURCE = Source("192.0.2.10", 40000, "our address")
STEP = 30.0
"""Seconds between two codes."""
NOT_REAL = ("tests/", *(f"twisted/internet/{name}.py" for name in ("base", "task", "testing")))
"""Files of what is not real here: a reactor's turns and delayed calls are its own."""
THE_SERVERS = (Wire._arrive,)
"""What the LDAP server does: it uses our codec."""

CONFIG = """\
store: sqlite:///countersign.db
master_key: !file master.key
web: {url: https://mfa.example.org}
directories:
  corp:
    type: ldap
    servers: ["ldap://127.0.0.1:1"]
    allow_cleartext: true
    bind_dn: cn=service,dc=example
    bind_password: service
    search_base: dc=example
    user_filter: (uid={username})
    groups: {attribute: memberOf}
policies:
  - name: staff
    clients: [vpn]
    directory: corp
    groups: ["cn=vpn,dc=example"]
    factors: [totp]
    reply: [{attribute: Class, value: staff}]
clients:
  vpn: {networks: [192.0.2.0/24], secret: a-secret-of-more-than-twelve-octets, append_code: true}
"""


class InlineDisk:
    """Obeys `proxy.store.disk.Disk`; what is asked is done at once, and told in the next turn."""

    def __init__(self, loop):
        self._loop = loop

    def does(self, work):
        done = Deferred()
        self._loop.callLater(0, done.callback, work())
        return done

    def end(self):
        pass


class World:
    """One daemon; `opened` begins and ends it."""

    def __init__(self, folder):
        (folder / "master.key").write_text(MasterKey.create())
        (folder / "countersign.yaml").write_text(CONFIG)
        loaded = load(folder / "countersign.yaml")
        self.master = loaded.settings.master_key.key
        self.server = LdapServer()
        self.network = Network(self.server)
        self.network.running = True
        registerAsIOThread()  # as a reactor that runs does; so the log's lines wait for the turn's end
        self.log = io.StringIO()
        self.daemon = build(loaded, self.master, self.network)
        self.database = Database(loaded.settings.store)
        self.logins = 0
        self.datagram, self.replies = b"", []

    def start(self):
        """Begin what a login needs; no socket is opened, nothing listens."""
        self.database.now(self._enrol)
        self.daemon._store.start()
        self.daemon._in_force.directories.start()
        self.network.pass_time()

    def _enrol(self, session):
        person = Person("corp", "alice", None, ALICE, frozenset())
        account = accounts.ensure(session, person, self.network.seconds())
        totp.enroll(session, self.master, account.id, SEED, self.network.seconds())

    def stop(self):
        self.daemon._store.stop()
        self.network.pass_time()

    def prepare(self):
        """Let time pass until there is a new code; write the next Access-Request."""
        self.network.pass_time(STEP, STEP)
        self.logins += 1
        code = code_at(SEED, int(self.network.seconds() // STEP))
        self.datagram = request(
            SECRET,
            [(USER_NAME, b"alice"), (CALLING_STATION_ID, b"198.51.100.7")],
            identifier=self.logins,
            authenticator=self.logins.to_bytes(16, "big"),
            password=b"right," + code,
        )
        self.replies.clear()

    def log_in(self):
        """Take the Access-Request in and let everything happen, up to the reply and its line."""
        self.daemon._exchange.receive(self.datagram, SOURCE, self.replies.append)
        self.network.advance(0)

    def check(self):
        """Assert that the login was a whole one: code, record, answer and line."""
        (reply,) = self.replies
        assert ACCESS_ACCEPT == read_reply(reply, self.datagram, SECRET).code
        assert b"right" == self.server.binds[-1]
        assert self.logins == self.log.getvalue().count('"outcome":"accept"')
        query = "SELECT count(*) FROM login_records WHERE outcome = 'accept' AND reason = 'totp'"
        connection = self.database.connect_reader()
        assert self.logins == connection.execute(query).fetchone()[0]
        connection.close()


@contextmanager
def opened(folder):
    """Give a world that has begun."""
    with patch.object(engine, "Disk", InlineDisk):
        world = World(folder)
        world.start()
        lines = Lines(world.log, json_line, "info", world.network)
        globalLogPublisher.addObserver(lines)
        try:
            yield world
        finally:
            globalLogPublisher.removeObserver(lines)
            world.stop()
