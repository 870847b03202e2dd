"""Every error is a problem, and what is nobody's refusal is logged once."""

import json

import pytest
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from werkzeug.exceptions import BadHost, MethodNotAllowed, NotFound

from proxy.errors import Unavailable
from proxy.frontends.web.problem import TITLES, Problem, Problems, problem_of


@pytest.fixture
def logged():
    events = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (Problem(409, "answered"), 409, "answered"),
        (NotFound(), 404, "not-found"),
        (BadHost(), 404, "not-found"),
        (MethodNotAllowed(["GET", "DELETE"]), 405, "method-not-allowed"),
        (Unavailable("the disk is full"), 503, "unavailable"),
    ],
)
def test_a_refusal_is_told_as_what_it_is(error, status, kind):
    """By status and kind."""
    problem = problem_of(Failure(error))
    assert (problem.status, problem.kind) == (status, kind)


def test_other_methods_are_named():
    """RFC 9110 section 15.5.6."""
    problem = problem_of(Failure(MethodNotAllowed(["GET", "DELETE"])))
    assert problem.headers == {"Allow": "DELETE, GET"}


def test_a_server_that_cannot_says_when_to_try_again():
    """RFC 9110 section 10.2.3."""
    assert problem_of(Failure(Unavailable())).headers == {"Retry-After": "5"}


def test_a_problem_out_of_nothing_is_a_whole_answer():
    """For what never became a request; the connection then ends."""
    counted = []
    octets = Problems("https://h", counted.append).raw(Problem(400, "malformed"))
    head, _, body = octets.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["type"] == "https://h/problems/malformed"
    assert counted == ["malformed"]


def test_every_title_is_a_sentence():
    """So that a person can read it."""
    assert all(title[0].isupper() and title.endswith(".") for title in TITLES.values())


class TestBug:
    """Our own fault."""

    @pytest.fixture
    def no_traceback(self):
        """Here there is one, once."""

    def test_a_bug_is_logged_once_and_shows_nothing(self, logged):
        """What went wrong stands in the log alone."""
        problem = problem_of(Failure(ZeroDivisionError("secret")))
        assert (problem.status, problem.kind) == (500, "internal")
        assert b"secret" not in problem.body("https://h")
        assert len([event for event in logged if event.get("log_failure")]) == 1
