"""What compiled expressions call: the few operations that are not one of Python's own."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from compliance.policy.cel.functions import pattern
from compliance.policy.cel.values import Failure
from scanners import UNKNOWN, UnknownFact

MISSES = (UnknownFact, Failure, LookupError, ArithmeticError, TypeError, ValueError, AttributeError)
"""What compiled code raises where it cannot tell; the interpreter then decides."""
_MEMORY = 4096
_LONGEST_REMEMBERED = 256
_LOW, _HIGH = -(2**63), 2**63 - 1
_LONGEST = timedelta(microseconds=2**63 // 1000)


def known(value: Any) -> Any:
    """The value, if it is one; raises `UnknownFact`."""
    if value is UNKNOWN:
        raise UnknownFact
    return value


def is_known(value: Any) -> bool:
    """True; raises `UnknownFact` where it cannot be told whether there is a value."""
    if value is UNKNOWN:
        raise UnknownFact
    return True


def int64(value: int) -> int:
    """The number, if it fits 64 bits with a sign; raises `Failure`."""
    if _LOW <= value <= _HIGH:
        return value
    raise Failure("return error for overflow")


def span(value: timedelta) -> timedelta:
    """The span, if its nanoseconds fit 64 bits; raises `Failure`."""
    if -_LONGEST <= value <= _LONGEST:
        return value
    raise Failure("duration out of range")


def midnight(value: date) -> datetime:
    """A date as a moment: midnight UTC."""
    return datetime.combine(value, time(), UTC)


def item(values: tuple[Any, ...], index: int) -> Any:
    """An item of a list; a negative index is none."""
    if index < 0:
        raise IndexError(index)
    return values[index]


def matcher(regex: str) -> Callable[[str], bool]:
    """A function that tells whether a text holds a match, and remembers some answers."""
    search = pattern(regex).search
    answers: dict[str, bool] = {}

    def matches(text: str) -> bool:
        if len(text) > _LONGEST_REMEMBERED:
            return search(text) is not None
        answer = answers.get(text)
        if answer is None:
            if not isinstance(text, str):
                raise UnknownFact
            if len(answers) >= _MEMORY:
                answers.clear()
            answer = answers[text] = search(text) is not None
        return answer

    return matches
