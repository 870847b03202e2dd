"""
A daemon in front of one directory, and FreeRADIUS's radclient as its NAS.

Three clients by their loopback addresses: TOLD may show a challenge, so that reasons are told to
whoever proved the password; UNTOLD may not; CODE takes `password,code`. To the first two, whoever
is in the group `vpn` passes by the password alone.
"""

import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from twisted.internet import reactor

from proxy.firstfactor.directories import Directories
from proxy.login.actions import FindPerson
from proxy.ports import Found
from proxy.settings.load import load
from proxy.settings.plain import directory_options
from tests.peers.daemon import SECRET, Daemon, client

TOLD, UNTOLD, CODE = (f"127.0.0.{last}" for last in (41, 42, 43))

WRITTEN = 10.0
"""Seconds in which a line must be in the daemon's log."""

needs_radclient = pytest.mark.skipif(
    shutil.which("radclient") is None or shutil.which("oathtool") is None,
    reason="radclient or oathtool are not installed",
)


@dataclass(frozen=True)
class Told:
    """What the NAS was told."""

    outcome: str
    """Accept, Reject, Challenge, or empty: nothing came."""
    text: str = ""
    filter_ids: set[str] = field(default_factory=set)


REFUSED = Told(
    "Reject", "Login failed. Check your name, your password and your code, then try again."
)
"""Without a reason."""
EXPIRED = ("password-expired", "Your password has expired. Change it, then log in again.")
MUST_CHANGE = (
    "password-must-change",
    "Your password must be changed first. Change it, then log in again.",
)


@dataclass(frozen=True)
class Refusals:
    """What somebody was told, each time of a refusal, and the reasons in the record."""

    told: Told
    """The right password, where a reason can be shown."""
    reason: str
    untold: Told = REFUSED
    """The same where none can."""
    wrong: Told = REFUSED
    """A wrong password."""
    wrong_reason: str = "bad-credentials"


class Front:
    """One daemon; a context manager."""

    def __init__(self, folder: Path, directory, *, vpn, groups=None) -> None:
        named = [
            {"attribute": "Filter-Id", "value": word, "groups": [dn]}
            for word, dn in (groups or {}).items()
        ]
        self._logins = 0
        plain = {"clients": ["told", "untold"], "directory": "corp", "factors": [], "reply": named}
        self.daemon = Daemon(
            folder,
            directory,
            {
                "told": client(TOLD, challenge=True),
                "untold": client(UNTOLD),
                "code": client(CODE, append_code=True),
            },
            [
                {"name": "vpn", "groups": [vpn], **plain},
                {"name": "code", "clients": ["code"], "directory": "corp", "factors": ["totp"]},
            ],
        )

    def __enter__(self) -> "Front":  # noqa: PYI034 - a peer is not subclassed
        self.daemon.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.stop()

    def login(self, name: str, password: str, source: str = TOLD) -> Told:
        """Send one Access-Request; give what radclient shows of a reply that it verified."""
        self._logins += 1
        attributes = (
            f'User-Name = "{name}"\nUser-Password = "{password}"\n'
            f"Message-Authenticator = 0x00\nPacket-Src-IP-Address = {source}\n"
        )
        server = f"127.0.0.1:{self.daemon.radius_port}"
        ran = subprocess.run(
            ["radclient", "-x", "-r", "1", "-t", "10", server, "auth", SECRET.decode()],
            input=attributes,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        received = ran.stdout.partition("Received ")[2]
        outcome = re.match(r"Access-(\w+) ", received)
        return Told(
            outcome[1] if outcome else "",
            "".join(re.findall(r'Reply-Message = "(.*)"', received)),
            set(re.findall(r'Filter-Id = "(.*)"', received)),
        )

    def outcome(self, name: str, password: str, source: str = TOLD) -> str:
        """The same; the outcome alone."""
        return self.login(name, password, source).outcome

    def refusals(self, name: str, password: str) -> Refusals:
        """Try the right *password* at both clients, then a wrong one."""
        told, reason = self.login(name, password), self.reason()
        untold = self.login(name, password, UNTOLD)
        return Refusals(told, reason, untold, self.login(name, "wrong"), self.reason())

    async def vouched(self, name: str) -> Found:
        """Have somebody found whose password nobody will try, as the daemon would."""
        directories = Directories(directory_options(load(self.daemon.file).settings), reactor)
        directories.start()
        try:
            return await directories.find(FindPerson(("corp",), name, vouched=True))
        finally:
            await directories.stop()

    def enrol(self, name: str) -> str:
        """Enrol an authenticator app with the command; give its seed."""
        uri = self.daemon.command("totp", "enroll", name)
        return re.search(r"secret=([A-Z2-7]+)", uri)[1]

    def account(self, name: str) -> dict[str, object]:
        """Give what the store knows of an account."""
        return self.daemon.json("account", "show", name)

    def reason(self) -> str:
        """Give the reason in the daemon's line about the last login, which may come after its answer."""
        until = time.monotonic() + WRITTEN
        while len(reasons := self._reasons()) < self._logins:
            assert time.monotonic() < until, reasons
            time.sleep(0.01)
        return reasons[-1]

    def _reasons(self):
        """Give the reasons of all logins so far; the last line may not be whole yet."""
        lines = self.daemon.text().splitlines(keepends=True)
        told = [json.loads(line) for line in lines if line[:1] == "{" and line.endswith("\n")]
        return [line["reason"] for line in told if "outcome" in line]

    def check(self, expect: int = 0, **directory: object) -> str:
        """Let `check --connect` look, perhaps at another directory; give what it says of it."""
        before = self.daemon.configuration["directories"]
        try:
            if directory:
                self.daemon.configuration["directories"] = {"corp": directory}
                self.daemon._write()
            said = self.daemon.command("check", "--connect", expect=expect)
        finally:
            self.daemon.configuration["directories"] = before
            self.daemon._write()
        return "\n".join(
            line
            for line in said.splitlines()
            if "directories.corp" in line and "written out" not in line
        )
