"""The phone in a terminal, as a person runs it: a program beside the daemon."""

import json
import subprocess
import sys


class TerminalPhone:
    """`countersign phone`, with a folder of its own."""

    def __init__(self, home):
        self.home = home

    def start(self, command, *arguments):
        line = [sys.executable, "-m", "proxy", "phone", command, *arguments, "--home", self.home]
        return subprocess.Popen(
            [str(word) for word in line],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command, *arguments):
        """Give the exit status and all that was printed."""
        process = self.start(command, *arguments)
        told, _ = process.communicate(timeout=60)
        assert "Traceback" not in told
        return process.returncode, told

    def enrol(self, daemon, code):
        """Enrol it with an invitation's code."""
        status, told = self.run("enroll", f"{daemon.url}/enroll#{code}", "--ca", daemon.ca)
        assert status == 0, told
        return self

    def open(self):
        """Give the open requests, waiting for the first."""
        for _ in range(20):
            status, told = self.run("list", "--json")
            assert status == 0, told
            if found := json.loads(told):
                return found
        raise AssertionError("no request came")
