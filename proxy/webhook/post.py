"""
One alert to one endpoint: one POST over TLS, one answer, within one time limit.

A redirection is an answer like others, and no alert follows it. Of an answer only its status is
looked at: 2xx took it.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.web.client import Agent, FileBodyProducer, readBody
from twisted.web.http_headers import Headers

from proxy.webhook.options import NotTaken, Webhook

SECONDS: Final = 15.0
"""For a whole try (Standard Webhooks asks for 15 to 30)."""


async def post(
    webhook: Webhook,
    headers: Mapping[str, str],
    body: bytes,
    reactor: Any,  # noqa: ANN401 - a reactor
) -> None:
    """Post an alert. Raises NotTaken."""
    agent: Any = Agent(  # type: ignore[no-untyped-call]
        reactor, contextFactory=webhook.tls, connectTimeout=SECONDS
    )
    producer: Any = FileBodyProducer(BytesIO(body))  # type: ignore[no-untyped-call]
    named = Headers({name: [value] for name, value in headers.items()})
    asked: Deferred[Any] = agent.request(b"POST", webhook.url.encode(), named, producer)
    try:
        response = await asked.addTimeout(SECONDS, reactor)
    except Exception as error:  # noqa: BLE001 - names, sockets and TLS fail in many ways
        raise NotTaken(_words(error)) from None
    rest = readBody(response)
    rest.addErrback(lambda _: None)
    rest.cancel()  # nobody reads what follows; this closes the connection
    if not 200 <= response.code < 300:
        raise NotTaken(f"status {response.code}")


def _words(error: BaseException) -> str:
    """Put what ended a try into words."""
    reasons = getattr(error, "reasons", None)
    if reasons:
        error = reasons[0].value
    return str(error)[:200] or type(error).__name__
