"""
A second phone, written from the product's contract alone: `cryptography` and `http.client`.

It shares no code with the product, so that what both of them do is what the contract says. Each
step can be bent: another key, header, claim or body.
"""

import base64
import hashlib
import http.client
import json
import os
import ssl
import time
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

API = "/api/device/v1"


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def jwk_of(key):
    numbers = key.public_key().public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64(numbers.x.to_bytes(32, "big")),
        "y": b64(numbers.y.to_bytes(32, "big")),
    }


def thumbprint(jwk):
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return b64(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


def sign(header, payload, key):
    """Give a compact JWS by ES256."""
    first = b64(json.dumps(header).encode()) + "." + b64(json.dumps(payload).encode())
    r, s = decode_dss_signature(key.sign(first.encode(), ec.ECDSA(SHA256())))
    return first + "." + b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def payload_of(jws):
    """Read a JWS without believing it."""
    return json.loads(unb64(jws.split(".")[1]))


class Phone:
    """One phone: a key, a server, what it was told at enrolment."""

    def __init__(self, url, ca=None, key=None, clock=time.time):
        self.issuer = url
        self.key = key or new_key()
        self.jwk = jwk_of(self.key)
        self.id = thumbprint(self.jwk)
        self.clock = clock
        self.authenticator = None
        """With which its passkey is made and used; None: it has none."""
        self._ca = ca

    # --- requests ---

    def proof(self, method, path, **changed):
        """Give the DPoP proof for a call."""
        payload = {
            "htm": method,
            "htu": self.issuer + path,
            "iat": int(self.clock()),
            "jti": b64(os.urandom(16)),
        }
        payload.update(changed)
        return sign({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}, payload, self.key)

    def call(self, method, path, body=None, headers=None, query=""):
        """Make a call; give status, headers and the body's octets."""
        parts = urlsplit(self.issuer)
        context = ssl.create_default_context(cafile=self._ca)
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=90, context=context
        )
        try:
            connection.request(method, path + query, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def proved(self, method, path, body=None, headers=None, query="", proof=None):
        """Make a call with its proof."""
        told = {"DPoP": proof or self.proof(method, path), **(headers or {})}
        return self.call(method, path, body, told, query)

    # --- the contract's calls ---

    def enrolment(self, code, **changed):
        """Give the body of an enrolment."""
        payload = {"code": code, "aud": self.issuer, "iat": int(self.clock())}
        proof = sign({"typ": "enrolment-proof+jwt", "alg": "ES256"}, payload, self.key)
        body = {"code": code, "name": "second phone", "key": self.jwk, "proof": proof}
        if self.authenticator is not None:
            body["passkey"] = self.authenticator.register(proof)
        return {**body, **changed}

    def enroll(self, code, **changed):
        body = json.dumps(self.enrolment(code, **changed))
        headers = {"Content-Type": "application/json"}
        status, _, octets = self.call("POST", f"{API}/enrolments", body, headers)
        return status, json.loads(octets)

    def change_totp(self, method, **members):
        """Begin (POST) or confirm (PUT) TOTP in the app; give the status and what was told."""
        body = json.dumps(members) if members else None
        headers = {"Content-Type": "application/json"} if members else {}
        status, _, octets = self.proved(method, f"{API}/totp", body, headers)
        return status, json.loads(octets) if octets else None

    def poll(self, wait=0):
        """Give what a poll tells."""
        status, _, octets = self.proved("GET", f"{API}/approvals", query=f"?wait={wait}")
        assert status == 200, (status, octets)
        return json.loads(octets)

    def approvals(self, wait=0):
        """Give the open requests as JWS texts."""
        return self.poll(wait)["approvals"]

    def answer_to(self, jws, decision="approve", number=None, header=None, key=None, **changed):
        """Give the signed answer to a request."""
        asked = payload_of(jws)
        payload = {
            "id": asked["id"],
            "nonce": asked["nonce"],
            "request": b64(hashlib.sha256(jws.encode()).digest()),
            "decision": decision,
            "iat": int(self.clock()),
        }
        if number is not None:
            payload["number"] = number
        payload.update(changed)
        head = {"typ": "approval-answer+jwt", "alg": "ES256", **(header or {})}
        return sign(head, payload, key or self.key)

    def send(self, approval_id, jws):
        """Send an answer; give the status and the problem's kind."""
        path = f"{API}/approvals/{approval_id}/answer"
        headers = {"Content-Type": "application/jose"}
        status, _, octets = self.proved("POST", path, jws, headers)
        return status, json.loads(octets)["type"].rsplit("/", 1)[1] if octets else None

    def send_asserted(self, approval_id, jws, assertion, **changed):
        """Send an answer with the assertion of its passkey; give the status and the kind."""
        path = f"{API}/approvals/{approval_id}/answer"
        body = json.dumps({"answer": jws, "assertion": assertion, **changed})
        headers = {"Content-Type": "application/json"}
        status, _, octets = self.proved("POST", path, body, headers)
        return status, json.loads(octets)["type"].rsplit("/", 1)[1] if octets else None

    def answer(self, request, decision="approve", number=None):
        """Answer a request; give the status."""
        jws = self.answer_to(request, decision, number)
        return self.send(payload_of(request)["id"], jws)[0]
