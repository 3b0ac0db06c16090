"""CEL's optional values: `m[?k].orValue(x)` and their like (cel-spec, optional types extension)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from compliance.policy.cel.values import Failure, Maybe


def _held(value: Any) -> Maybe:
    if not isinstance(value, Maybe):
        raise Failure("no such overload: not an optional")
    return value


def _value(optional: Any) -> Any:
    if not _held(optional).held:
        raise Failure("@optional.none() dereference")
    return optional.held[0]


def _of_non_zero(value: Any) -> Maybe:
    is_zero = (
        value is None or value in (0, "", b"", timedelta()) or (isinstance(value, tuple | dict) and not value)
    )
    return Maybe() if is_zero else Maybe((value,))


OPTIONALS: dict[str, Callable[..., Any]] = {
    "@optional.of(A) -> optional_type<A>": lambda value: Maybe((value,)),
    "@optional.none() -> optional_type<A>": Maybe,
    "@optional.ofNonZeroValue(A) -> optional_type<A>": _of_non_zero,
    "optional_type<A>.hasValue() -> bool": lambda optional: bool(_held(optional).held),
    "optional_type<A>.value() -> A": _value,
    "optional_type<A>.or(optional_type<A>) -> optional_type<A>": lambda a, b: (
        a if _held(a).held else _held(b)
    ),
    "optional_type<A>.orValue(A) -> A": lambda optional, other: (
        optional.held[0] if _held(optional).held else other
    ),
}
"""Signatures and functions, as the registry reads them."""
