"""
A push service and the browser behind it, of the tests' own: RFC 8030, 8291 and 8292 from their text.

It shares no code with the product. HKDF is written out with hmac, the record is opened with
AES-GCM, the token is verified with ECDSA, so that what both sides do is what the RFCs say. The
server speaks TLS on loopback and gives whatever answers a test puts into `answers`.
"""

import hmac
import json
import ssl
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import urandom
from queue import Empty, Queue

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.peers.phone import b64, unb64

CURVE = ec.SECP256R1()


def hkdf(salt, secret, info, length):
    """RFC 5869, for one block."""
    key = hmac.digest(salt, secret, "sha256")
    return hmac.digest(key, info + b"\1", "sha256")[:length]


def point(key):
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def decrypt(body, private, auth):
    """Open a message of one record. RFC 8188 section 2, RFC 8291 section 3.4."""
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert length == 65
    assert 17 <= len(record) <= size
    agreed = private.exchange(
        ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender)
    )
    info = b"WebPush: info\0" + point(private.public_key()) + sender
    secret = hkdf(auth, agreed, info, 32)
    key = hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = hkdf(salt, secret, b"Content-Encoding: nonce\0", 12)
    padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
    assert padded[-1:] == b"\2", "the record is not the last one"
    return padded[:-1]


def verified_token(authorization, push_key, audience, now=None):
    """Give the claims of a token; an assertion fails where it is not good. RFC 8292 sections 2, 3."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme == "vapid"
    parameters = dict(one.strip().split("=", 1) for one in rest.split(","))
    assert parameters["k"] == push_key
    signed, _, signature = parameters["t"].rpartition(".")
    head, payload = (json.loads(unb64(part)) for part in signed.split("."))
    assert (head["typ"], head["alg"]) == ("JWT", "ES256")
    octets = unb64(signature)
    assert len(octets) == 64
    der = encode_dss_signature(int.from_bytes(octets[:32]), int.from_bytes(octets[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unb64(push_key))
    key.verify(der, signed.encode(), ec.ECDSA(SHA256()))
    now = time.time() if now is None else now
    assert payload["aud"] == audience
    assert now < payload["exp"] <= now + 24 * 3600
    assert payload["sub"].startswith(("mailto:", "https://"))
    return payload


class BrowserKeys:
    """What a browser makes when it subscribes, and keeps to itself."""

    def __init__(self):
        self.private = ec.generate_private_key(CURVE)
        self.auth = urandom(16)

    def subscription(self, endpoint, **changed):
        """Give what `PushSubscription.toJSON()` gives."""
        keys = {"p256dh": b64(point(self.private.public_key())), "auth": b64(self.auth)}
        return {"endpoint": endpoint, "expirationTime": None, "keys": keys, **changed}

    def opened(self, body):
        return decrypt(body, self.private, self.auth)


@dataclass
class Message:
    """A message as it came."""

    path: str
    headers: dict
    body: bytes
    connection: tuple
    at: float


class PushService:
    """
    A push service on loopback.

    `answers` are given one after another, then 201: a status, or a status and headers; a status of
    None: the connection is closed without an answer.
    """

    def __init__(self, certificate, key, address="127.0.0.1"):
        self.answers = []
        self._came = Queue()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                found = {name.lower(): value for name, value in self.headers.items()}
                at = time.monotonic()
                service._came.put(Message(self.path, found, body, self.client_address, at))
                answer = service.answers.pop(0) if service.answers else 201
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        # Not at the accept: somebody who connects and says nothing would hold up everybody.
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, host="localhost", path="/push/abc"):
        return f"https://{host}:{self.port}{path}"

    def origin(self, host="localhost"):
        return f"https://{host}:{self.port}"

    def message(self, seconds=10.0):
        """Wait for the next message; None: none came."""
        try:
            return self._came.get(timeout=seconds)
        except Empty:
            return None

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
