"""What tells a person from a stranger."""

from proxy.accounts.familiar import SOURCES, Familiar

NOW = 1_800_000_000.0
HOME, CAFE = b"home    ", b"cafe    "
OLD, NEW = b"old     ", b"new     "


def familiar(**parts):
    made = Familiar(1000, **parts)
    made.passed("alice", HOME, NOW, OLD)
    return made


def test_from_where_and_with_what():
    """The person's own alone."""
    known = familiar()
    assert known.is_source("alice", HOME, NOW + 999)
    assert known.is_password("alice", OLD)
    assert not known.is_source("alice", CAFE, NOW)
    assert not known.is_password("alice", NEW)
    assert not known.is_source("bob", HOME, NOW)
    assert not known.is_password("bob", OLD)


def test_lately_ends():
    """The password stays known."""
    known = familiar()
    assert not known.is_source("alice", HOME, NOW + 1000)
    assert not known.has_sources("alice", NOW + 1000)
    assert known.password_known("alice")


def test_another_password_takes_the_place_of_the_older():
    """Sources stay."""
    known = familiar()
    known.passed("alice", CAFE, NOW + 1, NEW)
    assert [False, True] == [known.is_password("alice", one) for one in (OLD, NEW)]
    assert [True, True] == [known.is_source("alice", one, NOW + 1) for one in (HOME, CAFE)]


def test_what_is_remembered_already():
    """Its mark says so; nobody else's does."""
    known = familiar()
    known.passed("alice", CAFE, NOW, NEW, b"mark    ")
    assert [True, False] == [known.seen(one, b"mark    ") for one in ("alice", "bob")]
    assert not known.seen("alice", b"other   ")
    known.forget_password("alice")
    assert not known.seen("alice", b"mark    ")


def test_a_source_is_seen_again():
    """Its time is new."""
    known = Familiar(5000)
    for late in (0, 1000, 4000):
        known.passed("alice", HOME, NOW + late, OLD)
    assert known.is_source("alice", HOME, NOW + 8000)


def test_a_source_without_a_password():
    """Where a code was right, say; the password that is known stays."""
    known = familiar()
    known.passed("alice", CAFE, NOW)
    known.passed("bob", CAFE, NOW)
    assert known.is_password("alice", OLD)
    assert not known.password_known("bob")
    assert not known.is_password("bob", bytes(8))


def test_a_forgotten_password():
    """Nothing is taken for it."""
    known = familiar()
    known.forget_password("alice")
    known.forget_password("nobody")
    assert not known.password_known("alice")
    assert not known.is_password("alice", bytes(8))
    assert known.is_source("alice", HOME, NOW)


def test_what_is_kept_is_bounded():
    """Sources of a person, and people: who passed longest ago goes first."""
    known = familiar(people=2)
    for number in range(SOURCES):
        known.passed("alice", b"%8d" % number, NOW + number)
    assert not known.is_source("alice", HOME, NOW)
    assert known.is_source("alice", b"%8d" % 0, NOW)
    known.passed("bob", HOME, NOW, NEW)
    known.passed("carol", HOME, NOW, NEW)
    assert [False, True, True] == [known.password_known(one) for one in ("alice", "bob", "carol")]
