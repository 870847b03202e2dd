"""
The folder of the demo: a configuration to read, with its secrets and certificates beside it.

Each run begins with an empty one. A folder that the demo did not make is left alone.
"""

import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from proxy.cli.demo.people import SERVICE_DN, SUFFIX, VPN_USERS
from proxy.frontends.web import local_ca

MARK = ".made-by-countersign-demo"
HOST = "localhost"
DEFAULT_PORTS = {"radius": 18120, "web": 18443, "ldap": 18636}


class NotOurs(Exception):  # noqa: N818 - it names what was found
    """A folder with something else in it."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What one run works with."""

    path: Path
    radius_port: int
    web_port: int
    ldap_port: int
    radius_secret: str
    service_password: str

    @property
    def config(self) -> Path:
        """Where the configuration is."""
        return self.path / "countersign.yaml"

    @property
    def ca(self) -> Path:
        """What phones trust: the CA that the daemon makes beside its store."""
        return self.path / "tls" / "ca.pem"

    def directory_files(self) -> local_ca.Files:
        """Give the directory's certificate, made by a CA of its own."""
        return local_ca.prepare(self.path / "directory", HOST)


def make_folder(path: Path) -> Folder:
    """Make the folder afresh. Raises NotOurs, OSError."""
    if path.exists() and any(path.iterdir()):
        if not (path / MARK).exists():
            raise NotOurs(f"found {path} with other files in it, wanted an empty folder (--folder)")
        shutil.rmtree(path)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Folder(
        path,
        free_port(DEFAULT_PORTS["radius"], socket.SOCK_DGRAM),
        free_port(DEFAULT_PORTS["web"], socket.SOCK_STREAM),
        free_port(DEFAULT_PORTS["ldap"], socket.SOCK_STREAM),
        radius_secret=secrets.token_hex(16),
        service_password=secrets.token_hex(16),
    )
    (path / MARK).touch()
    _write(path / "vpn.secret", folder.radius_secret)
    _write(path / "ldap.password", folder.service_password)
    _write(folder.config, configuration(folder))
    return folder


def free_port(wanted: int, kind: socket.SocketKind) -> int:
    """Give the port that is wanted, or another one where it is taken."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, kind) as tried:
            if kind == socket.SOCK_STREAM:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = tried.getsockname()[1]
            return found
    raise OSError("found no free port on 127.0.0.1")


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text + "\n")


def configuration(folder: Folder) -> str:
    """Write the configuration of the demo."""
    return f"""\
# Written by `countersign demo`, afresh at each run: a whole configuration to read and to copy from.
# config/countersign.yaml has every key with its default.
store: sqlite:///countersign.db
master_key: !file master.key
shutdown_grace: 0s

radius:
  listen: ["127.0.0.1:{folder.radius_port}"]

web:                            # without certificate: a local CA in tls/ makes one, for a trial
  listen: 127.0.0.1:{folder.web_port}
  url: https://{HOST}:{folder.web_port}

directories:
  corp:
    type: ldap
    servers: ["ldaps://{HOST}:{folder.ldap_port}"]
    ca_certificates: directory/ca.pem
    bind_dn: {SERVICE_DN}
    bind_password: !file ldap.password
    search_base: ou=people,{SUFFIX}
    user_filter: (uid={{username}})
    groups: {{attribute: memberOf}}

policies:
  - name: staff-vpn
    clients: [vpn]
    directory: corp
    groups: ["{VPN_USERS}"]
    factors: [push, totp, recovery]
    reply:
      - {{attribute: Class, value: staff}}

clients:
  vpn:
    networks: [127.0.0.1]
    secret: !file vpn.secret
    challenge: true             # `countersign login` can show a challenge and ask for an answer
    wait: 60s"""
