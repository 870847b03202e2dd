"""Values whose constructor is as quick as that of a plain class."""

from dataclasses import dataclass, field, fields, replace

import pytest

from proxy.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Point:
    """A value."""

    x: int
    y: int = 2
    names: list[str] = field(default_factory=list, repr=False)


def test_a_quick_value_is_what_its_dataclass_is():
    """Fields, defaults, equality, hash, order of arguments, repr, patterns, slots."""
    assert Point(1, 2, []) == Point(1) == Point(x=1, names=[])
    assert Point(1) != Point(2)
    assert "Point(x=1, y=2)" == repr(Point(1))
    assert ["x", "y", "names"] == [one.name for one in fields(Point)]
    assert ("x", "y", "names") == Point.__match_args__ == Point.__slots__
    assert 3 == replace(Point(1), y=3).y
    assert hash(Pair(1, "a")) == hash(Pair(1, "a"))
    assert Point(1).names is not Point(1).names


@quick
@dataclass(frozen=True, slots=True)
class Pair:
    """A value that can be a key."""

    left: int
    right: str


@quick
@dataclass(frozen=True, slots=True)
class Derived:
    """A value that works something out when it is made."""

    text: str
    length: int = field(init=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "length", len(self.text))


def test_a_quick_value_may_work_something_out():
    """As its dataclass does, after its fields are set."""
    assert 3 == Derived("abc").length
    assert 4 == replace(Derived("abc"), text="abcd").length


def test_a_quick_value_has_no_other_attributes():
    """What its class does not name cannot be set, and arguments are counted."""
    with pytest.raises(AttributeError):
        Pair(1, "a").other = 1
    with pytest.raises(TypeError):
        Pair(1)
