"""Whether the daemon is alive."""

from typing import Any

from klein import Klein


class Pages:
    """What is for machines that are no phones."""

    def add_to(self, router: Klein) -> None:
        """Add the paths to a router."""
        router.route("/healthz", methods=["GET"], endpoint="healthz")(self.healthz)

    def healthz(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Answer a load balancer."""
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        return b"ok\n"
