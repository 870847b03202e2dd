"""Asking directories for many names."""

from twisted.internet.defer import Deferred, succeed

from proxy.cli.searching import Searching
from proxy.login.events import DirectoryFailed, PersonNotFound


class FakeDirectories:
    """One that answers and one that is away; every question is counted."""

    def __init__(self):
        self.asked = []

    def find(self, question):
        (name,) = question.directories
        self.asked.append((name, question.username))
        return succeed(DirectoryFailed("timeout") if name == "lab" else PersonNotFound("unknown"))


def test_a_directory_that_has_failed_is_not_asked_again():
    """Each question would wait as long; the others are still asked."""
    directories, told = FakeDirectories(), []
    searching = Searching(directories, {})
    for username in ("alice", "bob"):
        found = Deferred.fromCoroutine(searching.one(username, ("corp", "lab")))
        found.addCallback(told.append)
    assert [("corp", "alice"), ("lab", "alice"), ("corp", "bob")] == directories.asked
    assert [{"corp": PersonNotFound("unknown"), "lab": DirectoryFailed("timeout")}] * 2 == told
