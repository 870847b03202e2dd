"""How often something failed."""

from proxy.accounts.frequency import Frequency


def test_the_limit_is_reached_and_left():
    """In a window that slides."""
    names = Frequency()
    for now in (0, 10, 20):
        assert not names.reached("nobody", 3, 60, now)
        names.failed("nobody", 3, now)
    assert names.reached("nobody", 3, 60, 59)
    assert not names.reached("nobody", 3, 60, 60)
    assert not names.reached("somebody", 3, 60, 20)


def test_what_is_kept_is_bounded():
    """What failed longest ago is forgotten first."""
    names = Frequency(kept=2)
    assert not names
    for name in ("a", "b", "a", "c"):
        names.failed(name, 1, 0)
    assert [True, False, True] == [names.reached(name, 1, 60, 1) for name in "abc"]
    assert not names.reached("a", 1, 60, 60)
