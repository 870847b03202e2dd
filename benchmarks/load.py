"""radload.c, compiled and run: what one load was answered."""

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from benchmarks.process import find_program

SECRET = "testing123"
WINDOW = 128
"""Requests on their way in a closed loop."""
SOURCE = Path(__file__).with_name("radload.c")


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

    def words(self) -> list[str]:
        """Give the words of radload's command line."""
        options = {name: getattr(self, name) for name in self.__slots__ if name != "in_order"}
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
    """The driver, compiled into a folder."""

    folder: Path
    _program: Path = field(init=False)

    def __post_init__(self) -> None:
        self._program = self.folder / "radload"
        compiler = find_program("gcc")
        subprocess.run(
            [compiler, "-O2", "-o", self._program, SOURCE, "-lcrypto"],
            check=True,
        )

    def run(self, load: Load) -> Answered:
        """Send a load to its end."""
        done = subprocess.run(
            [self._program, *load.words()], check=True, stdout=subprocess.PIPE, timeout=300
        )
        return Answered(**json.loads(done.stdout))

    def begin(self, load: Load) -> "Held":
        """Send a load whose answers are not waited for."""
        return Held([str(self._program), *load.words()])


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
