"""
The daemon, run as an operator runs it; phones and codes for everybody by the store's own functions.

Six clients by their addresses: for the password alone, for a push as well, for the password where
the policy goes by groups, for the password with an appended code, for the password inside EAP, and
for devices that are remembered there. All else is as it is by default: duplicates, policy, durable
records, the log.
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.certificate import Certificate
from benchmarks.directory import (
    GROUPS,
    GROUPS_BASE,
    PEOPLE_BASE,
    SERVICE,
    SERVICE_PASSWORD,
    Directory,
    group_of,
)
from benchmarks.load import SECRET
from benchmarks.process import Process
from proxy.accounts.device import Candidate
from proxy.factors.jwk import SigningKey
from proxy.factors.totp import TotpSeed, new_seed
from proxy.sealing import MasterKey
from proxy.store import accounts, devices, totp
from proxy.store.database import Database
from proxy.store.session import Session

PLAIN = "127.0.0.1"
"""Requests from here need the password alone."""
HELD = "127.0.0.2"
"""Requests from here wait for a phone."""
GROUPED = "127.0.0.3"
"""Requests from here need the password, and the person's groups are searched for."""
CODE = "127.0.0.4"
"""Requests from here need the password with a code appended."""
WIRELESS = "127.0.0.5"
"""Requests from here bring EAP-TTLS, and need the password alone."""
AGAIN = "127.0.0.6"
"""Requests from here bring EAP-TTLS, and need a code as well, but from a remembered device."""

_GROUPS = json.dumps([group_of(number) for number in range(GROUPS)])

_LDAP = f"""\
    type: ldap
    servers: ["ldap://127.0.0.1:{{ldap_port}}"]
    allow_cleartext: true
    bind_dn: {SERVICE}
    bind_password: {SERVICE_PASSWORD}
    search_base: {PEOPLE_BASE}
    user_filter: (uid={{{{username}}}})"""

_CONFIGURATION = f"""
store: sqlite:///countersign.db
master_key: !file master.key
shutdown_grace: 0s
radius: {{{{listen: ["127.0.0.1:0"]}}}}
web: {{{{listen: "127.0.0.1:0", url: "https://127.0.0.1"}}}}
directories:
  corp:
{_LDAP}
  grouped:
{_LDAP}
    groups: {{{{search_base: "{GROUPS_BASE}", filter: "(member={{{{dn}}}})"}}}}
push: {{{{lifetime: 10m}}}}
eap: {{{{certificate: {{certificate}}, private_key: {{key}}}}}}
policies:
  - {{{{name: plain, clients: [plain, wireless], directory: corp, factors: []}}}}
  - {{{{name: held, clients: [held], directory: corp, factors: [push]}}}}
  - name: grouped
    clients: [grouped]
    directory: grouped
    groups: {_GROUPS}
    factors: []
    reply: [{{{{attribute: Filter-Id, value: g02, groups: ["{group_of(2)}"]}}}}]
  - {{{{name: code, clients: [code], directory: corp, factors: [totp]}}}}
  - {{{{name: again, clients: [again], directory: corp, factors: [totp], remember: 12h}}}}
clients:
  plain: {{{{networks: [{PLAIN}/32], secret: {SECRET}}}}}
  held: {{{{networks: [{HELD}/32], secret: {SECRET}, wait: 5m}}}}
  grouped: {{{{networks: [{GROUPED}/32], secret: {SECRET}}}}}
  code: {{{{networks: [{CODE}/32], secret: {SECRET}, append_code: true}}}}
  wireless: {{{{networks: [{WIRELESS}/32], secret: {SECRET}, eap: [ttls]}}}}
  again:
    networks: [{AGAIN}/32]
    secret: {SECRET}
    eap: [ttls]
    append_code: true
    caller_is: device
"""


class Countersign(Process):
    """
    One daemon.

    Args:
        folder: a folder that is there and empty.
        shown: what devices see.
        module: what Python runs, and words before those of the command.
    """

    def __init__(
        self,
        folder: Path,
        directory: Directory,
        shown: Certificate,
        module: tuple[str, ...] = ("proxy",),
    ) -> None:
        self._log = folder / "countersign.log"
        self._database = Database(f"sqlite:///{folder}/countersign.db")
        key = MasterKey.create()
        self._master = MasterKey.parse(key.encode())
        (folder / "master.key").write_text(key)
        configuration = folder / "countersign.yaml"
        configuration.write_text(
            _CONFIGURATION.format(
                ldap_port=directory.port, certificate=shown.certificate, key=shown.key
            )
        )
        super().__init__(
            [sys.executable, "-m", *module, "serve", "--config", configuration],
            self._log,
            lambda: "countersign: ready" in self._log.read_text(),
        )
        self.port = self._bound_port()

    def _bound_port(self) -> int:
        for line in self._log.read_text().splitlines():
            if line.startswith("countersign: radius "):
                return int(line.rpartition(":")[2])
        raise ValueError("found no RADIUS listener in the log")

    def enrol_everybody(self) -> int:
        """Enrol a phone for every account that has logged in; give how many."""
        return self._database.now(lambda session: _enrol(session, self._master, time.time()))

    def enrol_codes(self) -> dict[str, TotpSeed]:
        """Enrol a seed for every account of the directory without groups; give them by name."""
        return self._database.now(lambda session: _enrol_codes(session, self._master, time.time()))

    def pending(self) -> int:
        """Give how many approval requests are open."""
        connection = self._database.connect_reader()
        try:
            query = "SELECT count(*) FROM approvals WHERE state = 'open'"
            count: int = connection.execute(query).fetchone()[0]
        finally:
            connection.close()
        return count


def _enrol_codes(session: Session, master: MasterKey, now: float) -> dict[str, TotpSeed]:
    seeds = {}
    for one in accounts.list_accounts(session):
        if one.account.directory == "corp":
            seed = seeds[one.account.user_name] = new_seed()
            totp.enroll(session, master, one.account.id, seed, now)
    return seeds


def _enrol(session: Session, master: MasterKey, now: float) -> int:
    everybody = accounts.list_accounts(session)
    for one in everybody:
        code = devices.invite(session, master, one.account.id, replace=False, ttl=60.0, now=now)
        key = SigningKey.create().public
        phone = Candidate(key.thumbprint, key.to_text(), "phone", "proof")
        devices.enrol(session, master, code, phone, now)
    return len(everybody)
