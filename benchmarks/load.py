"""radload.c and eapload.c, compiled and run: what one load was answered."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.process import find_program

SECRET = "testing123"
WINDOW = 128
"""Requests on their way in a closed loop."""
FOLDER = Path(__file__).parent
LIBRARIES = {"radload": ["-lcrypto"], "eapload": ["-lssl", "-lcrypto"]}
"""By driver."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent where."""

    port: int
    count: int
    """Logins."""
    window: int = WINDOW
    """Requests that may be on their way."""
    rate: float = 0.0
    """Requests a second; 0: as many as are answered."""
    source: str = "127.0.0.1"
    """The address that they come from: it chooses the client of the configuration."""
    in_order: bool = False
    """Every person in turn, not by chance."""
    passwords: Path | None = None
    """A file of passwords, a line a person."""
    timeout: float = 3.0
    """Seconds until a request is sent again."""
    limit: float = 60.0
    """Seconds that the load may take."""
    eap: bool = False
    """By EAP-TTLS with PAP; else by PAP. Requests are then conversations."""
    rounds: int | None = None
    """Replies after which a device walks away, in EAP alone; None: it stays."""

    def words(self) -> list[str]:
        """Give the words of the driver's command line."""
        flags = {"in_order", "eap"}
        options = {name: getattr(self, name) for name in self.__slots__ if name not in flags}
        words = [f"--{name}={value}" for name, value in options.items() if value is not None]
        return [*words, f"--secret={SECRET}", *(["--in-order"] if self.in_order else [])]


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a load; times in milliseconds."""

    rate: float
    """Logins answered a second."""
    seconds: float
    sent: int
    accepts: int
    rejects: int
    challenges: int
    bad: int
    """Replies whose authenticators are wrong."""
    lost: int
    retransmitted: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    @property
    def all_accepted(self) -> bool:
        """Every request was sent once, and accepted."""
        return self.accepts == self.sent and not (self.bad or self.retransmitted)


@dataclass(slots=True)
class Loader:
    """The drivers, compiled into a folder."""

    folder: Path

    def __post_init__(self) -> None:
        compiler = find_program("gcc")
        for driver, libraries in LIBRARIES.items():
            source = FOLDER / f"{driver}.c"
            subprocess.run(
                [compiler, "-O2", "-o", self.folder / driver, source, *libraries], check=True
            )

    def run(self, load: Load) -> Answered:
        """Send a load to its end."""
        done = subprocess.run(self._command(load), check=True, stdout=subprocess.PIPE, timeout=300)
        return Answered(**json.loads(done.stdout))

    def _command(self, load: Load) -> list[str]:
        return [str(self.folder / ("eapload" if load.eap else "radload")), *load.words()]

    def begin(self, load: Load) -> "Held":
        """Send a load whose answers are not waited for."""
        return Held(self._command(load))


class Held:
    """A load that goes on; a context manager that ends it."""

    def __init__(self, command: list[str]) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end
        self._running = subprocess.Popen(command, stdout=self._output)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.terminate()
        self._running.wait()
        self._output.close()
