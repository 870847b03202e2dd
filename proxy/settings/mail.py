"""How people are told of what was changed of their second factors."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from proxy.settings.secrets import SecretText
from proxy.settings.section import Section
from proxy.settings.values import FilePath, InWords, found

_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}"
_SENDER = re.compile(rf"{_ADDRESS}|[^<>@,;:\\\"]{{1,64}} <{_ADDRESS}>")
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")


def _host(value: object) -> str:
    if not isinstance(value, str) or _HOST.fullmatch(value) is None:
        raise found(value, "a host name or an IP address without brackets")
    return value


def _sender(value: object) -> str:
    wanted = "an address, with or without a name: Countersign <countersign@example.org>"
    if not isinstance(value, str) or not value.isprintable() or not _SENDER.fullmatch(value):
        raise found(value, wanted)
    return value


HostName = Annotated[
    str,
    BeforeValidator(_host),
    InWords("host name or IP address"),
    WithJsonSchema({"type": "string"}),
]
Sender = Annotated[
    str, BeforeValidator(_sender), InWords("mail address"), WithJsonSchema({"type": "string"})
]


class MailSettings(Section):
    """
    Mail by SMTP over TLS. Left out: nobody is told by mail.

    A person hears of each phone, app and sheet of recovery codes that comes or goes, at the address
    in the directory (`mail_attribute`). What cannot be sent is tried again for a day.
    """

    server: HostName
    """The mail server; its certificate must hold this name."""
    port: int = Field(default=465, ge=1, le=65535)
    """Its port: usually 465 for `tls: implicit`, 587 for `tls: starttls`."""
    tls: Literal["implicit", "starttls"] = "implicit"
    """TLS from the first octet, or after STARTTLS; never without."""
    user: str | None = None
    """Whom it knows us as. Left out: no authentication."""
    password: SecretText | None = None
    """Its password; together with `user`."""
    sender: Sender
    """What stands in From."""
    ca_certificates: FilePath | None = None
    """PEM: the CAs that may vouch for the server. Left out: the system's."""
