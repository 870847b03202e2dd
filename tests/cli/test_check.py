"""countersign check."""


def test_nothing_found(command):
    """A good configuration ends with 0."""
    result = command("check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing to find fault with" in result.stderr


def test_warnings_are_no_failure(command):
    """Warnings are told, and end with 0."""
    text = command.config.read_text().replace("[push, totp]", "[]")
    command.config.write_text(text)
    result = command("check")
    assert result.exit_code == 0
    assert f"{command.config}:12: warning: policies[0].factors: [] lets" in result.stdout


def test_faults(command):
    """Faults are told on stdout, and end with 2."""
    text = command.config.read_text().replace("[push, totp]", "[sms]")
    command.config.write_text(text)
    result = command("check")
    assert result.exit_code == 2
    assert result.stdout.startswith(f"{command.config}:12: policies[0].factors[0]: found 'sms'")


def test_json(command):
    """Findings as JSON have file, line, severity and message."""
    text = command.config.read_text().replace("[push, totp]", "[]")
    command.config.write_text(text)
    (finding,) = command.json("check")
    assert (finding["line"], finding["severity"]) == (12, "warning")
    assert finding["file"] == str(command.config)
