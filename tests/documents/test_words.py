"""Every word that a log line or a count may hold is explained on its page."""

import re
from pathlib import Path
from typing import get_args

import pytest

from proxy.errors import PeerError
from proxy.frontends.radius import exchange, reading, udp
from proxy.frontends.web import site
from proxy.frontends.web.problem import TITLES
from proxy.login.actions import PassedFactor, Prompt, RejectReason
from proxy.push import webpush

OPERATIONS, TROUBLE = Path("docs/operations.md"), Path("docs/troubleshooting.md")


def kinds(error):
    for kind in error.__subclasses__():
        yield kind
        yield from kinds(kind)


def discarded():
    """Give the reasons for which a packet is discarded."""
    rooms = ("proxy.radius.packet", "proxy.radius.password", "proxy.radius.integrity")
    found = [kind for kind in kinds(PeerError) if kind.__module__.startswith(rooms)]
    return {exchange.UnknownClient.reason, exchange.UnsupportedCode.reason, "full"} | {
        reading.WrongSecret.reason,
        *(kind.reason for kind in found),
    }


def counted():
    """Give the words that the doors count beside them, as their code has them."""
    text = "".join(Path(room.__file__).read_text() for room in (exchange, reading, udp, site))
    refused = re.findall(r'(?:Refused\(|return )"([a-z-]+)"', Path(reading.__file__).read_text())
    pushed = re.findall(r'"(push-[a-z-]+)"', Path(webpush.__file__).read_text())
    counts = re.findall(r'_count\("([a-z-]+)"\)', text)
    return {*counts, *pushed, *(f"refused-{word}" for word in refused)}


@pytest.mark.parametrize(
    ("words", "page"),
    [
        pytest.param(get_args(RejectReason), TROUBLE, id="rejected"),
        pytest.param(get_args(Prompt), OPERATIONS, id="challenged"),
        pytest.param(get_args(PassedFactor), OPERATIONS, id="accepted"),
        pytest.param(discarded(), TROUBLE, id="discarded"),
        pytest.param(counted(), OPERATIONS, id="counted"),
        pytest.param(TITLES, OPERATIONS, id="problems"),
    ],
)
def test_words_are_explained(words, page):
    """Each word is on its page."""
    text = page.read_text()
    assert words
    assert not sorted(word for word in words if f"`{word}`" not in text)
