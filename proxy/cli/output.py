"""What commands show: lines for people, or one JSON value with --json."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click
import segno

as_json = click.option("--json", "as_json", is_flag=True, help="Show JSON.")
with_qr = click.option("--qr", is_flag=True, help="Show a QR code too.")


def show_json(value: object) -> None:
    """Print one JSON value."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their heads, in columns."""
    lines = [tuple(heads), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def show_qr(text: str) -> None:
    """Print a QR code that a phone can read off a terminal."""
    drawn = io.StringIO()
    segno.make_qr(text, error="l").terminal(drawn, compact=True)
    click.echo(drawn.getvalue(), nl=False)


def moment(seconds: float | None) -> str | None:
    """Write a time as UTC, to the second."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
