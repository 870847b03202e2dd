"""
When a message is sent again: what an answer means, and how long to wait.

Pure: a status and what the service asked for come in, a verdict and seconds go out.
"""

from email.utils import parsedate_to_datetime
from typing import Final, Literal

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds. A person waits: a request lives two to five minutes."""
JITTER: Final = 0.5
"""Of a pause at most, so that phones of one broken service are not called all at once."""

Verdict = Literal["sent", "gone", "later", "refused"]


def verdict_of(status: int) -> Verdict:
    """
    Say what a service's answer means.

    `gone`: it does not know the subscription any more; `later`: it may take the message later;
    `refused`: it does not take it, and will not. A redirection is refused: nobody is called whose
    address was not judged.

    RFC 8030 sections 5 and 7.3, RFC 6585 section 4.
    """
    if 200 <= status < 300:
        return "sent"
    if status in {404, 410}:
        return "gone"
    return "later" if status in {408, 429} or status >= 500 else "refused"


def pause(tries: int, retry_after: float | None, jitter: float) -> float:
    """
    Give the seconds to wait before the next try.

    Args:
        tries: how many there were, from 1 on.
        retry_after: what the service asked for; None: nothing.
        jitter: 0 to 1, at random.
    """
    doubled = min(FIRST_PAUSE * 2.0 ** min(tries - 1, 16), LONGEST_PAUSE)
    return max(doubled * (1 + JITTER * jitter), retry_after or 0.0)


def retry_after(value: str | None, now: float) -> float | None:
    """
    Read Retry-After: seconds or a date; None: there is none that can be understood.

    RFC 9110 section 10.2.3.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
