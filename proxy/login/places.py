"""
Where a person has logged in before, and what a login from somewhere else is asked.

A place is a client, and the country of the caller where that is an address. A person's places are
remembered when a login of theirs passed a second factor, and asked about when a push is to be sent:
whoever got hold of a password rarely sits where its owner does.

- From a new client, by default (`tell`), the push goes out and the phone says that it is the first
  time from there; wherever the NAS can show a number, number matching asks for one anyway, unless a
  policy turned it off. `number-where-possible` asks for one there all the same; where the NAS shows
  none the push goes out, else nobody could begin at such a client. `strict` sends no push without a
  number, so that only a code passes.
- A new country is strict by default, once there is a country to compare it with. The first one is
  remembered in silence: nobody was anywhere before it.
- `off` asks nothing more.
"""

from dataclasses import dataclass
from typing import Final, Literal

NewPlace = Literal["tell", "number-where-possible", "strict", "off"]
Precaution = Literal["none", "tell", "number", "code"]
"""`tell`: a push, on which the phone says that it is the first time from there; `number`: that, and
only with a number; `code`: no push."""

MOST_PLACES: Final = 64
"""Of a kind that are remembered of one person; the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says of new places."""

    client: NewPlace = "tell"
    country: NewPlace = "strict"


DEFAULT: Final = Rules()


def precaution(
    rules: Rules, *, new_client: bool, new_country: bool, numbered: bool, can_number: bool
) -> Precaution:
    """
    Say what a login is asked beside its push.

    Args:
        new_country: it is none of those that are remembered, and there are some.
        numbered: the login shows a number anyway.
        can_number: it could show one, and the phone have it typed.
    """
    found = {rules.client} if new_client else set[NewPlace]()
    if new_country:
        found.add(rules.country)
    found.discard("off")
    if not found:
        return "none"
    if numbered or found == {"tell"}:
        return "tell"
    if can_number:
        return "number"
    return "code" if "strict" in found else "tell"
