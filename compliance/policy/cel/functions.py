"""Every function and operator of CEL that is known here: its signatures and what it does."""

import re as _re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import re2

from compliance.policy.cel import times
from compliance.policy.cel.convert import CONVERSIONS
from compliance.policy.cel.net import NETWORK
from compliance.policy.cel.operators import arithmetic, contains, inverted, negated, order
from compliance.policy.cel.optionals import OPTIONALS
from compliance.policy.cel.types import Type, parse_type
from compliance.policy.cel.values import Failure, equals, kind

_SIGNATURE = _re.compile(
    r"(?:(?P<target>[@\w<>, ]+?)\.)?(?P<name>[^\s(.]+)\((?P<args>.*)\) -> (?P<result>.+)\Z"
)
_MEMORY = 8 * 1024 * 1024
_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature: the types it takes, the receiver first for a method, and the type it gives."""

    is_method: bool
    args: tuple[Type, ...]
    result: Type


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its name: all its signatures, and what it does, receiver first."""

    name: str
    overloads: tuple[Overload, ...]
    run: Callable[..., Any]


class BadPattern(Exception):
    """A regular expression that RE2 does not take."""


@lru_cache(maxsize=512)
def pattern(text: str) -> Any:
    """The compiled regular expression (RE2: linear time, bounded memory); raises `BadPattern`."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise BadPattern(reason) from error


def matches(text: str, regex: str) -> bool:
    """Whether the text holds a match of the regular expression."""
    if not (isinstance(text, str) and isinstance(regex, str)):
        raise Failure("no such overload: matches")
    try:
        return pattern(regex).search(text) is not None
    except BadPattern as error:
        raise Failure(f"bad regular expression: {error}") from error


def size(value: Any) -> int:
    """Characters of a text, bytes, items of a list or keys of a map."""
    if kind(value) not in {"string", "bytes", "list", "map"}:
        raise Failure(f"no such overload: size({kind(value)})")
    return len(value)


def _text(run: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def checked(text: Any, part: Any) -> bool:
        if not (isinstance(text, str) and isinstance(part, str)):
            raise Failure(f"no such overload: {kind(text)}, {kind(part)}")
        return run(text, part)

    return checked


def _part(of_moment: Callable[[datetime], int], of_span: timedelta | None = None) -> Callable[..., int]:
    def selected(value: Any, zone: str = "UTC") -> int:
        if isinstance(value, datetime):
            return of_moment(times.local(value, zone))
        if isinstance(value, timedelta) and of_span:
            found = times.truncated(value, of_span)
            return found % 1000 if of_span == _MILLISECOND else found
        raise Failure(f"no such overload: {kind(value)}")

    return selected


def _signatures(text: str) -> tuple[str, tuple[Overload, ...]]:
    """The name and overloads that signatures with `;` between them spell; `@a.b()` is a name with a dot."""
    overloads: list[Overload] = []
    name = ""
    for line in text.split(";"):
        match = _SIGNATURE.match(line.strip())
        if match is None:
            raise ValueError(line)
        receiver, name = match["target"] or "", match["name"]
        if receiver.startswith("@"):
            receiver, name = "", f"{receiver[1:]}.{name}"
        args = [parse_type(arg) for arg in ([receiver] if receiver else []) + _split(match["args"])]
        overloads.append(Overload(bool(receiver), tuple(args), parse_type(match["result"])))
    return name, tuple(overloads)


def _split(args: str) -> list[str]:
    """Arguments at the commas that stand in no angle bracket."""
    return [part.strip() for part in _re.split(r",(?![^<]*>)", args) if part.strip()]


_PLAIN: dict[str, Callable[..., Any]] = {
    "==(A, A) -> bool": equals,
    "!=(A, A) -> bool": lambda a, b: not equals(a, b),
    "!_(bool) -> bool": inverted,
    "-_(int) -> int; -_(double) -> double": negated,
    "in(A, list<A>) -> bool; in(A, map<A, B>) -> bool": contains,
    "+(int, int) -> int; +(uint, uint) -> uint; +(double, double) -> double; +(string, string) -> string;"
    "+(bytes, bytes) -> bytes; +(list<A>, list<A>) -> list<A>; +(timestamp, duration) -> timestamp;"
    "+(duration, timestamp) -> timestamp; +(duration, duration) -> duration": arithmetic("+"),
    "-(int, int) -> int; -(uint, uint) -> uint; -(double, double) -> double;"
    "-(timestamp, timestamp) -> duration; -(timestamp, duration) -> timestamp;"
    "-(duration, duration) -> duration": arithmetic("-"),
    "*(int, int) -> int; *(uint, uint) -> uint; *(double, double) -> double": arithmetic("*"),
    "/(int, int) -> int; /(uint, uint) -> uint; /(double, double) -> double": arithmetic("/"),
    "%(int, int) -> int; %(uint, uint) -> uint": arithmetic("%"),
    "size(string) -> int; size(bytes) -> int; size(list<A>) -> int; size(map<A, B>) -> int;"
    "string.size() -> int; bytes.size() -> int; list<A>.size() -> int; map<A, B>.size() -> int": size,
    "string.startsWith(string) -> bool": _text(str.startswith),
    "string.endsWith(string) -> bool": _text(str.endswith),
    "string.contains(string) -> bool": _text(str.__contains__),
    "matches(string, string) -> bool; string.matches(string) -> bool": matches,
}
_PARTS: dict[str, Callable[..., int]] = {
    "getFullYear": _part(lambda t: t.year),
    "getMonth": _part(lambda t: t.month - 1),
    "getDate": _part(lambda t: t.day),
    "getDayOfMonth": _part(lambda t: t.day - 1),
    "getDayOfWeek": _part(lambda t: t.isoweekday() % 7),
    "getDayOfYear": _part(lambda t: t.timetuple().tm_yday - 1),
    "getHours": _part(lambda t: t.hour, _HOUR),
    "getMinutes": _part(lambda t: t.minute, _MINUTE),
    "getSeconds": _part(lambda t: t.second, _SECOND),
    "getMilliseconds": _part(lambda t: t.microsecond // 1000, _MILLISECOND),
}


def _orders() -> dict[str, Callable[..., Any]]:
    kinds = ("bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration", "version")
    pairs = [(one, one) for one in kinds]
    numbers = ("int", "uint", "double")
    pairs += [(one, two) for one in numbers for two in numbers if one != two]
    tests: dict[str, Callable[[int], bool]] = {
        "<": lambda c: c < 0,
        "<=": lambda c: c <= 0,
        ">": lambda c: c > 0,
        ">=": lambda c: c >= 0,
    }
    return {
        ";".join(f"{sign}({one}, {two}) -> bool" for one, two in pairs): order(test)
        for sign, test in tests.items()
    }


def _timed() -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for name, run in _PARTS.items():
        text = f"timestamp.{name}() -> int; timestamp.{name}(string) -> int"
        if name in {"getHours", "getMinutes", "getSeconds", "getMilliseconds"}:
            text += f"; duration.{name}() -> int"
        found[text] = run
    return found


def _registry() -> dict[str, Function]:
    found: dict[str, Function] = {}
    for text, run in {**_PLAIN, **_orders(), **_timed(), **CONVERSIONS, **OPTIONALS, **NETWORK}.items():
        name, overloads = _signatures(text)
        found[name] = Function(name, overloads, run)
    return found


FUNCTIONS = _registry()
"""All functions by name; operators by their sign."""
