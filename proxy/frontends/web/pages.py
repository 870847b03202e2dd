"""What a browser sees: static pages without script, and whether the daemon is alive."""

from typing import Any, Final

from klein import Klein

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} · Countersign</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}
code {{ background: color-mix(in srgb, currentColor 12%, transparent); padding: .15rem .35rem;
  border-radius: .25rem; overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
{body}
</html>
"""
_HOME: Final = """<p>This server asks for the second factor when people of your company log in to
the network. <a href="app/">Open the app</a> that approves your logins.</p>"""


class Pages:
    """The pages of one site."""

    def add_to(self, router: Klein) -> None:
        """Add the paths to a router."""
        router.route("/", methods=["GET"], endpoint="home")(self.home)
        router.route("/healthz", methods=["GET"], endpoint="healthz")(self.healthz)

    def home(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Say what this server is."""
        return _html(request, "Second factor", _HOME)

    def healthz(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Answer a load balancer."""
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        return b"ok\n"


def _html(request: Any, title: str, body: str) -> bytes:  # noqa: ANN401 - Twisted's
    request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
    request.setHeader(b"Content-Security-Policy", _POLICY.encode())
    return _PAGE.format(title=title, body=body).encode()
