"""A browser of few lines at a running daemon: over HTTPS, its certificate verified."""

import http.client
import ssl
from urllib.parse import urlsplit

from tests.peers.portal_world import Browser


class Answered:
    """An answer as octets."""

    def __init__(self, octets):
        self._octets = octets

    def value(self):
        return self._octets


class HttpBrowser(Browser):
    """Cookies and the page that is open, at a daemon; from an address of this machine's loopback."""

    def __init__(self, daemon, address="127.0.0.1"):
        super().__init__(daemon, address)
        self.origin = daemon.url

    def carry(self, method, path, told, octets):
        parts = urlsplit(self.world.url)
        context = ssl.create_default_context(cafile=self.world.ca)
        connection = http.client.HTTPSConnection(
            parts.hostname,
            parts.port,
            timeout=60,
            context=context,
            source_address=(self.address, 0),
        )
        try:
            headers = {name: value for name, value in told.items() if value is not None}
            connection.request(method, path, octets, headers)
            answer = connection.getresponse()
            body = answer.read()
            lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
            kept = ("transfer-encoding", "content-length")
            lines += [
                f"{name}: {value}"
                for name, value in answer.getheaders()
                if name.lower() not in kept
            ]
            return Answered("\r\n".join([*lines, "", ""]).encode() + body)
        finally:
            connection.close()

    def sign_in(self, name, password, **fields):
        """Send name and password from the page that asks for them."""
        self.get("/sign-in")
        return self.post("/sign-in", username=name, password=password, **fields)
