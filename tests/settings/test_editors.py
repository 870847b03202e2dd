"""The JSON Schema for editors."""

import json
from pathlib import Path

from proxy.settings.editors import schema_text


def test_schema_is_up_to_date():
    """config/countersign.schema.json is what the models say; `make schema` writes it."""
    assert Path("config/countersign.schema.json").read_text() == schema_text()


def test_durations_look_as_they_are_written():
    """An editor sees the default of a duration with its unit, and the pattern of all of them."""
    wait = json.loads(schema_text())["$defs"]["ClientSettings"]["properties"]["wait"]
    assert (wait["default"], wait["type"]) == ("30s", "string")
