"""What of the portal's keys does not fit together, or has no effect."""

from collections.abc import Iterator

from proxy.login.request import PORTAL
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.schema import Settings


def portal_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults between the portal's keys, and of a client that takes its name."""
    portal = settings.web.portal
    place = ("web", "portal")
    if portal.enrolment == "first-login" and portal.first_login_until is None:
        message = "first-login wants first_login_until: its last day, such as 2026-12-31"
        yield document.fault((*place, "enrolment"), message)
    if portal.enrolment != "first-login" and portal.first_login_until is not None:
        message = "found without enrolment: first-login"
        yield document.fault((*place, "first_login_until"), message)
    for position, name in enumerate(portal.directories):
        if name not in settings.directories:
            known = ", ".join(settings.directories)
            message = f"found {name!r}, wanted the name of a directory: {known}"
            yield document.fault((*place, "directories", position), message)
    if len(set(portal.directories)) < len(portal.directories):
        message = "found a directory twice, wanted each once"
        yield document.fault((*place, "directories"), message)
    if PORTAL in settings.clients:
        message = f"found {PORTAL!r}, which is the portal's own name in policies and records"
        yield document.fault(("clients", PORTAL), message)


def mail_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults between the keys of mail."""
    mail = settings.mail
    if mail is not None and (mail.user is None) != (mail.password is None):
        there, absent = ("user", "password") if mail.user is not None else ("password", "user")
        yield document.fault(("mail", there), f"found without mail.{absent}, wanted both")


def portal_warnings(settings: Settings, document: Document, now: float) -> Iterator[Finding]:
    """Warn of days that are over."""
    until = settings.web.portal.first_login_until
    if until is not None and until.ends_at <= now:
        message = f"{until} is over, so only invitations enrol"
        yield document.warning(("web", "portal", "first_login_until"), message)
