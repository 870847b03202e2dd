"""The portal, where people enrol by themselves."""

from typing import Literal

from pydantic import Field

from proxy.settings.addresses import NetworkText
from proxy.settings.section import Section
from proxy.settings.values import DateText, Day, Name


class PortalSettings(Section):
    """
    The pages for people, at the root of `web.url`.

    Who signs in needs the directory's password and a second factor: the phone (with a number to
    type there), a code of an app, or a recovery code.
    """

    enabled: bool = True
    """false: there are no pages for people; phones go on."""
    networks: tuple[NetworkText, ...] = Field(default=(), examples=[["10.0.0.0/8"]])
    """Where browsers may come from; elsewhere the pages are not found, while phones are served
    everywhere. []: from everywhere."""
    directories: tuple[Name, ...] = Field(default=(), examples=[["corp"]])
    """Whose people may sign in, in the order in which they are searched. []: all of the file."""
    enrolment: Literal["invitation", "first-login"] = "invitation"
    """How a person without a second factor comes to one. invitation: an admin's invitation alone.
    first-login: the password alone lets a person enrol who never had a second factor, until
    `first_login_until`; after one was taken away, only an invitation or a recovery code does."""
    first_login_until: DateText | None = Field(default=None, examples=[Day("2026-12-31")])
    """The last day of `enrolment: first-login` (UTC), which cannot do without."""
