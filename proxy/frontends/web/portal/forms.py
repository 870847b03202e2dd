"""
What comes in a form: few fields, each once and bounded, and proof that the page was ours.

The proof is a token of the id in the browser's cookie, made with a key of this server: another
site's page has neither. Browsers also say which site's page sent a form (Origin, Sec-Fetch-Site);
where they say so, it must be ours.
"""

import base64
import hmac
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from proxy.frontends.web.problem import Problem
from proxy.sealing import keyed_digest

MOST_FIELDS: Final = 16
LONGEST_VALUE: Final = 8192
"""Characters; the longest of ours, an assertion of a passkey, has some 1,000 to 4,000."""
FIELD: Final = "form"
"""The field with the token."""
_MEDIA_TYPE: Final = b"application/x-www-form-urlencoded"


def form_token(key: bytes, cookie: str) -> str:
    """Give the token of the forms of one browser; *cookie* is the id that it holds."""
    digest = keyed_digest(key, b"form", cookie.encode())
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_token(key: bytes, cookie: str, found: str) -> bool:
    """Say whether a form came from a page that this browser was given."""
    return hmac.compare_digest(form_token(key, cookie).encode(), found.encode("utf-8", "replace"))


def read_form(request: Any) -> Mapping[str, str]:  # noqa: ANN401 - Twisted's
    """
    Read a form.

    Raises:
        Problem: 415 it is none; 400 a field comes twice, is too long or not UTF-8, or too many do.
    """
    found = request.getHeader(b"Content-Type") or b""
    if found.split(b";")[0].strip().lower() != _MEDIA_TYPE:
        raise Problem(415, "media-type")
    try:
        text = request.content.getvalue().decode("ascii")
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise Problem(400, "malformed") from None
    fields = dict(pairs)
    if len(fields) < len(pairs) or any(len(value) > LONGEST_VALUE for value in fields.values()):
        raise Problem(400, "malformed")
    return fields


def check_origin(request: Any, url: str) -> None:  # noqa: ANN401 - Twisted's
    """Raise Problem where the browser says that another site's page sent a form."""
    origin = request.getHeader(b"Origin")
    site = request.getHeader(b"Sec-Fetch-Site")
    ours = urlsplit(url)
    if origin is not None and origin != f"{ours.scheme}://{ours.netloc}".encode():
        raise Problem(403, "another-site")
    if site is not None and site != b"same-origin":
        raise Problem(403, "another-site")
