"""Attributes that the configuration names: known to the dictionary, with values that fit them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from proxy.radius.attributes import Attributes
from proxy.radius.site_dictionary import BadDictionary, DictionaryFault
from proxy.radius.values import BadAttribute
from proxy.settings.document import Document
from proxy.settings.finding import Finding, Place
from proxy.settings.policies import PolicySettings


def read_attributes(
    files: Sequence[Path], document: Document
) -> tuple[Attributes | None, list[Finding]]:
    """Read the dictionary with a site's files; None: they have the faults that come with it."""
    try:
        return Attributes(*files), []
    except BadDictionary as error:
        return None, [_finding(fault, files, document) for fault in error.faults]


def _finding(fault: DictionaryFault, files: Sequence[Path], document: Document) -> Finding:
    if fault.line is None:
        place = ("radius", "dictionaries", files.index(fault.file))
        return document.fault(place, fault.message)
    return Finding(fault.file, fault.line, fault.message)


def set_aside_warnings(known: Attributes) -> Iterator[Finding]:
    """Tell of attributes of a site's files that nothing can name."""
    for name, one in known.set_aside.items():
        message = f"{name} is {one.why}; no policy can name it"
        yield Finding(one.file, one.line, message, "warning")


def caller_faults(
    place: Place, attribute: str, known: Attributes, document: Document
) -> Iterator[Finding]:
    """Give the fault of an attribute that cannot be read from a request."""
    try:
        known.select([attribute])
    except BadAttribute as error:
        yield document.fault(place, str(error))


def policy_attribute_faults(
    place: Place, policy: PolicySettings, known: Attributes, document: Document
) -> Iterator[Finding]:
    """Give the faults of the attributes that a policy looks at."""
    for attribute, values in policy.when.items():
        here = (*place, "when", attribute)
        try:
            known.select([attribute])
            for value in values:
                if "*" not in value:
                    known.canonical(attribute, value)
        except BadAttribute as error:
            yield document.fault(here, str(error))
