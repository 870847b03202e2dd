"""
What a phone keeps, in a folder of its own: only its owner can read it.

The key never leaves it. Files are replaced at once or not at all, so that a crash leaves the old.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from proxy.factors.jwk import BadKey, PublicKey, SigningKey
from proxy.secret import Secret

KEY = "key.der"
PHONE = "phone.json"


class BadHome(Exception):  # noqa: N818 - it names what was found
    """A folder that holds no phone, or one already; says which and what to do."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the server told when it enrolled this phone."""

    url: str
    """The server's `web.url`."""
    issuer: str
    device_id: str
    account: str
    server_keys: dict[str, dict[str, str]]
    """Public JWKs by key id."""
    ca: str | None
    """PEM of the CA that is trusted beside none; None: the system's."""

    def keys(self) -> dict[str, PublicKey]:
        """Give the server's keys."""
        return {kid: PublicKey.parse(jwk) for kid, jwk in self.server_keys.items()}


def default_home() -> Path:
    """Give the folder that is used where none is named (XDG Base Directory)."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "countersign-phone"


class Home:
    """One phone's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def must_be_new(self) -> None:
        """Raise BadHome where a phone lives here already: a second would lose its key."""
        if (self._folder / PHONE).exists():
            raise BadHome(
                f"{self._folder} holds a phone already: use another --home, or remove that folder"
            )

    def keep_key(self, key: SigningKey) -> None:
        """Keep a key that is about to be enrolled: what cannot be kept must not be enrolled."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(KEY, key.to_pkcs8().reveal())

    def keep(self, key: SigningKey, enrolled: Enrolled) -> None:
        """Keep a phone that was just enrolled."""
        self.keep_key(key)
        self.keep_enrolled(enrolled)

    def keep_enrolled(self, enrolled: Enrolled) -> None:
        """Keep what the server told, keys that it added among it."""
        self._write(PHONE, json.dumps(asdict(enrolled), indent=1).encode())

    def load(self) -> tuple[SigningKey, Enrolled]:
        """Give the phone that lives here. Raises BadHome."""
        try:
            octets = (self._folder / KEY).read_bytes()
            told: dict[str, Any] = json.loads((self._folder / PHONE).read_bytes())
            return SigningKey.from_pkcs8(Secret(octets)), Enrolled(**told)
        except FileNotFoundError:
            raise BadHome(
                f"{self._folder} holds no phone: enrol one with `countersign phone enroll URL`"
            ) from None
        except (OSError, ValueError, TypeError, BadKey) as error:
            raise BadHome(f"{self._folder} cannot be read: {type(error).__name__}") from None

    def forget(self) -> None:
        """Remove the phone that was unenrolled."""
        for name in (KEY, PHONE):
            (self._folder / name).unlink(missing_ok=True)

    def _write(self, name: str, octets: bytes) -> None:
        partial = self._folder / f"{name}.new"
        partial.unlink(missing_ok=True)
        opened = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as file:
            file.write(octets)
        partial.replace(self._folder / name)
