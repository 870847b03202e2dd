"""One password, many people."""

from proxy.accounts.spraying import Spraying, SprayLimits

LIMITS = SprayLimits(people=4, people_per_source=3, window=3600)


def tried(spraying, people, source="cafe", password=b"Winter2026", now=0):
    return [spraying.failed(password, one, source, LIMITS, now) for one in people]


def test_from_one_source():
    """Noticed once, with how many people; then refused for everybody, for the window."""
    spraying = Spraying()
    assert [0, 0, 3, 0] == tried(spraying, "abcd")
    assert spraying.any(0)
    assert spraying.refuses(b"Winter2026", 3599)
    assert not spraying.refuses(b"other", 0)
    assert not spraying.refuses(b"Winter2026", 3600)
    assert not spraying.any(3600)


def test_from_anywhere():
    """A botnet has a source for each."""
    spraying = Spraying()
    assert [0, 0, 0, 4] == [tried(spraying, one, source=one)[0] for one in "abcd"]


def test_one_person_who_tries_again_is_no_spray():
    """Nor are a few."""
    spraying = Spraying()
    assert [0] * 20 == tried(spraying, "ab" * 10)
    assert not spraying.refuses(b"Winter2026", 0)


def test_passwords_are_compared_for_a_time():
    """What was tried before does not count for ever."""
    spraying = Spraying()
    tried(spraying, "ab")
    assert [0] == tried(spraying, "c", now=3600)


def test_what_is_kept_is_bounded():
    """The password that was tried longest ago is forgotten."""
    spraying = Spraying(kept=2)
    tried(spraying, "abc", password=b"1")
    tried(spraying, "a", password=b"2")
    tried(spraying, "a", password=b"3")
    assert not spraying.any(0)
    assert not spraying.refuses(b"1", 0)
