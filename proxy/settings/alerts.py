"""Who is told at once that a password is known to somebody."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from proxy.secret import Secret
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.secrets import read_secret
from proxy.settings.section import Section
from proxy.settings.values import FilePath, InWords, fault, found

SHORTEST_KEY: Final = 24
"""Octets of a key that signs, at least (Standard Webhooks 1.0.0)."""
_PREFIX: Final = b"whsec_"
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")


def _address(value: object) -> str:
    if not isinstance(value, str) or _ADDRESS.fullmatch(value) is None:
        raise found(value, "a mail address")
    return value


def _https(value: object) -> str:
    wanted = "an https:// URL"
    if not isinstance(value, str) or not re.fullmatch(r"https://[!-~]{1,2000}", value):
        raise found(value, wanted)
    try:
        parts = urlsplit(value)
        usable = parts.hostname and parts.port != 0
    except ValueError as error:
        raise found(value, wanted) from error
    if not usable or "@" in parts.netloc or parts.fragment:
        raise found(value, wanted + " without a name, a password and a #")
    return value


def _key(value: object) -> Secret:
    """Read a key: `whsec_` and base64, as Standard Webhooks writes it, or the octets themselves."""
    octets = read_secret(value).reveal()
    if octets.startswith(_PREFIX):
        try:
            octets = base64.b64decode(octets.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            raise fault("found whsec_ without base64 behind it") from None
    if len(octets) < SHORTEST_KEY:
        raise fault(f"found a key of {len(octets)} octets, wanted {SHORTEST_KEY} or more")
    return Secret(octets)


MailAddress = Annotated[
    str, BeforeValidator(_address), InWords("mail address"), WithJsonSchema({"type": "string"})
]
HttpsUrl = Annotated[
    str,
    BeforeValidator(_https),
    InWords("`https://` URL"),
    WithJsonSchema({"type": "string", "pattern": "^https://"}),
]
WebhookKey = Annotated[
    Secret,
    PlainValidator(_key),
    InWords("secret of 24 octets or more"),
    WithJsonSchema(
        {
            "type": "string",
            "description": "Written out, or !file PATH, !env NAME, !credential NAME.",
        }
    ),
]


class WebhookSettings(Section):
    """An endpoint of your own that is posted each alert, signed (Standard Webhooks)."""

    url: HttpsUrl
    """Where it is."""
    secret: WebhookKey
    """The key of the signature (HMAC-SHA256): `whsec_` and base64, or the octets themselves."""
    ca_certificates: FilePath | None = Field(default=None, examples=["/etc/countersign/ca.pem"])
    """PEM: the CAs that may vouch for it. Left out: the system's."""


class AlertsSettings(Section):
    """
    Who is told, beside the log and the person, that a password is or may be known to somebody.

    That is: a person said "this was not me", or so many pushes failed that none is sent any more.
    What cannot be delivered is tried again for a day.
    """

    mail_to: MailAddress | None = Field(default=None, examples=["security@example.org"])
    """An address that gets a letter; needs `mail`."""
    webhook: WebhookSettings | None = None
    """An endpoint that is posted each alert. Left out: none."""


def alert_faults(alerts: AlertsSettings, document: Document, *, mail: bool) -> Iterator[Finding]:
    """Give the faults between these keys and others; *mail*: there is a `mail`."""
    if alerts.mail_to is not None and not mail:
        yield document.fault(("alerts", "mail_to"), "found without mail, which sends it")
