"""
Values whose constructor is as quick as that of a plain class.

A frozen dataclass sets each of its fields by a call, because it forbids itself to assign; that
takes five times as long, and a login makes some thirty values. Here the type checker alone forbids.
"""

from dataclasses import fields, make_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def quick(value: type[T]) -> type[T]:
    """Decorate a dataclass, frozen and with slots, of which every login makes some."""
    same = [(one.name, one.type, one) for one in fields(value)]  # type: ignore[arg-type]
    then = {name: call for name, call in vars(value).items() if name == "__post_init__"}
    plain: Any = make_dataclass(value.__name__, same, namespace=then)
    made: Any = value
    made.__init__ = plain.__init__
    del made.__setattr__, made.__delattr__
    return value
