"""
A phone with the privacyIDEA Authenticator, as that app behaves: poll-only, RSA, one path.

Written from what is known of the app's protocol with `cryptography` and `http.client`; it shares no
code with the product. Each step can be bent: another key, time, field or signature. The server's
signature on a challenge is verified before it counts as shown.
"""

import base64
import http.client
import json
import ssl
import time
from datetime import UTC, datetime
from functools import cache
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

PKCS1_PREFIX = bytes.fromhex("300d06092a864886f70d0101010500")


@cache
def key_of(number=0, bits=2048):
    """Give one of some keys; the app's have 4096 bits, which take seconds to make."""
    return rsa.generate_private_key(65537, bits)


def scanned(uri):
    """Read a QR code as the app does."""
    parts = urlsplit(uri)
    assert ("otpauth", "pipush") == (parts.scheme, parts.netloc), uri
    facts = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
    assert "1" == facts["v"]
    assert "True" == facts["poll_only"]
    return {**facts, "label": unquote(parts.path.lstrip("/"))}


class PrivacyIdeaPhone:
    """One token in the app."""

    def __init__(self, uri, ca=None, key=None, clock=time.time):
        self.facts = scanned(uri)
        self.serial, self.url = self.facts["serial"], self.facts["url"]
        self.key = key or key_of()
        self.clock = clock
        self.server_key = None
        self._ca = ca

    # --- requests ---

    def call(self, method, query="", body=None, headers=None):
        """Make a call; give status and JSON."""
        parts = urlsplit(self.url)
        context = ssl.create_default_context(cafile=self._ca)
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=15, context=context
        )
        try:
            path = parts.path + (f"?{query}" if query else "")
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def post(self, **fields):
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return self.call("POST", body=urlencode(fields).encode(), headers=headers)

    def sign(self, text, key=None):
        octets = (key or self.key).sign(text.encode(), padding.PKCS1v15(), SHA256())
        return base64.b32encode(octets).decode()

    def timestamp(self, away=0, digits=6):
        moment = datetime.fromtimestamp(self.clock() + away, UTC)
        text = moment.strftime("%Y-%m-%dT%H:%M:%S.%f")
        return text[: 20 + digits] + "Z"

    # --- the app's calls ---

    def pubkey(self):
        der = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def roll_out(self, **changed):
        """Send the public key; keep the server's."""
        fields = {
            "enrollment_credential": self.facts["enrollment_credential"],
            "serial": self.serial,
            "fbtoken": "no_firebase_token",
            "pubkey": self.pubkey(),
            **changed,
        }
        status, told = self.post(**fields)
        if status == 200:
            assert told["result"] == {"status": True, "value": True}
            assert "enrolled" == told["detail"]["rollout_state"]
            octets = base64.b64decode(told["detail"]["public_key"])
            self.server_key = load_der_public_key(_as_spki(octets))
        else:
            assert told["result"]["error"]["message"]
        return status

    def poll_query(self, timestamp=None, signature=None, serial=None):
        serial, timestamp = serial or self.serial, timestamp or self.timestamp()
        signature = signature or self.sign(f"{serial}|{timestamp}")
        return urlencode({"serial": serial, "timestamp": timestamp, "signature": signature})

    def poll(self, **changed):
        """Ask for challenges; give the status and what the app would show."""
        status, told = self.call("GET", self.poll_query(**changed))
        if status != 200:
            assert told["result"]["error"]["message"]
            return status, []
        return status, [one for one in told["result"]["value"] if self.believes(one)]

    def challenges(self):
        """Poll until something is shown; give that."""
        for _ in range(4):
            status, shown = self.poll()
            assert status == 200, status
            if shown:
                return shown
        raise AssertionError("nothing was asked")

    def believes(self, challenge):
        """Say whether a challenge is one of this token's server."""
        names = ["nonce", "url", "serial", "question", "title", "sslverify"]
        names += [name for name in ("require_presence", "display_code") if name in challenge]
        assert all(isinstance(value, str) for value in challenge.values())
        text = "|".join(challenge[name] for name in names)
        signature = base64.b32decode(challenge["signature"])
        try:
            self.server_key.verify(signature, text.encode(), padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return challenge["serial"] == self.serial

    def answer_to(self, challenge, decline=None, presence=None, *, old_app=False, key=None, **more):
        """Give the fields of an answer; *decline* is its reason, or True for none."""
        fields, text = {"serial": self.serial}, f"{challenge['nonce']}|{self.serial}"
        if not old_app:
            fields["nonce"] = challenge["nonce"]
        if decline:
            fields["decline"] = "1"
            text += "|decline"
        if isinstance(decline, str):
            fields["decline_reason"] = decline
            text += f"|{decline}"
        if presence is not None:
            fields["presence_answer"] = presence
            text += f"|{presence}"
        return {**fields, "signature": self.sign(text, key), **more}

    def answer(self, challenge, decline=None, presence=None, **bent):
        """Answer; give True or False as the server says, or its status where it refuses."""
        fields = self.answer_to(challenge, decline, presence, **bent)
        status, told = self.post(**fields)
        return told["result"]["value"] if status == 200 else status

    def update(self, token="no_firebase_token", timestamp=None, signature=None):
        """Send a new token of a push service."""
        timestamp = timestamp or self.timestamp()
        signature = signature or self.sign(f"{token}|{self.serial}|{timestamp}")
        return self.post(
            new_fb_token=token, serial=self.serial, timestamp=timestamp, signature=signature
        )[0]


def _as_spki(pkcs1):
    """Wrap an RSAPublicKey into what libraries read (RFC 5280 section 4.1)."""
    bits = b"\0" + pkcs1
    inner = PKCS1_PREFIX + b"\x03" + _length(bits) + bits
    return b"\x30" + _length(inner) + inner


def _length(octets):
    size = len(octets)
    if size < 128:
        return bytes((size,))
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(raw),)) + raw
