"""What a letter says: the person, what changed, when, and what to do if it was somebody else."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final
from urllib.parse import urlsplit

from proxy.accounts.announcement import Announcement, AnnouncementKind

SUBJECTS: Final[dict[AnnouncementKind, str]] = {
    "phone-enrolled": "A phone was enrolled for you",
    "phone-replaced": "Your phone was replaced",
    "phone-removed": "Your phone was removed",
    "totp-enrolled": "An authenticator app was enrolled for you",
    "totp-removed": "Your authenticator app was removed",
    "recovery-issued": "New recovery codes were made for you",
    "login-reported": "You reported a login",
    "push-confirmed": "Your phone is asked again",
}
SAYINGS: Final[dict[AnnouncementKind, str]] = {
    "phone-enrolled": 'The phone "{detail}" approves your logins from now on.',
    "phone-replaced": 'The phone "{detail}" approves your logins from now on, in place of the one '
    "before.",
    "phone-removed": 'The phone "{detail}" approves your logins no more.',
    "totp-enrolled": "An app that shows codes serves for your logins from now on, in place of any "
    "before.",
    "totp-removed": "The app that shows codes serves for your logins no more.",
    "recovery-issued": "Ten new codes serve for your logins, each once. Those of before do not.",
    "push-confirmed": "Your phone was not asked about logins any more, because some were refused "
    "or not answered there. It is asked again, because it was confirmed that you are there.",
    "login-reported": "You said that a login was not yours ({detail}). Your administrator can see "
    "it.",
}
LETTER: Final = """\
Hello {user_name},

{saying}

When: {when} UTC
Where: {host}

If it was not you who did this, somebody else may have your password. Change it now, then sign in at
{url}
to see what is enrolled and to sign out everywhere, and tell your administrator.

No answer to this letter is read.
"""


def write_letter(announcement: Announcement, sender: str, to: str, url: str) -> bytes:
    """
    Write a letter (RFC 5322), its lines ended by LF.

    Args:
        sender: an address, with or without a name: `Countersign <countersign@example.org>`.
        to: an address.
        url: `web.url`.
    """
    at = datetime.fromtimestamp(announcement.at, UTC)
    letter = EmailMessage(default)
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = SUBJECTS[announcement.kind]
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
    letter.set_content(
        LETTER.format(
            user_name=announcement.user_name,
            saying=SAYINGS[announcement.kind].format(detail=announcement.detail),
            when=at.strftime("%Y-%m-%d %H:%M"),
            host=urlsplit(url).hostname,
            url=url,
        )
    )
    return letter.as_bytes()
