"""Retransmissions by RFC 5080 section 2.2.2."""

from proxy.radius.duplicates import Answered, Duplicates, Full, Held, New, Pending

SOURCE = ("192.0.2.1", 40000, 7)
FIRST, SECOND = b"a" * 16, b"b" * 16


def admitted(duplicates: Duplicates, authenticator: bytes = FIRST, now: float = 0.0) -> Held:
    admission = duplicates.admit(SOURCE, authenticator, now)
    assert isinstance(admission, New)
    return admission.held


def test_a_request_is_pending_until_it_is_answered():
    """However long a phone takes, a retransmission of an unanswered request is pending."""
    duplicates = Duplicates(window=15)
    admitted(duplicates)
    assert duplicates.admit(SOURCE, FIRST, 3.0) == Pending()
    assert duplicates.admit(SOURCE, FIRST, 3600.0) == Pending()


def test_a_retransmitted_request_gets_the_same_octets_again():
    """Within the window after the answer, a retransmission gets the answer again."""
    duplicates = Duplicates(window=15)
    held = admitted(duplicates)
    assert duplicates.answered(held, b"reply", 40.0)
    assert duplicates.admit(SOURCE, FIRST, 54.9) == Answered(b"reply")


def test_an_answer_is_forgotten_after_the_window():
    """After the window the same packet is a new request, and nothing of the old one is kept."""
    duplicates = Duplicates(window=15)
    duplicates.answered(admitted(duplicates), b"reply", 40.0)
    assert isinstance(duplicates.admit(SOURCE, FIRST, 55.0), New)
    assert len(duplicates) == 1


def test_a_request_that_is_forgotten_may_come_again():
    """It was dropped for the moment; nothing is kept of it."""
    duplicates = Duplicates(window=15)
    duplicates.forget(admitted(duplicates))
    assert len(duplicates) == 0
    admitted(duplicates, now=1.0)


def test_a_new_authenticator_is_a_new_request():
    """Same source and Identifier with a new authenticator: the old request is forgotten."""
    duplicates = Duplicates(window=15)
    admitted(duplicates)
    admitted(duplicates, SECOND)
    assert duplicates.admit(SOURCE, SECOND, 1.0) == Pending()
    assert len(duplicates) == 1


def test_a_late_answer_to_a_forgotten_request_is_not_sent():
    """The answer to a request that a newer one replaced is neither kept nor to be sent."""
    duplicates = Duplicates(window=15)
    old = admitted(duplicates)
    admitted(duplicates, SECOND)
    assert not duplicates.answered(old, b"late", 2.0)
    assert duplicates.admit(SOURCE, SECOND, 3.0) == Pending()


def test_an_old_end_does_not_forget_a_newer_request():
    """When the time of a replaced answer is over, the newer request stays."""
    duplicates = Duplicates(window=15)
    duplicates.answered(admitted(duplicates), b"reply", 1.0)
    admitted(duplicates, SECOND, now=2.0)
    assert duplicates.admit(SOURCE, SECOND, 20.0) == Pending()


def test_other_sources_are_other_requests():
    """Another port or Identifier is another request."""
    duplicates = Duplicates(window=15)
    admitted(duplicates)
    assert isinstance(duplicates.admit(("192.0.2.1", 40001, 7), FIRST, 0.0), New)
    assert isinstance(duplicates.admit(("192.0.2.1", 40000, 8), FIRST, 0.0), New)


def test_silence_is_pending_for_the_window_then_forgotten():
    """A request that ends in silence stays unanswered when repeated, and is then forgotten."""
    duplicates = Duplicates(window=15)
    duplicates.unanswered(admitted(duplicates), 5.0)
    assert duplicates.admit(SOURCE, FIRST, 19.0) == Pending()
    assert isinstance(duplicates.admit(SOURCE, FIRST, 20.0), New)


def test_silence_for_a_forgotten_request_changes_nothing():
    """The silent end of a replaced request does not touch the newer one."""
    duplicates = Duplicates(window=15)
    old = admitted(duplicates)
    admitted(duplicates, SECOND)
    duplicates.unanswered(old, 1.0)
    assert duplicates.admit(SOURCE, SECOND, 100.0) == Pending()


def test_when_full_the_oldest_answers_go_first():
    """A new request takes the place of the oldest answer."""
    duplicates = Duplicates(window=15, limit=2)
    duplicates.answered(admitted(duplicates), b"reply", 0.0)
    assert isinstance(duplicates.admit("pending", FIRST, 1.0), New)
    assert isinstance(duplicates.admit("newer", FIRST, 2.0), New)
    assert len(duplicates) == 2
    assert duplicates.admit("pending", FIRST, 3.0) == Pending()


def test_requests_that_replace_one_another_are_bounded_too():
    """A source that is answered under ever new authenticators fills no more than the limit."""
    duplicates = Duplicates(window=15, limit=10)
    for number in range(1000):
        duplicates.answered(admitted(duplicates, number.to_bytes(16, "big")), b"reply", 0.0)
    assert len(duplicates._ending) == 10
    assert duplicates.admit(SOURCE, (999).to_bytes(16, "big"), 1.0) == Answered(b"reply")


def test_when_all_are_pending_a_new_request_is_not_admitted():
    """Pending requests are never given up for new ones; those that are known still count."""
    duplicates = Duplicates(window=15, limit=1)
    admitted(duplicates)
    assert duplicates.admit("other", FIRST, 1.0) == Full()
    assert duplicates.admit(SOURCE, FIRST, 1.0) == Pending()
    assert isinstance(duplicates.admit(SOURCE, SECOND, 1.0), New)


def test_nothing_is_kept_of_requests_that_have_ended():
    """Ten thousand answered requests leave nothing behind after the window."""
    duplicates = Duplicates(window=15)
    for number in range(10_000):
        admission = duplicates.admit(number, FIRST, 0.0)
        assert isinstance(admission, New)
        duplicates.answered(admission.held, b"reply", 1.0)
    duplicates.admit("later", FIRST, 17.0)
    assert len(duplicates) == 1
