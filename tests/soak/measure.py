"""What the daemon holds, looked at from outside: memory, descriptors, the store."""

import os
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

KILOBYTE = 1024


@dataclass(frozen=True)
class Held:
    """One look, while nothing goes on but the phones' polls."""

    resident: int
    """Octets."""
    descriptors: Counter
    """By what they are: `phone`, `directory`, `listener`, the name of a file."""
    stored: int
    """Octets of the store that are in use."""
    rows: dict
    """By table."""

    def __str__(self):
        return (
            f"{self.resident >> 10} KiB of memory, {self.descriptors.total()} descriptors "
            f"({self.descriptors['phone']} of phones, {self.descriptors['directory']} to the "
            f"directory), "
            f"{self.stored >> 10} KiB of store with {self.rows['login_records']} records and "
            f"{self.rows['approvals']} approvals"
        )


def look(daemon):
    """Look at a running daemon and its store."""
    process = Path(f"/proc/{daemon.process.pid}")
    pages = int((process / "statm").read_text().split()[1])
    stored, rows = _store(daemon.database.path)
    descriptors = _descriptors(process, daemon.web_port)
    return Held(pages * os.sysconf("SC_PAGE_SIZE"), descriptors, stored, rows)


def _descriptors(process, web_port):
    sockets = _sockets(process, web_port)
    found = Counter()
    for link in (process / "fd").iterdir():
        try:
            name = link.readlink().name
        except FileNotFoundError:
            continue  # closed while we looked
        found[sockets.get(name, name.partition(":")[0])] += 1
    return found


def _sockets(process, web_port):
    """Give what each TCP or UDP socket is for, by its name in `fd`."""
    found = {}
    for line in (process / "net/tcp").read_text().splitlines()[1:]:
        parts = line.split()
        port = int(parts[1].rpartition(":")[2], 16)
        connected = int(parts[2].rpartition(":")[2], 16)
        kind = "phone" if port == web_port else "directory"
        found[f"socket:[{parts[9]}]"] = kind if connected else "listener"
    for line in (process / "net/udp").read_text().splitlines()[1:]:
        found[f"socket:[{line.split()[9]}]"] = "listener"
    return found


def _store(path):
    with read(path) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        rows = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in tables
        }
    connection.close()
    return (pages - free) * size, rows


def read(path):
    """Open a store for reading alone."""
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
