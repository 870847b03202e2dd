"""One directory and one daemon for the stories; each story takes people of its own."""

import re
import socket
import threading
import time

import pytest
from playwright.sync_api import sync_playwright

from proxy.accounts.account import Person
from proxy.factors.totp import new_seed, otpauth_uri
from proxy.store import accounts, devices, recovery, totp
from tests.peers import gateway
from tests.peers.authority import Authority
from tests.peers.browser import Browser
from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.ds389 import Ds389
from tests.peers.namespace import Namespace
from tests.peers.nas import CALLING_STATION_ID, STATE, USER_NAME, Nas, request
from tests.peers.package import build
from tests.peers.phone import Phone, payload_of
from tests.peers.push_service import PushService
from tests.peers.samba import Samba
from tests.peers.slapd import PEOPLE, VPN_USERS, Slapd, person
from tests.peers.tap import Tap

HEADS = 500
"""u000 to u499; each story takes the next ones, so that none meets another's counters."""

HELD, ASKED, APPENDED, PLAIN, PAM, HYBRID, LENIENT = (f"127.0.0.{last}" for last in range(10, 17))
"""The clients, by the loopback address that their NAS has."""


_PEERS = re.compile(
    r"test_(389|active_directory|directory|ocserv|openldap|openvpn|pam|password_change|realms"
    r"|strongswan\.|upstream)"
)
"""Files of stories with directories and equipment of their own."""
_LINKS = re.compile(r"test_(dot1x|eap|mac_authentication|strongswan_eap)")
"""Files of stories of devices that speak EAP; they wait more than they work."""
_PHONES = re.compile(
    r"test_(app|browser|number|passkeys|portal|privacyidea|push|taken_away|terminal_phone|web_push"
    r"|worn_down)"
)
"""Files of stories about what people see and touch, many in a browser."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark the lanes in which `make test` runs the scenarios, one beside the other."""
    for item in items:
        if item.path.parent.name != "scenarios":
            continue
        if _PHONES.match(item.path.name):
            item.add_marker("phones")
        elif _LINKS.match(item.path.name):
            item.add_marker("links")
        elif _PEERS.match(item.path.name):
            item.add_marker("peers")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority of the site's own."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def slapd(tmp_path_factory):
    with Slapd(tmp_path_factory.mktemp("slapd")) as running:
        running.change("\n".join(person(f"u{number:03d}") for number in range(HEADS)))
        yield running


@pytest.fixture(scope="session")
def samba(tmp_path_factory):
    """A domain controller: made once, because that takes some seconds."""
    with Samba(tmp_path_factory.mktemp("samba")) as running:
        yield running


