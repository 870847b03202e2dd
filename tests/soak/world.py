"""The parts of a soak: a real directory, a real daemon, people with apps and phones."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from proxy.accounts.account import Person as DirectoryPerson
from proxy.factors.jwk import SigningKey
from proxy.factors.key_list import parse_jwks
from proxy.factors.totp import TotpSeed, code_at, new_seed
from proxy.login.fatigue import DEFAULT
from proxy.phone.client import Client
from proxy.phone.home import Enrolled, Home
from proxy.phone.inbox import Inbox
from proxy.store import accounts, approvals, devices, fatigue, totp
from tests.peers.daemon import Daemon, client
from tests.peers.slapd import PEOPLE, Slapd, person

HELD, ASKED, APPENDED = (f"127.0.0.{last}" for last in range(20, 23))
"""Where the NASes are: one that waits, one that shows challenges, one whose codes are appended."""
WAIT = 6.0
LIFETIME = 12.0
"""Seconds that a push can be answered."""
LATE = 10.0
STEP = 30


@dataclass
class Coder:
    """A person with an authenticator app."""

    name: str
    seed: TotpSeed
    last_step: int = 0
    """No code up to this step is typed again but to see it refused."""
    failures: int = 0
    """Wrong codes in a row, at most."""

    @property
    def password(self):
        return f"{self.name}-password"

    def fresh_code(self):
        """Give a code that was never used and will be good for half a minute; None: wait."""
        present = int(time.time()) // STEP
        step = max(self.last_step + 1, present)
        if step > present + 1:
            return None
        self.last_step = step
        return code_at(self.seed, step).decode()

    def wrong_code(self):
        """Give a code that is none of the window's, and will be none for a while."""
        present = int(time.time()) // STEP
        window = {code_at(self.seed, present + offset).decode() for offset in range(-3, 5)}
        return next(code for code in (f"{n}" * 6 for n in range(9)) if code not in window)


@dataclass
class Phoner:
    """A person with a phone."""

    name: str
    client: Client
    inbox: Inbox
    free_at: float = 0.0
    """Monotonic time at which the last ignored request has ended."""
    plans: dict = field(default_factory=dict)
    """What the person does with a request, by its origin."""
    tidy: bool = False
    """A story ended in the middle: the phone is to deny what is left of it."""

    @property
    def password(self):
        return f"{self.name}-password"


class World:
    """Everything that runs; a context manager."""

    def __init__(self, folder, coders, phoners):
        self.folder = folder
        (folder / "daemon").mkdir(parents=True)
        self.slapd = Slapd(folder / "slapd")
        self.daemon = self._daemon()
        self.coders, self.phoners = [], []
        self._wanted = coders, phoners
        self.epoch = 0
        """Counts lives and deaths: even while the daemon is ready."""

    def _daemon(self):
        factors = ["push", "totp"]
        rules = {"directory": "corp", "factors": factors}
        return Daemon(
            self.folder / "daemon",
            self.slapd.directory_settings(),
            {
                "held": client(HELD, wait=f"{WAIT:.0f}s"),
                "asked": client(ASKED, challenge=True),
                "appended": client(APPENDED, append_code=True),
            },
            [{"name": name, "clients": [name], **rules} for name in ("held", "asked", "appended")],
            push={"lifetime": f"{LIFETIME:.0f}s", "late_approval": f"{LATE:.0f}s"},
            # Everybody comes from another place each time, and most type the same wrong password.
            shield={"attempts": 1000, "strangers": 1000, "spray_people": 1000},
            log={"level": "warn"},
        )

    def __enter__(self):
        coders, phoners = self._wanted
        names = [f"c{n:03d}" for n in range(coders)] + [f"p{n:03d}" for n in range(phoners)]
        self.slapd.change("\n".join(map(person, names)))
        self.daemon.start()
        master, database = self.daemon.master, self.daemon.database

        def enrol(session):
            seeds, codes = {}, {}
            for name in names:
                person = DirectoryPerson("corp", name, None, f"uid={name},{PEOPLE}", frozenset())
                account = accounts.ensure(session, person, time.time())
                if name.startswith("c"):
                    seeds[name] = seed = new_seed()
                    totp.enroll(session, master, account.id, seed=seed, now=time.time())
                else:
                    codes[name] = devices.invite(
                        session, master, account.id, replace=False, ttl=600, now=time.time()
                    )
            return seeds, codes

        seeds, invited = database.now(enrol)
        self.coders = [Coder(name, seed) for name, seed in seeds.items()]
        self.phoners = [Phoner(name, *self._phone(name, code)) for name, code in invited.items()]
        return self

    def unlock(self, name):
        """Have an admin forget what a person's pushes came to: the next one is sent at once."""

        def job(session):
            now = time.time()
            account = accounts.find(session, "corp", name).account
            approvals.expire_some(session, 1000, DEFAULT, now)
            fatigue.forget(session, account.id)

        self.daemon.database.now(job)

    def _phone(self, name, code):
        """Enrol a phone as the terminal phone does."""
        key, url = SigningKey.create(), self.daemon.url
        ca = Path(self.daemon.ca).read_text()
        caller = Client(url, key, ca)
        told = caller.enroll(code, name)
        server_keys = parse_jwks(told["server_keys"])
        kept = {kid: server_key.to_jwk() for kid, server_key in server_keys.items()}
        enrolled = Enrolled(url, url, key.kid, told["account"], kept, ca)
        home = Home(self.folder / "phones" / name)
        home.keep(key, enrolled)
        return caller, Inbox(caller, home, enrolled)

    def __exit__(self, *_):
        for phoner in self.phoners:
            phoner.client.close()
        self.daemon.stop()
        self.slapd.kill()
