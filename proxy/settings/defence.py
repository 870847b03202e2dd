"""What keeps a person from being worn down by pushes (`proxy.login.fatigue`)."""

from collections.abc import Iterator

from pydantic import Field

from proxy.login.places import NewPlace
from proxy.settings.document import Document
from proxy.settings.finding import Finding
from proxy.settings.section import Section
from proxy.settings.times import Spans, TimeZone
from proxy.settings.values import Duration, FilePath, duration, written


class DefenceSettings(Section):
    """
    What keeps people from being worn down by approval requests that somebody else brings about.

    A request counts as failed that was denied, reported, closed by a third wrong number, or not
    answered in time. Codes serve all the while. Only who knows the password brings any of this
    about.
    """

    first_wait: Duration = duration("30s", "1s", "1h")
    """After a failed request, how long that client's logins of this person send none; each further
    one in a row doubles it. An approval at that client ends it."""
    longest_wait: Duration = duration("1h", "1s", "24h")
    """The longest that this wait becomes."""
    denials: int = Field(default=3, ge=1, le=100)
    """After so many denied in a row, at whatever clients, none is sent to this person until they
    confirm to be there (on the phone or at the portal) or an admin unlocks the account."""
    unanswered: int = Field(default=5, ge=1, le=100)
    """The same for requests that were not answered."""
    new_client: NewPlace = "tell"
    """A client that this person never logged in at. tell: the phone says that it is the first time
    from there. number-where-possible: that, and the number that the NAS shows is to be typed, even
    where `number_matching` is off. strict: no request without a number there, only a code passes.
    off: nothing more is asked."""
    new_country: NewPlace = "strict"
    """The same for a country that this person never logged in from, once there is one to compare it
    with. Looked at where `geoip` is given and the caller is an address."""
    geoip: FilePath | None = Field(default=None, examples=["/var/lib/GeoIP/GeoLite2-Country.mmdb"])
    """A file of countries in MaxMind's format (GeoLite2 Country or City, DB-IP, IPinfo), held in
    memory and read again with the configuration. Left out: countries are not looked at."""
    quiet_hours: Spans | None = Field(default=None, examples=["22:00-06:00"])
    """No request is sent in these hours; a code passes. Left out: none are quiet."""
    time_zone: TimeZone | None = Field(default=None, examples=["Europe/Berlin"])
    """Of `quiet_hours`. Left out: the system's."""


def defence_faults(defence: DefenceSettings, document: Document) -> Iterator[Finding]:
    """Give the faults between these keys."""
    if defence.longest_wait < defence.first_wait:
        message = f"found less than first_wait, wanted {written(defence.first_wait)} or more"
        yield document.fault(("push", "defence", "longest_wait"), message)
    if defence.time_zone is not None and defence.quiet_hours is None:
        message = "found without quiet_hours, wanted both"
        yield document.fault(("push", "defence", "time_zone"), message)