@pytest.fixture(scope="session")
def ds389(tmp_path_factory):
    """A 389 Directory Server: made once, because that takes some seconds."""
    with Ds389(tmp_path_factory.mktemp("ds389")) as running:
        yield running


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """The built Debian package: made once, because that takes a minute."""
    return build(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def daemon(slapd, tmp_path_factory):
    factors = ["push", "totp", "recovery"]
    names = ("held", "asked", "appended", "pam", "hybrid")
    policies = [
        {"name": name, "clients": [name], "directory": "corp", "factors": factors} for name in names
    ]
    policies[0]["reply"] = [{"attribute": "Class", "value": "staff"}]
    policies[-1]["number_matching"] = "off"
    plain = {"name": "plain", "clients": ["plain", "lenient"], "directory": "corp", "factors": []}
    plain["reply"] = [{"attribute": "Filter-Id", "value": "vpn", "groups": [VPN_USERS]}]
    clients = {
        "held": client(HELD),
        "asked": client(ASKED, challenge=True),
        "appended": client(APPENDED, append_code=True),
        "plain": client(PLAIN),
        "pam": client(PAM, profile="pam-radius", require_message_authenticator=False, wait="30s"),
        "hybrid": client(HYBRID, challenge=True),
        "lenient": client(LENIENT, require_message_authenticator=False, limit_proxy_state=False),
    }
    running = Daemon(
        tmp_path_factory.mktemp("daemon"),
        slapd.directory_settings(),
        clients,
        [*policies, plain],
    )
    try:
        yield running.start()
        assert "Traceback" not in running.text()
    finally:
        running.stop()


@pytest.fixture(scope="session")
def driver():
    """What drives browsers."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(driver, daemon, tmp_path_factory):
    """A browser that trusts the daemon; each story opens a profile of its own."""
    return Browser(driver, tmp_path_factory.mktemp("browser"), daemon.ca)


@pytest.fixture(scope="session")
def names():
    return iter(f"u{number:03d}" for number in range(HEADS))


class Someone:
    """A person with a password, who may have a phone and codes."""

    def __init__(self, daemon, name):
        self.daemon, self.name = daemon, name
        self.password = f"{name}-password"
        self.phone = None
        self.number = 0

    def invited(self, *, replace=False):
        """Give the code of a new invitation."""
        return self._stored(devices.invite, self.daemon.master, replace=replace, ttl=600)

    def enrol_phone(self):
        """Enrol an independent phone over the device API."""
        code = self.invited()
        self.phone = Phone(self.daemon.url, ca=self.daemon.ca)
        assert self.phone.enroll(code)[0] == 201
        return self

    def enrol_totp(self):
        """Enrol an app; give its seed in base32."""
        seed = new_seed()
        self._stored(totp.enroll, self.daemon.master, seed=seed)
        return re.search(r"secret=([A-Z2-7]+)", otpauth_uri(seed, self.name, "test"))[1]

    def recovery_codes(self):
        """Have recovery codes printed."""
        return self._stored(recovery.issue, self.daemon.master)

    def _stored(self, change, master, **more):
        """Change this person's account as the commands do, without waiting for a command."""
        person = Person("corp", self.name, None, f"uid={self.name},{PEOPLE}", frozenset())

        def job(session):
            account = accounts.ensure(session, person, time.time())
            return change(session, master, account.id, now=time.time(), **more)

        return self.daemon.database.now(job)

    def nas(self, source, server="127.0.0.1"):
        return Nas(SECRET, self.daemon.server(server), source)

    def packet(
        self, password=None, *, name=None, state=None, caller=b"192.0.2.77", more=(), **changed
    ):
        """Give an Access-Request of this person, by default with the right password."""
        self.number += 1
        attributes = [(USER_NAME, (name or self.name).encode()), *more]
        if caller is not None:
            attributes.append((CALLING_STATION_ID, caller))
        if state is not None:
            attributes.append((STATE, state))
        typed = self.password if password is None else password
        octets = typed if isinstance(typed, bytes) else typed.encode()
        return request(SECRET, attributes, identifier=self.number % 256, password=octets, **changed)

    def try_again(self, nas, packet, silence):
        """Send a packet again and a newer one, as NASes do; give that, for which nothing came."""
        nas.send(packet)
        newer = self.packet()
        nas.send(newer)
        assert nas.receive(silence) is None
        return newer

    def asked(self, wait=10):
        """Give the one request on the phone, waiting for it."""
        (jws,) = self.phone.approvals(wait)
        return jws

    def answer_soon(self, decision="approve", number=None):
        """Answer the next request in the background."""

        def answer():
            answered.append(self.phone.answer(self.asked(20), decision, number))

        answered = []
        thread = threading.Thread(target=answer)
        thread.start()
        return thread, answered

    def shown(self):
        """Give the claims of what the phone shows now."""
        return [payload_of(jws) for jws in self.phone.approvals()]


@pytest.fixture
def someone(daemon, names):
    """A person whom no other story knows."""
    return Someone(daemon, next(names))


# --- gateways ---


@pytest.fixture(scope="session")
def gateways(slapd, tmp_path_factory):
    """A daemon that real gateways ask."""
    running = gateway.daemon_for_gateways(
        tmp_path_factory.mktemp("gateways"), slapd.directory_settings()
    )
    try:
        yield running.start()
        assert [] == running.faults()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def networks():
    """Where a gateway is, and where those are who connect to it."""
    with Namespace(tunnels=True) as near, Namespace(tunnels=True) as far:
        near.join(far, gateway.NEAR, gateway.FAR)
        yield near, far


@pytest.fixture(scope="module")
def tap(networks, gateways):
    """What carries the gateway's RADIUS to the daemon."""
    with Tap(networks[0], gateways.server(), gateway.HELD, SECRET) as carrying:
        yield carrying


@pytest.fixture
def guest(gateways, names):
    """Someone who logs in through a gateway."""
    return Someone(gateways, next(names))


@pytest.fixture
def another(gateways, names):
    """Someone else."""
    return Someone(gateways, next(names))


# --- waking phones ---


@pytest.fixture(scope="session")
def push_authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("push-ca"))


@pytest.fixture(scope="session")
def push_service(push_authority):
    running = PushService(*push_authority.issue("localhost"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def impostor(tmp_path_factory):
    """The same name, vouched for by nobody who is trusted."""
    running = PushService(*Authority(tmp_path_factory.mktemp("other-ca")).issue("localhost"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def silent():
    """A service that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture(scope="session")
def pushing(slapd, push_authority, push_service, impostor, silent, tmp_path_factory):
    """A daemon to which these services are its own."""
    named = ("held", "asked")
    running = Daemon(
        tmp_path_factory.mktemp("pushing"),
        slapd.directory_settings(),
        {"held": client(HELD, wait="30s"), "asked": client(ASKED, challenge=True)},
        [
            {"name": one, "clients": [one], "directory": "corp", "factors": ["push"]}
            for one in named
        ],
        push={
            "services": [
                f"localhost:{port}" for port in (push_service.port, impostor.port, silent)
            ],
            "ca_certificates": str(push_authority.file),
            "contact": "mailto:it@example.org",
        },
    )
    try:
        yield running.start()
        assert [] == running.faults()
        assert "/push/" not in running.text(), "an endpoint stands in the log"
    finally:
        running.stop()
