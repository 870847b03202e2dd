"""
An endpoint for signed webhooks, of the tests' own: Standard Webhooks 1.0.0 from its text.

It shares no code with the product; the server speaks TLS on loopback and gives whatever statuses a
test puts into `statuses`.
"""

import base64
import hmac
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue


def verified(headers, body, secret, now=None):
    """Give what a message says; an assertion fails where its signature or time is not good."""
    message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    assert abs((now or time.time()) - int(timestamp)) < 300
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = message_id.encode() + b"." + timestamp.encode() + b"." + body
    expected = base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
    given = [one.partition(",") for one in headers["webhook-signature"].split(" ")]
    assert ("v1", ",", expected) in given
    return json.loads(body)


class WebhookServer:
    """One endpoint, from its making until it is stopped."""

    def __init__(self, certificate, key):
        self.messages = Queue()
        self.statuses = []
        """The first is answered to the next message; without one, 204."""
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = endpoint.statuses.pop(0) if endpoint.statuses else 204
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                headers = {name.lower(): value for name, value in self.headers.items()}
                endpoint.messages.put((self.path, headers, body, status))

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_address[1]}/countersign?from=here"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def message(self, seconds=20):
        """Wait for a message; give its path, headers, body and what was answered."""
        return self.messages.get(timeout=seconds)

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
