"""Attributes that the configuration names: known to the dictionary, with values that fit them."""

from collections.abc import Iterator
from functools import lru_cache

from proxy.radius.attributes import Attributes
from proxy.radius.values import BadAttribute
from proxy.settings.document import Document
from proxy.settings.finding import Finding, Place
from proxy.settings.policies import PolicySettings


@lru_cache(maxsize=1)
def dictionary() -> Attributes:
    """Give the dictionary, read once."""
    return Attributes()


def caller_faults(place: Place, attribute: str, document: Document) -> Iterator[Finding]:
    """Give the fault of an attribute that cannot be read from a request."""
    try:
        dictionary().select([attribute])
    except BadAttribute as error:
        yield document.fault(place, str(error))


def policy_attribute_faults(
    place: Place, policy: PolicySettings, document: Document
) -> Iterator[Finding]:
    """Give the faults of the attributes that a policy looks at or answers with."""
    for attribute, values in policy.when.items():
        here = (*place, "when", attribute)
        try:
            dictionary().select([attribute])
            for value in values:
                if "*" not in value:
                    dictionary().canonical(attribute, value)
        except BadAttribute as error:
            yield document.fault(here, str(error))
    for position, line in enumerate(policy.reply):
        try:
            dictionary().encode(line.attribute, line.value, line.tag)
        except BadAttribute as error:
            yield document.fault((*place, "reply", position), str(error))
