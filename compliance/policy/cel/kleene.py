"""How values that are missing or failed spoil what is made of them."""

from collections.abc import Iterable
from typing import Any

from compliance.policy.cel.values import Failed, Failure, Maybe, Missing, key, kind, shown
from scanners import UnknownFact


def spoiled_by(values: Iterable[Any]) -> Missing | Failed | None:
    """What spoils a result that needs all these values: everything missing, else the first error."""
    spoiling = [value for value in values if isinstance(value, Missing | Failed)]
    paths = [value.paths for value in spoiling if isinstance(value, Missing)]
    if paths:
        return Missing(frozenset[str]().union(*paths))
    return spoiling[0] if spoiling else None


def joined(values: Iterable[Any], *, is_and: bool, at: int) -> Any:
    """Conditions joined by `&&` or `||` until one decides; `Missing` of no path for a list that was cut."""
    spoiling: list[Any] = []
    try:
        for value in values:
            if isinstance(value, bool):
                if value is not is_and:
                    return value
            elif isinstance(value, Missing | Failed):
                spoiling.append(value)
            else:
                spoiling.append(Failed(f"no such overload: {kind(value)} is no condition", at))
    except UnknownFact:
        spoiling.append(Missing(frozenset()))
    return spoiled_by(spoiling) if spoiling else is_and


def truth(value: Any) -> bool:
    """The value, if it is a condition; raises `Failure`."""
    if not isinstance(value, bool):
        raise Failure(f"no such overload: {kind(value)} is no condition")
    return value


def held(value: Any) -> tuple[Any, ...]:
    """What an optional holds; raises `Failure` for anything else."""
    if not isinstance(value, Maybe):
        raise Failure("no such overload: not an optional")
    return value.held


def put(found: dict[Any, Any], name: Any, value: Any) -> None:
    """Put an entry into a map that is being made; raises `Failure` for a key that is there."""
    if isinstance(name, float):
        raise Failure("no such overload: a double as a key")
    where = key(name)
    if where in found:
        raise Failure(f"repeated key: {shown(name)}")
    found[where] = value
