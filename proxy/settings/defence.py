"""What keeps a person from being worn down by pushes (`proxy.login.fatigue`)."""

from pydantic import Field

from proxy.settings.section import Section
from proxy.settings.values import Duration, duration


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
