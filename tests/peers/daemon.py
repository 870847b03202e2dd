"""
The product as an operator runs it: a configuration file, a process, commands beside it.

Ports are free ones that the daemon chose and printed. Everything is ended by pid. `kill` is
`kill -9`; what a story then expects must stand in the store.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import yaml

from proxy.sealing import MasterKey
from proxy.store.database import Database

SECRET = b"a-shared-secret-of-these-tests"
READY = 20.0
"""Seconds in which it must be ready, on a slow machine."""
PEM = "tls/ca.pem"
READ_AGAIN, REFUSED = "the configuration was read again", "the configuration is refused"


class Tagged(str):
    """A YAML scalar with a tag, as `!file PATH`."""

    __slots__ = ()


yaml.SafeDumper.add_representer(
    Tagged, lambda dumper, value: dumper.represent_scalar("!file", str(value))
)


def client(source, **changed):
    """Give the settings of a client at one loopback address."""
    return {"networks": [f"{source}/32"], "secret": SECRET.decode(), "wait": "6s", **changed}


class Daemon:
    """
    One daemon with its folder; more than one start works on the same store.

    *host* is how phones and browsers name it.
    """

    def __init__(self, folder: Path, directory, clients, policies, *, host="127.0.0.1", **changed):
        self.folder = folder
        self.environment = {}
        """Beside its own: what a service manager would set."""
        self.wrapped = list
        """Gives the command that is started, from the daemon's own."""
        self.web_port = free_port()
        self.url = f"https://{host}:{self.web_port}"
        self.configuration = {
            "store": f"sqlite:///{folder}/store/countersign.db",
            "master_key": Tagged(str(folder / "store/master.key")),
            "shutdown_grace": "3s",
            "radius": {"listen": [f"0.0.0.0:{free_port()}"], "reject_delay": "200ms"},
            "web": {"listen": f"127.0.0.1:{self.web_port}", "url": self.url},
            "directories": {"corp": directory},
            "policies": policies,
            "clients": clients,
            **changed,
        }
        (folder / "store").mkdir(exist_ok=True)
        self.file = folder / "countersign.yaml"
        self.log = folder / "daemon.log"
        self.process = None
        self.radius_port = 0
        self._write()

    def _write(self):
        self.file.write_text(yaml.safe_dump(self.configuration, sort_keys=False))

    @property
    def ca(self):
        return str(self.folder / "store" / PEM)

    @property
    def database(self):
        """Its store, from outside, as a command opens it."""
        return Database(self.configuration["store"])

    @property
    def master(self):
        """Its master key."""
        return MasterKey.parse(Path(self.configuration["master_key"]).read_bytes())

    def start(self):
        """Start it and wait until it is ready; a later start takes the ports of the first."""
        before = len(self.text())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.wrapped([sys.executable, "-m", "proxy", "--config", str(self.file), "serve"]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
            )
        ends_at = time.monotonic() + READY
        while "countersign: ready" not in (told := self.text()[before:]):
            assert self.process.poll() is None, told
            assert time.monotonic() < ends_at, told
            time.sleep(0.05)
        (line,) = [one for one in told.splitlines() if one.startswith("countersign: radius ")]
        self.radius_port = int(line.rpartition(":")[2])
        self.configuration["radius"]["listen"] = [f"0.0.0.0:{self.radius_port}"]
        self._write()
        return self

    def reload(self, *, refused=False):
        """Write the configuration, have it read again; give what the log tells of it."""
        self._write()
        return self.read_again(refused=refused)

    def read_again(self, *, refused=False):
        """Have the file read again as it is."""
        before = len(self.text())
        self.process.send_signal(signal.SIGHUP)
        wanted = REFUSED if refused else READ_AGAIN
        return self.said(wanted, before)

    def said(self, words, before=0):
        """Wait until it has written something; give all that it wrote from *before* on."""
        ends_at = time.monotonic() + READY
        while words not in (told := self.text()[before:]):
            assert self.process.poll() is None, told
            assert time.monotonic() < ends_at, told
            time.sleep(0.02)
        return told

    def text(self):
        """Give what it wrote so far."""
        return self.log.read_text() if self.log.exists() else ""

    def faults(self):
        """Give the lines of its log that tell of a fault of its own."""
        levels = ('"level":"error"', '"level":"critical"', "Traceback")
        return [line for line in self.text().splitlines() if any(word in line for word in levels)]

    def kill(self):
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def terminate(self):
        """Ask it to end, as systemd does."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """End it and wait."""
        if self.process is not None and self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    def command(self, *arguments, expect=0, given=""):
        """Run a command beside the daemon; give what it printed on stdout."""
        ran = subprocess.run(
            [sys.executable, "-m", "proxy", "--config", str(self.file), *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "COLUMNS": "200"},
        )
        assert ran.returncode == expect, (arguments, ran.returncode, ran.stdout, ran.stderr)
        return ran.stdout

    def json(self, *arguments):
        """Run a command with --json; give what it told."""
        return json.loads(self.command(*arguments, "--json"))

    def server(self, address="127.0.0.1"):
        """Give where RADIUS listens, at one of this machine's loopback addresses."""
        return (address, self.radius_port)


def free_port():
    """
    Give a port, of TCP and UDP, that nobody has.

    It is none of those that the kernel gives to whoever asks for any: a daemon that is started
    again must find it as it left it.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        with socket.socket(type=kinds[0]) as stream, socket.socket(type=kinds[1]) as datagrams:
            try:
                stream.bind(("0.0.0.0", port))
                datagrams.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
