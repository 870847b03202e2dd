"""What a letter says."""

from email import message_from_bytes
from email.policy import default
from typing import get_args

import pytest

from proxy.accounts.announcement import Announcement, AnnouncementKind
from proxy.mail.letter import write_letter

URL = "https://mfa.example.org"
SENDER = "Countersign <countersign@example.org>"


def letter(kind="phone-enrolled", detail="Alice's phone", name="alice"):
    one = Announcement(1, kind, detail, 1_700_000_000.0, 0, "corp", name)
    octets = write_letter(one, SENDER, "alice@example.org", URL)
    return message_from_bytes(octets, policy=default)


def test_a_letter_says_what_when_and_what_to_do():
    """To the person, with the portal's address and nothing secret."""
    found = letter()
    text = found.get_content()
    assert "A phone was enrolled for you" == found["Subject"]
    assert ("alice@example.org", SENDER) == (found["To"], found["From"])
    assert "auto-generated" == found["Auto-Submitted"]
    for words in (
        "Hello alice,",
        '"Alice\'s phone"',
        "2023-11-14 22:13 UTC",
        "mfa.example.org",
        URL,
    ):
        assert words in text


@pytest.mark.parametrize("kind", get_args(AnnouncementKind))
def test_every_kind_has_its_letter(kind):
    """With a subject of its own."""
    assert letter(kind, "vpn, 192.0.2.7")["Subject"]


def test_a_name_is_a_name():
    """Braces, quotes and letters of any script stay text; no header comes of it."""
    found = letter(detail='{0} "Zoë" \u202d', name="zoë {url}")
    assert '{0} "Zoë"' in found.get_content()
    assert "zoë {url}" in found.get_content()
    assert {"From", "To", "Subject", "Date", "Message-ID"} <= set(found.keys())
