"""What a person sees of a request in a terminal, and what they are asked."""

from datetime import datetime

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from proxy.factors.approval import ApprovalRequest, Decision
from proxy.phone.inbox import Shown

TOLD: dict[Decision, str] = {
    "approve": "approved",
    "deny": "denied",
    "report": "denied and reported",
}


def show(console: Console, shown: Shown, now: float) -> None:
    """Show a request with all its context; *now* is the server's time."""
    request = shown.request
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _lines(request, now):
        table.add_row(name, Text(value))
    for origin in shown.others:
        table.add_row("also waiting", Text(f"another login from {origin}"))
    console.print(Panel(table, title="Is this you?", title_align="left", expand=False))


def _lines(request: ApprovalRequest, now: float) -> list[tuple[str, str]]:
    at = datetime.fromtimestamp(request.issued_at).astimezone()
    left = min(request.expires_at - now, request.expires_at - request.issued_at)
    lines = [
        ("id", request.id),
        ("who", request.account),
        ("to", request.client),
        ("from", request.origin),
        ("at", f"{at:%Y-%m-%d %H:%M:%S}"),
        ("time left", f"{max(0, int(left))} s"),
    ]
    if request.number_digits:
        lines.append(("number", f"type the {request.number_digits} digits that the login shows"))
    return lines


def ask(console: Console, request: ApprovalRequest) -> tuple[Decision, str | None] | None:
    """Ask what to answer; None: nothing now."""
    choices: dict[str, Decision] = {"a": "approve", "d": "deny", "r": "report"}
    while True:
        said = console.input("[bold]a[/]pprove, [bold]d[/]eny, [bold]r[/]eport, or skip (Enter): ")
        if not said.strip():
            return None
        decision = choices.get(said.strip()[0].lower())
        if decision == "approve" and request.number_digits:
            return decision, console.input("Number shown at the login: ").strip()
        if decision is not None:
            return decision, None
