"""What a letter says."""

from email import message_from_bytes
from email.policy import default
from typing import get_args

import pytest

from proxy.accounts.announcement import Announcement, AnnouncementKind
from proxy.mail.letter import FOR_ADMINS, write_letter

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


@pytest.mark.parametrize("kind", FOR_ADMINS)
def test_an_admin_is_told_whom_to_look_at(kind):
    """Which account, what it did, the commands."""
    one = Announcement(1, kind, "vpn, 192.0.2.7", 1_700_000_000.0, 0, "corp", "zoë", "admin")
    octets = write_letter(one, SENDER, "security@example.org", URL)
    found = message_from_bytes(octets, policy=default)
    text = found.get_content()
    assert "corp/zoë" in text
    assert "vpn, 192.0.2.7" in text
    assert "password is known to somebody" in text.replace("\n", " ")
    assert "countersign account unlock corp/zoë" in text
    assert "zoë" in found["Subject"]


def test_a_report_tells_the_person_that_somebody_knows_the_password():
    """In the subject already."""
    assert "Somebody knows your password" == letter("push-reported", "vpn, 192.0.2.7")["Subject"]
