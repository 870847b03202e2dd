"""load(path): the configuration as values, or every fault that it has."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from proxy.radius.attributes import Attributes
from proxy.settings.attribute_faults import read_attributes
from proxy.settings.combinations import combination_faults
from proxy.settings.document import Document, read_document
from proxy.settings.finding import ConfigurationFaults, Finding
from proxy.settings.schema import Settings
from proxy.settings.wording import worded


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without faults, and what is needed to talk about its lines."""

    settings: Settings
    document: Document
    attributes: Attributes
    """The dictionary, with a site's files as they were when this was read."""


def load(path: Path) -> Loaded:
    """Read, check and give a configuration. Raises ConfigurationFaults."""
    document = read_document(path)
    if not isinstance(document.value, dict):
        raise ConfigurationFaults([document.fault((), "found no keys, wanted store, web and more")])
    try:
        settings = Settings.model_validate(document.value, context=path.parent)
    except ValidationError as error:
        raise ConfigurationFaults(_faults(document, error)) from None
    attributes, faults = read_attributes(settings.radius.dictionaries, document)
    faults += combination_faults(settings, attributes, document)
    if attributes is None or faults:
        raise ConfigurationFaults(faults)
    return Loaded(settings, document, attributes)


def _faults(document: Document, error: ValidationError) -> list[Finding]:
    """Word each error; a list that is too short because its items are wrong is not told twice."""
    details = error.errors(include_url=False)
    places = {detail["loc"][:-1] for detail in details if detail["type"] != "too_short"}
    return [
        document.fault(*worded(detail, Settings))
        for detail in details
        if detail["type"] != "too_short" or detail["loc"] not in places
    ]
