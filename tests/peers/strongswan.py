"""
strongSwan: an IKEv2 gateway that asks RADIUS, and charon-cmd, its client.

Either the gateway is the EAP server and sends name and password of EAP-GTC by PAP, as for IKEv1's
XAuth: a challenge is a refusal to it. Or it relays EAP, whatever is spoken there (`auth="eap-radius"`).
It repeats the same packet, each time later than before.
ESP is done by the processes themselves (kernel-libipsec), so that the kernel needs none.
"""

import contextlib
import shutil

from tests.peers.authority import Authority
from tests.peers.dialogue import Dialogue
from tests.peers.gateway import NAME, NEAR

CHARON, CHARON_CMD, SWANCTL = "/usr/lib/ipsec/charon", "/usr/sbin/charon-cmd", "/usr/sbin/swanctl"
INSIDE = "10.99.103.1"
CONNECTED, REFUSED = (
    r"CHILD_SA .*established",
    r"AUTHENTICATION_FAILED|EAP_FAILURE|EAP_MSCHAPV2 method failed",
)
PROPOSALS = ("aes256-sha256-ecp256", "aes256-sha256")
_PLUGINS = (
    "random nonce openssl aes sha1 sha2 hmac kdf pem pkcs1 pkcs8 x509 pubkey constraints"
    " md5 kernel-libipsec kernel-netlink socket-default eap-identity"
)
_SERVER = """
charon {{
  load = {plugins} vici eap-gtc eap-radius
  half_open_timeout = 120
  plugins {{
    vici {{ socket = unix:///run/vici }}
    kernel-libipsec {{ allow_peer_ts = yes }}
    eap-gtc {{ backend = radius }}
    eap-radius {{
      retransmit_timeout = {timeout}
      retransmit_base = {base}
      retransmit_tries = {tries}
      servers {{ one {{
        address = 127.0.0.1
        secret = {secret}
        nas_identifier = strongswan
        sockets = 4
      }} }}
    }}
  }}
  filelog {{ stderr {{ default = 1 }} }}
}}
swanctl {{ load = pem pkcs1 pkcs8 x509 openssl random }}
"""
_CONNECTION = """
connections {{ ra {{
  version = 2
  local_addrs = {server}
  pools = inside
  proposals = {ike}
  local {{ auth = pubkey
    certs = {certificate}
    id = {name} }}
  remote {{ auth = {auth}
    eap_id = %any }}
  children {{ net {{
    local_ts = {inside}/32
    esp_proposals = {esp} }} }}
}} }}
pools {{ inside {{ addrs = 10.99.103.128/26 }} }}
"""
_CLIENT = """
charon-cmd {{
  load = {plugins}
  plugins {{ kernel-libipsec {{ allow_peer_ts = yes }} }}
}}
"""


class StrongSwan:
    """
    The gateway in one network and its clients in another.

    Args:
        folder: a folder that is made.
        near: the gateway's network.
        far: the clients'.
        timeout: seconds until the plugin repeats a request.
        base: what each further pause is longer by.
        tries: how often it sends it in all.
        auth: `eap-gtc`, or `eap-radius`: EAP is relayed.
        speaks: the plugins of the clients' EAP.
        trusted: files of CAs that the clients trust beside the gateway's own.
    """

    def __init__(
        self,
        folder,
        near,
        far,
        secret,
        *,
        timeout,
        base,
        tries,
        auth="eap-gtc",
        speaks="eap-gtc",
        trusted=(),
    ):
        folder.mkdir()
        self._folder, self._near, self._far = folder, near, far
        self._authority = Authority(folder)
        self._trusted = (self._authority.file, *trusted)
        certificate, key = self._authority.issue(NAME)
        ike, esp = PROPOSALS
        self._server = self._write(
            "server.conf",
            _SERVER.format(
                plugins=_PLUGINS, timeout=timeout, base=base, tries=tries, secret=secret
            ),
        )
        self._client = self._write("client.conf", _CLIENT.format(plugins=f"{_PLUGINS} {speaks}"))
        self._write(
            "swanctl.conf",
            _CONNECTION.format(
                server=NEAR,
                auth=auth,
                name=NAME,
                certificate=certificate,
                inside=INSIDE,
                ike=ike,
                esp=esp,
            ),
        )
        for program in (CHARON, CHARON_CMD, SWANCTL):
            # A copy: profiles of AppArmor, which keep them from these folders, go by the path.
            shutil.copy(program, folder)
        (folder / "private").mkdir()
        key.rename(folder / "private" / key.name)
        near.run("ip", "address", "add", f"{INSIDE}/32", "dev", "lo")  # libipsec wants it there

    @contextlib.contextmanager
    def serving(self):
        """Run the gateway while the block lasts."""
        log, charon = self._folder / "charon.log", self._folder / "charon"
        settings = {"STRONGSWAN_CONF": str(self._server)}
        with self._near.serving(log, "worker threads", charon, **settings) as process:
            words = (self._folder / "swanctl", "--load-all", "--noprompt")
            settings["SWANCTL_DIR"] = str(self._folder)
            self._near.run(*words, "--uri", "unix:///run/vici", **settings)
            try:
                yield process
            finally:
                process.kill()  # asked to end, it would wait for its threads that wait for RADIUS

    @contextlib.contextmanager
    def log_in(self, user, password):
        """Begin a login; what charon-cmd says comes next."""
        ike, esp = PROPOSALS
        words = (
            *("stdbuf", "-oL", self._folder / "charon-cmd", "--profile", "ikev2-eap"),
            *("--host", NEAR, "--remote-identity", NAME),
            *(word for file in self._trusted for word in ("--cert", file)),
            *("--identity", user, "--eap-identity", user),
            *("--ike-proposal", ike, "--esp-proposal", esp),
        )
        settings = {"STRONGSWAN_CONF": str(self._client)}
        words = self._far.command(*words)
        with Dialogue(words, settings, connected=CONNECTED, refused=REFUSED) as dialogue:
            dialogue.until("(?i)password")
            dialogue.type(password)
            yield dialogue

    def _write(self, name, text):
        file = self._folder / name
        file.write_text(text)
        return file
