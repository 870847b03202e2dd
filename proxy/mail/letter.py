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
    "push-reported": "Somebody knows your password",
    "push-blocked": "Your phone is not asked any more",
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
    "push-reported": "You said on your phone that a login was not yours ({detail}). Whoever it "
    "was typed your password: somebody knows it. Your phone is not asked any more until you "
    "confirm, in its app or at the portal, that you are there. Your codes go on.",
    "push-blocked": "Several logins in a row were refused or not answered on your phone, the last "
    "one at {detail}. It is not asked any more until you confirm, in its app or at the portal, "
    "that you are there. Your codes go on.",
    "push-confirmed": "Your phone was not asked about logins any more, because some were refused "
    "or not answered there. It is asked again, because it was confirmed that you are there.",
    "login-reported": "You said that a login was not yours ({detail}). Your administrator can see "
    "it.",
}
FOR_ADMINS: Final[dict[AnnouncementKind, str]] = {
    "push-reported": 'said on the phone "this was not me" of a login ({detail}). That login came '
    "with the right password: the password is known to somebody. No push is sent to this person "
    "until they confirm or you unlock the account.",
    "login-reported": "said at the portal that a login was not theirs ({detail}). If it had the "
    "right password, the password is known to somebody. No push is sent to this person until they "
    "confirm or you unlock the account.",
    "push-blocked": "refused or did not answer several pushes in a row, the last one at {detail}. "
    "If they were not this person's logins, the password is known to somebody. No push is sent "
    "until they confirm or you unlock the account.",
}
"""Alerts alone go to an admin."""
ADMIN_LETTER: Final = """\
{directory}/{user_name} {saying}

When: {when} UTC
Server: {host}

    countersign account show {directory}/{user_name}
    countersign account unlock {directory}/{user_name}

No answer to this letter is read.
"""
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
    admin = announcement.audience == "admin"
    subject = SUBJECTS[announcement.kind]
    letter["Subject"] = (
        f"Alert: {announcement.user_name}, {announcement.kind}" if admin else subject
    )
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
    sayings = FOR_ADMINS if admin else SAYINGS
    letter.set_content(
        (ADMIN_LETTER if admin else LETTER).format(
            directory=announcement.directory,
            user_name=announcement.user_name,
            saying=sayings[announcement.kind].format(detail=announcement.detail),
            when=at.strftime("%Y-%m-%d %H:%M"),
            host=urlsplit(url).hostname,
            url=url,
        )
    )
    return letter.as_bytes()
