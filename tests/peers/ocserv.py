"""
ocserv, which asks RADIUS through radcli, and openconnect, its client: an SSL VPN (AnyConnect's).

Its patience is radcli's: a request and `retries` more, `timeout` seconds apart, the same packet each
time. A challenge is a second form, with the Reply-Message as its text.
"""

import contextlib

from tests.peers.authority import Authority
from tests.peers.dialogue import Dialogue
from tests.peers.gateway import NAME, NEAR

CONNECTED, REFUSED = "Configured as", "Login failed"
FORM, PROMPT = "Password:", r"Password\d:"
"""Of the first form, and of one that shows a challenge."""
_CONFIGURATION = """
auth = "radius[config={folder}/radius.conf]"
acct = "radius[config={folder}/radius.conf]"
listen-host = {server}
tcp-port = 443
socket-file = /run/ocserv.sock
pid-file = /run/ocserv.pid
use-occtl = false
server-cert = {certificate}
server-key = {key}
run-as-user = root
run-as-group = root
isolate-workers = false
max-clients = 16
keepalive = 300
auth-timeout = 240
min-reauth-time = 1
max-ban-score = 0
device = vpns
ipv4-network = 10.99.100.0
ipv4-netmask = 255.255.255.0
ping-leases = false
log-level = 3
cisco-client-compat = true
"""
_RADIUS = """
nas-identifier ocserv
authserver 127.0.0.1
acctserver 127.0.0.1
servers {folder}/servers
dictionary /etc/radcli/dictionary
default_realm
radius_timeout {timeout}
radius_retries {retries}
bindaddr *
"""
_SCRIPT = '#!/bin/sh\n[ "$reason" != connect ] || ip link set "$TUNDEV" up\n'


class Ocserv:
    """
    The server in one network and its clients in another.

    Args:
        folder: a folder that is made.
        near: the server's network.
        far: the clients'.
        timeout: whole seconds that radcli waits for each answer.
        retries: how often it sends a request again.
    """

    def __init__(self, folder, near, far, secret, *, timeout, retries):
        folder.mkdir()
        self._folder, self._near, self._far = folder, near, far
        self._authority = Authority(folder)
        certificate, key = self._authority.issue(NAME)
        self._write(
            "ocserv.conf",
            _CONFIGURATION.format(folder=folder, server=NEAR, certificate=certificate, key=key),
        )
        self._write("radius.conf", _RADIUS.format(folder=folder, timeout=timeout, retries=retries))
        self._write("servers", f"127.0.0.1 {secret}\n")
        self._write("script", _SCRIPT).chmod(0o755)

    def serving(self):
        """Run the server while the block lasts."""
        words = ("ocserv", "--foreground", "--config", self._folder / "ocserv.conf")
        return self._near.serving(self._folder / "ocserv.log", "initialized ocserv", *words)

    def connect(self, user):
        """Begin to connect; the first form comes next."""
        return Dialogue(
            self._far.command(
                *("openconnect", "--protocol=anyconnect", "--no-dtls", "--user", user),
                *("--cafile", self._authority.file, "--resolve", f"{NAME}:{NEAR}"),
                *("--script", self._folder / "script", f"https://{NAME}/"),
            ),
            connected=CONNECTED,
            refused=REFUSED,
        )

    @contextlib.contextmanager
    def log_in(self, user, password):
        """Connect and type the password; what the person sees comes next."""
        with self.connect(user) as dialogue:
            dialogue.until(FORM)
            dialogue.type(password)
            yield dialogue

    def _write(self, name, text):
        file = self._folder / name
        file.write_text(text)
        return file
