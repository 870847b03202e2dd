"""What is told about a line."""

from pathlib import Path

from proxy.settings.finding import Finding


def test_a_finding_is_one_line_that_a_terminal_can_print():
    """Whatever a key or value held: line ends, escape sequences, lone surrogates."""
    finding = Finding(Path("c.yaml"), 3, "a\nb\x1b[2J\u202e\ud800.é: found")
    assert str(finding) == "c.yaml:3: a\\nb\\x1b[2J\\u202e\\ud800.é: found"
    str(finding).encode()
