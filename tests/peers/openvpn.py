"""
OpenVPN: a server whose plugin asks RADIUS, and its client, steered through its management interface.

Two plugins: radiusplugin (openvpn-auth-radius), which makes each try from a new port with a new
authenticator and holds up the whole server meanwhile, and auth-pam with pam_radius behind it. A
challenge that comes during a login cannot be shown by either; auth-pam answers one with what the
client asked beforehand ("static challenge").
"""

import base64
import contextlib
import re
import socket
import subprocess

from tests.peers.authority import Authority
from tests.peers.gateway import NAME, NEAR
from tests.peers.namespace import end

PLUGINS = "/usr/lib/openvpn"
_PAM_SERVICE = "openvpn-test"
_PATIENCE = 60.0
_CONFIGURATION = """
local {server}
port 1194
proto udp4
dev tun
dev-type tun
ca {ca}
cert {certificate}
key {key}
dh none
topology subnet
server 10.99.110.0 255.255.255.0
verify-client-cert none
username-as-common-name
client-config-dir {folder}/ccd
status {folder}/status 1
hand-window 120
verb 3
{plugin}
"""
_RADIUS = """
NAS-Identifier=openvpn
Service-Type=5
Framed-Protocol=1
NAS-Port-Type=5
NAS-IP-Address=10.99.0.1
OpenVPNConfig={folder}/server.conf
subnet=255.255.255.0
overwriteccfiles=true
nonfatalaccounting=true
server
{{
 acctport=1813
 authport=1812
 name=127.0.0.1
 retry={retries}
 wait={timeout}
 sharedsecret={secret}
}}
"""


class OpenVpn:
    """
    The server in one network and its clients in another.

    Args:
        folder: a folder that is made.
        near: the server's network.
        far: the clients'.
    """

    def __init__(self, folder, near, far):
        folder.mkdir()
        (folder / "ccd").mkdir()
        self._folder, self._near, self._far = folder, near, far
        self._authority = Authority(folder)
        self._issued = self._authority.issue(NAME)
        self._plugin = ""

    def with_radius(self, secret, *, timeout, retries):
        """Have radiusplugin ask; *retries* tries more, *timeout* whole seconds apart."""
        file = self._folder / "radius.cnf"
        file.write_text(
            _RADIUS.format(folder=self._folder, timeout=timeout, retries=retries, secret=secret)
        )
        self._plugin = f"plugin {PLUGINS}/radiusplugin.so {file}"
        return self

    def with_pam(self, secret, *, timeout, retries):
        """
        Have auth-pam ask through pam_radius, each login in a process of its own.

        What the client answered beforehand is given to prompts that begin with these words.
        """
        servers = self._folder / "pam_radius"
        servers.write_text(f"127.0.0.1:1812 {secret} {timeout}\n")
        servers.chmod(0o600)
        self._near.root(f"/etc/pam.d/{_PAM_SERVICE}").write_text(
            f"auth required pam_radius_auth.so conf={servers} prompt_attribute"
            f" retry={retries}\n"
            "account required pam_permit.so\n"
        )
        answers = "login USERNAME Password PASSWORD Enter OTP Approve OTP"
        self._plugin = (
            "setenv deferred_auth_pam 1\n"
            f'plugin {PLUGINS}/openvpn-plugin-auth-pam.so "{_PAM_SERVICE} {answers}"'
        )
        return self

    def serving(self):
        """Run the server while the block lasts."""
        certificate, key = self._issued
        file = self._folder / "server.conf"
        file.write_text(
            _CONFIGURATION.format(
                folder=self._folder,
                server=NEAR,
                ca=self._authority.file,
                certificate=certificate,
                key=key,
                plugin=self._plugin,
            )
        )
        log = self._folder / "server.log"
        ready = "Initialization Sequence Completed"
        return self._near.serving(log, ready, "openvpn", "--config", file)

    @contextlib.contextmanager
    def log_in(self, user, password, response=None):
        """Begin a login, with what is answered to the static challenge; its outcome comes next."""
        management = self._folder / user
        more = () if response is None else ("--static-challenge", "One-time code", "1")
        words = self._far.command(
            *("openvpn", "--client", "--dev", "tun", "--proto", "udp4", "--nobind", "--verb", "3"),
            *("--remote", NEAR, "1194", "--ca", self._authority.file),
            *("--verify-x509-name", NAME, "name"),
            *("--auth-user-pass", "--auth-retry", "none", "--hand-window", "120"),
            *("--route-nopull", "--connect-retry-max", "1", *more),
            *("--management", management, "unix", "--management-client"),
            "--management-query-passwords",
        )
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(management))
            listening.listen()
            listening.settimeout(_PATIENCE)
            with (self._folder / "client.log").open("ab") as log:
                client = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                with listening.accept()[0] as steering, steering.makefile("rw") as lines:
                    steering.settimeout(_PATIENCE)
                    yield Attempt(lines, user, password, response)
            finally:
                end(client)
                management.unlink()


class Attempt:
    """One login of the client."""

    def __init__(self, lines, user, password, response):
        self._lines = lines
        self._say("state on")
        told = self._until(r">PASSWORD:Need 'Auth'.*")
        assert ("SC:1,One-time code" in told) == (response is not None), told
        if response is not None:
            password = f"SCRV1:{_base64(password)}:{_base64(response)}"
        self._say(f'username "Auth" "{user}"')
        self._say(f'password "Auth" "{password}"')

    def outcome(self):
        """Wait until the client is connected or refused; say which."""
        told = self._until(r">STATE:\d+,CONNECTED,.*|>PASSWORD:Verification Failed: 'Auth'.*")
        return "connected" if told.startswith(">STATE") else "refused"

    def _say(self, line):
        self._lines.write(f"{line}\n")
        self._lines.flush()

    def _until(self, pattern):
        seen = []
        for line in self._lines:
            seen.append(line)
            if re.match(pattern, line):
                return line
        raise AssertionError(seen)


def _base64(text):
    return base64.b64encode(text.encode()).decode()
