"""Plain values that need no library: keyword-only, frozen if they say so, equal if their fields are.

As msgspec's `Struct`, which everything that is kept or sent is made of; but a listing is done in less time
than it takes to import that (33 ms) or `dataclasses` (15 ms), and keeps nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # not typing's: that import takes 3 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Never, TypeVar, cast, dataclass_transform

    _Made = TypeVar("_Made")
    _Value = TypeVar("_Value", bound="Value")
else:

    def cast(_kind: str, value: object) -> object:
        """The value as it is."""
        return value

    def dataclass_transform(**_options: object) -> Callable[[type], type]:
        """Nothing: the type checker alone needs to be told."""
        return lambda kind: kind


class _Field:
    """A default that is made anew for each value."""

    def __init__(self, factory: Callable[[], object]) -> None:
        self.factory = factory


def field(*, default_factory: Callable[[], _Made]) -> _Made:
    """A default that is made anew for each value, as a list must be."""
    return cast("_Made", _Field(default_factory))


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Value:
    """A value whose fields are its annotations; a default stands in the class until the value has its own."""

    _factories: tuple[tuple[str, Callable[[], object]], ...] = ()
    _names: tuple[str, ...] = ()

    def __init_subclass__(cls, *, frozen: bool = False) -> None:
        """Note the fields; the defaults that are made anew leave the class."""
        cls._names = (*cls._names, *cls.__annotations__)
        made = {name: cls.__dict__[name] for name in cls.__annotations__ if name in cls.__dict__}
        made = {name: each for name, each in made.items() if isinstance(each, _Field)}
        for name in made:
            delattr(cls, name)
        cls._factories = (*cls._factories, *((name, each.factory) for name, each in made.items()))
        if frozen:
            type.__setattr__(cls, "__setattr__", _refuse)

    def __init__(self, **given: Any) -> None:
        fields = self.__dict__
        for name, factory in self._factories:
            fields[name] = factory()
        fields.update(given)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._names)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in self._names)))


def _refuse(value: Value, *_: object) -> Never:
    """A frozen value does not change."""
    raise AttributeError(f"{type(value).__name__} is frozen")


def replace(value: _Value, **changes: Any) -> _Value:
    """The same value with some fields changed."""
    changed = object.__new__(type(value))
    changed.__dict__.update(value.__dict__, **changes)
    return changed
