"""Attributes that the configuration names: known to the dictionary, with values that fit them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from proxy.radius.attributes import Attributes
from proxy.radius.site_dictionary import BadDictionary
from proxy.radius.values import BadAttribute
from proxy.settings.document import Document
from proxy.settings.finding import Finding, Place
from proxy.settings.policies import PolicySettings


def dictionary(files: Sequence[Path]) -> Attributes:
    """Give the dictionary with a site's files; read again where one changed. As `Attributes`."""
    return _dictionary(tuple(_version(file) for file in files))


@lru_cache(maxsize=2)  # what is in force, and what is read again
def _dictionary(files: tuple[tuple[Path, int, int], ...]) -> Attributes:
    return Attributes(*[file for file, _, _ in files])


def _version(file: Path) -> tuple[Path, int, int]:
    found = file.stat()
    return file, found.st_mtime_ns, found.st_size


def dictionary_faults(files: Sequence[Path], document: Document) -> Iterator[Finding]:
    """Give the first fault of a site's dictionary files."""
    try:
        dictionary(files)
    except BadDictionary as error:
        yield Finding(error.file, error.line, error.message)
    except OSError as error:
        place = ("radius", "dictionaries", [str(file) for file in files].index(str(error.filename)))
        yield document.fault(place, f"cannot read {error.filename}: {error.strerror}")


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
    """Give the faults of the attributes that a policy looks at or answers with."""
    for attribute, values in policy.when.items():
        here = (*place, "when", attribute)
        try:
            known.select([attribute])
            for value in values:
                if "*" not in value:
                    known.canonical(attribute, value)
        except BadAttribute as error:
            yield document.fault(here, str(error))
    for position, line in enumerate(policy.reply):
        try:
            known.encode(line.attribute, line.value, line.tag)
        except BadAttribute as error:
            yield document.fault((*place, "reply", position), str(error))
