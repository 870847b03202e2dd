"""
The JSON Schema with which editors complete and check the configuration.

`make schema` writes it to config/countersign.schema.json; a test compares the two.
"""

import json
from typing import Any

from proxy.settings.schema import Settings

TITLE = "Countersign configuration"
COMMENT = "Secrets may be tagged: the editor's yaml.customTags wants !file, !env and !credential."


def schema_text() -> str:
    """Give the schema as it stands in the file."""
    schema = _without_titles(Settings.model_json_schema())
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        "$comment": COMMENT,
    }
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


def _without_titles(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop the titles that pydantic makes of key names: they say nothing more."""

    def clean(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            kept = {key: clean(part) for key, part in value.items()}
            if isinstance(kept.get("title"), str):
                del kept["title"]
            return kept
        return [clean(part) for part in value] if isinstance(value, list) else value

    cleaned: dict[str, Any] = clean(schema)
    return cleaned


if __name__ == "__main__":
    print(schema_text(), end="")  # noqa: T201 - `make schema` redirects it
