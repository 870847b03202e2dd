"""What a person sees of a request in a terminal, and what they are asked."""

from collections.abc import Callable
from datetime import datetime

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from proxy.factors.approval import ApprovalRequest, Decision
from proxy.phone.inbox import Shown
from proxy.phone.watch import Said

FIRST_TIME = "you never logged in from there before"
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
    if request.country is not None:
        lines.insert(4, ("country", request.country))
    if request.first_time:
        lines.append(("careful", FIRST_TIME))
    if request.number_digits:
        lines.append(("number", f"type the {request.number_digits} digits that the login shows"))
    if request.verify_user:
        lines.append(("passkey", "wanted to approve it"))
    return lines


class Terminal:
    """
    Whoever sits at a terminal, or what was said on the command line.

    Args:
        now: the server's time.
        said: what to answer to every request; None: the person is asked.
        asks: there is somebody to ask.
    """

    def __init__(
        self, console: Console, now: Callable[[], float], said: Said | None, *, asks: bool
    ) -> None:
        self._console = console
        self._now = now
        self._said = said
        self._asks = asks
        self.asks_again = asks and said is None

    def show(self, shown: Shown) -> None:
        """Show a request with all its context."""
        show(self._console, shown, self._now())

    def decide(self, shown: Shown) -> Said | None:
        """Give what was said, or ask."""
        if self._said is not None:
            return self._said
        if not self._asks:
            self.tell(f"answer it with: countersign phone approve {shown.request.id}")
            return None
        return self._ask(shown.request)

    def tell(self, line: str) -> None:
        """Print one line."""
        self._console.print(line, markup=False)

    def answered(self, shown: Shown, decision: Decision) -> None:
        """Print what was answered."""
        self.tell(f"{TOLD[decision]}: {shown.request.id}")

    def _ask(self, request: ApprovalRequest) -> Said | None:
        choices: dict[str, Decision] = {"a": "approve", "d": "deny", "r": "report"}
        while True:
            typed = self._console.input(
                "[bold]a[/]pprove, [bold]d[/]eny, [bold]r[/]eport, or skip (Enter): "
            ).strip()
            if not typed:
                return None
            decision = choices.get(typed[0].lower())
            if decision == "approve" and request.number_digits:
                return Said(decision, self._console.input("Number shown at the login: ").strip())
            if decision is not None:
                return Said(decision, None)
