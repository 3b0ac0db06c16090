"""The values of CEL while an expression runs; and the two that are none, missing and failed."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from typing import Any

from msgspec import Struct

from compliance.policy.cel.syntax import UInt
from compliance.policy.cel.types import Type
from scanners import UNKNOWN, UnknownFact


class Failure(Exception):
    """An operation has no result: overflow, a key that is not there, no such function for these types."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Not a value: it rests on facts that are not known; `paths` names them."""

    paths: frozenset[str]


@dataclass(frozen=True, slots=True)
class Failed:
    """Not a value: the expression has an error at a character of its source."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Maybe:
    """An optional value: a tuple of one, or of none."""

    held: tuple[Any, ...] = ()


class Flag(Enum):
    """A boolean as a map's key: to Python, True and 1 were the same key."""

    YES = True
    NO = False


_KINDS: dict[type, str] = {
    bool: "bool",
    int: "int",
    UInt: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    type(None): "null_type",
    tuple: "list",
    dict: "map",
    datetime: "timestamp",
    timedelta: "duration",
    Type: "type",
    Maybe: "optional_type",
    IPv4Address: "ip",
    IPv6Address: "ip",
    IPv4Interface: "cidr",
    IPv6Interface: "cidr",
}
_NUMBERS = frozenset({"int", "uint", "double"})
_ORDERED = frozenset({"bool", "string", "bytes", "timestamp", "duration", "version"})


def kind(value: object) -> str:
    """The short name of a value's type; `struct` for a record of facts."""
    known = _KINDS.get(type(value))
    if known:
        return known
    if value is UNKNOWN:
        raise UnknownFact
    if isinstance(value, Struct):
        return "struct"
    for base in (bool, UInt, int, float, str, bytes, tuple):
        if isinstance(value, base):
            return _KINDS[base]
    return str(getattr(type(value), "CEL", "unknown"))


def adapted(value: Any) -> Any:
    """A fact as CEL sees it: a date is a timestamp at midnight UTC, a set an ordered list."""
    if type(value) is date:
        return datetime.combine(value, time(), UTC)
    if isinstance(value, frozenset):
        return tuple(sorted(value))
    if isinstance(value, list):
        return tuple(value)
    return value


def equals(left: Any, right: Any) -> bool:
    """CEL's equality: numbers by value over all types, everything else only within its type."""
    one, two = kind(left), kind(right)
    if one != two:
        return one in _NUMBERS and two in _NUMBERS and left == right
    if one == "list":
        return _equal_parts(left, right)
    if one == "map":
        if len(left) != len(right) or any(key not in right for key in left):
            return False
        return _all_equal((left[key], right[key]) for key in left)
    if one in {"struct", "optional_type"}:
        return type(left) is type(right) and _equal_parts(_parts(left), _parts(right))
    return bool(left == right)


def _parts(value: Any) -> tuple[Any, ...]:
    """The fields of a struct, or what an optional holds."""
    if isinstance(value, Maybe):
        return value.held
    return tuple(getattr(value, name) for name in type(value).__struct_fields__)


def _equal_parts(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    return len(left) == len(right) and _all_equal(zip(left, right, strict=True))


def _all_equal(pairs: Iterable[tuple[Any, Any]]) -> bool:
    """Whether all pairs are equal; one unequal pair decides even beside unknown ones."""
    is_unknown = False
    for left, right in pairs:
        try:
            if not equals(left, right):
                return False
        except UnknownFact:
            is_unknown = True
    if is_unknown:
        raise UnknownFact
    return True


def compare(left: Any, right: Any) -> int | None:
    """Negative, zero or positive; None where one of them is not a number; raises `Failure`."""
    one, two = kind(left), kind(right)
    if not (one == two and one in _ORDERED) and not (one in _NUMBERS and two in _NUMBERS):
        raise Failure(f"no such overload: {one} and {two} have no order")
    if one != two and "double" in {one, two}:
        left, right = float(left), float(right)
    try:
        return 0 if left == right else -1 if left < right else 1 if left > right else None
    except (TypeError, ValueError) as error:
        raise Failure(f"these have no order: {error}") from error


def key(value: Any) -> Any:
    """The value as a key of a Python dict."""
    if isinstance(value, bool):
        return Flag(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if kind(value) not in {"int", "uint", "double", "string"}:
        raise Failure(f"no such overload: {kind(value)} as a key")
    return value


def unkey(value: Any) -> Any:
    """The CEL value of a dict's key."""
    return value.value if isinstance(value, Flag) else value


def elements(value: Any) -> Iterator[Any]:
    """What a loop goes over: a list's items or a map's keys; raises `Failure` for anything else."""
    if isinstance(value, dict):
        return map(unkey, value)
    if not isinstance(value, tuple):
        raise Failure(f"no such overload: a loop over {kind(value)}")
    return map(adapted, value)


def lookup(container: Any, index: Any) -> Any:
    """`container[index]`; raises `Failure` where there is no such item."""
    if isinstance(container, dict):
        found = container.get(key(index), Failure)
        if found is Failure:
            raise Failure(f"no such key: {shown(index)}")
        return adapted(found)
    if not isinstance(container, tuple):
        raise Failure(f"no such overload: {kind(container)}[{kind(index)}]")
    number = position(index)
    if not 0 <= number < tuple.__len__(container):
        if type(container) is not tuple:
            raise UnknownFact
        raise Failure(f"index out of bounds: {number}")
    return adapted(tuple.__getitem__(container, number))


def position(index: Any) -> int:
    """A list's index as a number; raises `Failure` for anything that is no whole number."""
    if kind(index) not in _NUMBERS or (isinstance(index, float) and not index.is_integer()):
        raise Failure(f"invalid index: {shown(index)}")
    return int(index)


def shown(value: Any) -> str:
    """A value as a person reads it."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 (exact below)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC").removesuffix(" 00:00:00 UTC")
        case timedelta():
            return _shown_span(value)
        case tuple() | list():
            return _shown_list(value)
        case _:
            return _shown_rest(value)


def _shown_list(value: Sequence[Any]) -> str:
    plain = tuple.__iter__(value) if isinstance(value, tuple) else iter(value)
    more = ", and more" if type(value) not in {tuple, list} else ""
    return (", ".join(map(shown, plain)) or "none") + more


def _shown_rest(value: Any) -> str:
    if value is None:
        return "null"
    if value is UNKNOWN:
        return "not known"
    if isinstance(value, dict):
        return ", ".join(f"{shown(unkey(name))}={shown(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, Struct):
        named = (getattr(value, field, UNKNOWN) for field in ("locus", "name"))
        return next((str(name) for name in named if name is not UNKNOWN), type(value).__name__)
    if isinstance(value, Maybe):
        return shown(value.held[0]) if value.held else "none"
    return str(adapted(value)) if not isinstance(value, date) else value.isoformat()


def _shown_span(span: timedelta) -> str:
    seconds = span.total_seconds()
    for name, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds and math.fmod(seconds, size) == 0:
            return f"{int(seconds // size)} {name}"
    return f"{shown(seconds)} seconds"
