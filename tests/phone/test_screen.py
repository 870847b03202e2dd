"""What a person sees of a request in a terminal, and what they are asked."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from proxy.factors.approval import ApprovalRequest
from proxy.phone.inbox import Shown
from proxy.phone.screen import Terminal
from proxy.phone.watch import Said


def _shown(digits=0, others=(), verify_user=False):
    request = ApprovalRequest(
        "id-1",
        "https://h",
        "alice",
        "me",
        0,
        120,
        "n",
        "vpn",
        "192.0.2.7 [bold]",
        digits,
        verify_user,
    )
    return Shown("jws", request, others)


def _terminal(typed="", *, said=None, asks=True, monkeypatch=None):
    output = io.StringIO()
    if monkeypatch is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    console = Console(file=output, width=100, highlight=False)
    return Terminal(console, lambda: 20.0, said, asks=asks), output


def test_a_request_is_shown_with_all_its_context():
    """Who, where to, where from, how long, what else waits; markup in it is text."""
    terminal, output = _terminal()
    terminal.show(_shown(6, ("198.51.100.9",)))
    for fact in ("alice", "vpn", "192.0.2.7 [bold]", "100 s", "6 digits", "198.51.100.9", "id-1"):
        assert fact in output.getvalue()


def test_a_first_time_and_a_country_are_shown():
    """Others say nothing of either."""
    for first_time, country in ((True, "DE"), (False, None)):
        terminal, output = _terminal()
        shown = _shown()
        request = replace(shown.request, first_time=first_time, country=country)
        terminal.show(replace(shown, request=request))
        assert first_time == ("never logged in from there before" in output.getvalue())
        assert first_time == ("country" in output.getvalue())


def test_a_request_that_wants_a_passkey_says_so():
    """Others say nothing of one."""
    for verify_user in (True, False):
        terminal, output = _terminal()
        terminal.show(_shown(verify_user=verify_user))
        assert verify_user == ("passkey" in output.getvalue())


@pytest.mark.parametrize(
    ("typed", "digits", "said"),
    [
        ("a\n", 0, Said("approve", None)),
        ("Deny\n", 6, Said("deny", None)),
        ("x\nr\n", 0, Said("report", None)),
        ("\n", 0, None),
        ("a\n 123456 \n", 6, Said("approve", "123456")),
    ],
)
def test_a_person_says_what_to_answer(monkeypatch, typed, digits, said):
    """By the first letter; the number is asked only for an approval."""
    terminal, _ = _terminal(typed, monkeypatch=monkeypatch)
    assert terminal.decide(_shown(digits)) == said
    assert terminal.asks_again


def test_what_was_said_on_the_command_line_needs_nobody():
    """And is not asked for again."""
    terminal, _ = _terminal(said=Said("deny", None))
    assert terminal.decide(_shown()) == Said("deny", None)
    assert not terminal.asks_again


def test_where_nobody_can_be_asked_the_command_is_told():
    """So that it can be answered by hand."""
    terminal, output = _terminal(asks=False)
    assert terminal.decide(_shown()) is None
    assert "countersign phone approve id-1" in output.getvalue()


@pytest.mark.parametrize(
    ("decision", "line"),
    [
        ("approve", "approved: id-1"),
        ("deny", "denied: id-1"),
        ("report", "denied and reported: id-1"),
    ],
)
def test_an_answer_has_one_clear_line(decision, line):
    """What was answered, and to what."""
    terminal, output = _terminal()
    terminal.answered(_shown(), decision)
    assert output.getvalue() == line + "\n"
