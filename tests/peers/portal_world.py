"""The portal over a real hall and store, in memory: a clock that stands still, browsers of few lines."""

import re
from html import unescape
from urllib.parse import urlencode

from twisted.internet.address import IPv4Address
from twisted.internet.defer import succeed
from twisted.internet.testing import StringTransport

from proxy.accounts.account import Person
from proxy.frontends.web.portal.door import Portal
from proxy.frontends.web.portal.ports import PortalParts, PortalTerms
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.service import build_site
from proxy.login.actions import CheckPasscode
from proxy.login.events import PasscodeAccepted
from proxy.login.policy import Policy
from proxy.push.inbox import Inbox
from proxy.secret import Secret
from proxy.store import accounts, devices
from proxy.store.app_codes import StoredAppCodes
from proxy.store.first_codes import FirstCodes
from proxy.store.passcodes import StoredPasscodes
from proxy.store.stored_devices import StoredDevices
from proxy.store.stored_portal import StoredPortal
from proxy.store.stored_tokens import StoredTokens
from tests.peers.device_world import server_rsa_key
from tests.peers.hall import MASTER, Hall
from tests.peers.logins import policy

URL = "https://mfa.example.org"
FACTORS = ("push", "totp", "recovery")
POLICY = Policy(
    "portal",
    frozenset({"portal"}),
    "corp",
    FACTORS,
    number_matching="required",
    challenge=True,
)


class PortalWorld(Hall):
    """One process with a portal; people are alice and bob, their password is `pw`."""

    def __init__(self, database):
        super().__init__(database, POLICY, policy(*FACTORS))
        self.passcodes = StoredPasscodes(self.store, MASTER, self.clock, 1)
        self.counted = []
        self.networks, self.first_login_until, self.enabled = (), None, True
        self.synced_passkeys = True
        devices_of = StoredDevices(self.store, MASTER, self.clock)
        parts = Parts(
            url=URL,
            devices=devices_of,
            inbox=Inbox(),
            clock=self.clock,
            count=self.counted.append,
            stirred=self.look,
            first_codes=FirstCodes(self.store, MASTER, self.clock),
            recovery_serves=lambda directory: True,
            codes=StoredAppCodes(self.store, MASTER, self.clock, self.passcodes),
            app_codes=lambda directory: True,
            tokens=StoredTokens(self.store, MASTER, self.clock),
        )
        self.portal = PortalParts(
            URL,
            self.runner,
            StoredPortal(self.store, MASTER, self.clock),
            self.clock,
            self._terms,
            self.counted.append,
            self.look,
            b"j" * 32,
            b"r" * 32,
            b"f" * 32,
            lambda: succeed(server_rsa_key()),
        )
        self.site = build_site(parts, self.clock, Portal(self.portal))

    def _terms(self):
        return PortalTerms(
            self.enabled, self.networks, self.first_login_until, (), 1, self.synced_passkeys
        )

    def account(self, name="alice"):
        person = Person("corp", name, f"id {name}", f"uid={name}", frozenset())
        return self.write(lambda s: accounts.ensure(s, person, self.now())).id

    def revoke_phone(self, name="alice"):
        self.write(lambda s: devices.retire(s, f"phone of {name}", "revoked", self.now()))

    def use_up(self, codes):
        """Use recovery codes of alice's up."""
        for code in codes:
            question = CheckPasscode(self.account(), "recovery", Secret(code.encode()), code)
            accepted = []
            self.passcodes.check(question).addCallback(accepted.append)
            assert isinstance(accepted[0], PasscodeAccepted)


class Page:
    """An answer: status, headers, cookies, text."""

    def __init__(self, octets):
        head, _, self.body = octets.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        if self.header("Transfer-Encoding") == "chunked":
            self.body = self.body.split(b"\r\n")[1]
        self.text = unescape(self.body.decode())

    def header(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[0] if found else None

    @property
    def cookies(self):
        return [value for key, value in self.headers if key == "Set-Cookie"]

    @property
    def place(self):
        """Where it sends the browser, as a path; None: nowhere."""
        found = self.header("Location")
        return None if found is None else re.sub(r"^https://[^/]+", "", found)

    @property
    def title(self):
        return re.search(r"<title>(.*) · Countersign</title>", self.text)[1]

    @property
    def fault(self):
        found = re.search(r'role="alert"[^>]*>(.*?)</p>', self.text, re.DOTALL)
        return found and found[1]

    @property
    def note(self):
        found = re.search(r'class="notice" role="status">(.*?)</p>', self.text, re.DOTALL)
        return found and found[1]

    @property
    def number(self):
        return re.search(r'class="number"[^>]*>(\d+)<', self.text)[1]

    def fields(self, action):
        """Give the hidden fields of the first form with this action."""
        forms = re.findall(
            r'<form method="post" action="([^"]*)"(.*?)</form>', self.text, re.DOTALL
        )
        found = [inner for where, inner in forms if where == action]
        return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[0]))


class Browser:
    """Cookies, and the page that is open."""

    origin = URL

    def __init__(self, world, address="192.0.2.44"):
        self.world, self.address = world, address
        self.cookies = {}
        self.page = None

    def send(self, method, path, fields=None, headers=None, body=None):
        """Begin a request; give what shows its answer."""
        octets = urlencode(fields).encode() if fields is not None else body or b""
        told = {"Host": "mfa.example.org", "Content-Length": str(len(octets))}
        if method == "POST":
            told |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        if self.cookies:
            told["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        told |= headers or {}
        return self.carry(method, path, told, octets)

    def carry(self, method, path, told, octets):
        transport = StringTransport(peerAddress=IPv4Address("TCP", self.address, 40000))
        connection = self.world.site.buildProtocol(None)
        connection.makeConnection(transport)
        lines = [f"{method} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in told.items() if value is not None]
        connection.dataReceived("\r\n".join([*lines, "", ""]).encode() + octets)
        return transport

    def take(self, transport):
        """Take an answer: keep its cookies, follow where it sends."""
        page = Page(transport.value())
        for cookie in page.cookies:
            name, _, rest = cookie.partition("=")
            value = rest.split(";")[0]
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        self.page = page
        return self.get(page.place) if page.status == 303 else page

    def get(self, path, **headers):
        return self.take(self.send("GET", path, headers=headers))

    def post(self, action, **fields):
        """Send a form of the open page, with its hidden fields."""
        known = self.page.fields(action)
        return self.take(self.send("POST", action, {**known, **fields}))

    def posting(self, action, **fields):
        """Send a form whose answer takes its time."""
        return self.send("POST", action, {**self.page.fields(action), **fields})

    # --- whole ways ---

    def sign_in(self, name="alice", password="pw", **fields):
        """Send name and password from the page that asks for them; a refusal is waited for."""
        self.get("/sign-in")
        waiting = self.posting("/sign-in", username=name, password=password, **fields)
        self.world.clock.advance(1.5)
        return self.take(waiting)

    def approve(self, name="alice"):
        """Approve the number that is shown, and continue."""
        assert self.world.answer("approve", self.page.number, name) == "stored"
        return self.post("/sign-in/answer", **{"continue": "yes"})

    def enter_by_code(self, code, name="alice"):
        """Sign in by a code."""
        self.sign_in(name)
        return self.post("/sign-in/answer", code=code.decode())

    def enter(self, name="alice"):
        """Sign in by phone."""
        self.sign_in(name)
        return self.approve(name)
