"""
Texts of Reply-Message: ours cut to size, another server's made fit to be shown.

Another server's text is shown to a person by a NAS, on a terminal perhaps: no control, format or
direction characters are left in it, and not more than a screen can show.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from proxy.radius.packet import MAX_VALUE_LENGTH

TEXT_LIMIT = 1000
"""Characters of another server's text that are passed on: four Reply-Messages of ASCII."""
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def message_text(messages: Iterable[bytes]) -> str:
    """
    Join another server's Reply-Messages to one text that may be shown.

    Line ends and other controls become spaces, what is not UTF-8 becomes U+FFFD.
    """
    text = b"".join(messages).decode("utf-8", "replace")
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(c) in _NOT_SHOWN else c for c in text)
    return text[:TEXT_LIMIT].strip()


def reply_messages(text: str) -> Iterator[bytes]:
    """Cut a text into values of Reply-Message, which a NAS shows in order; no letter is cut."""
    octets = text.encode()
    while octets:
        part = octets[:MAX_VALUE_LENGTH].decode(errors="ignore").encode()
        yield part
        octets = octets[len(part) :]
