"""What CEL's operators do to values of each type; 64-bit arithmetic that refuses to overflow."""

import math
import operator
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from compliance.policy.cel.syntax import UInt
from compliance.policy.cel.times import span
from compliance.policy.cel.values import Failure, compare, equals, key, kind

_LOW, _HIGH = -(2**63), 2**63 - 1
_TOP = 2**64 - 1


def signed(value: int) -> int:
    """The number, if it fits 64 bits with a sign; raises `Failure`."""
    if not _LOW <= value <= _HIGH:
        raise Failure("return error for overflow")
    return value


def unsigned(value: int) -> UInt:
    """The number, if it fits 64 bits without a sign; raises `Failure`."""
    if not 0 <= value <= _TOP:
        raise Failure("return error for overflow")
    return UInt(value)


def quotient(left: int, right: int) -> int:
    """Division that cuts towards zero; raises `Failure`."""
    if right == 0:
        raise Failure("divide by zero")
    return signed(abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1))


def remainder(left: int, right: int) -> int:
    """What `quotient` leaves, with the sign of the left side; raises `Failure`."""
    if right == 0:
        raise Failure("modulus by zero")
    return int(math.copysign(1, left)) * (abs(left) % abs(right)) if left else 0


def _real_quotient(left: float, right: float) -> float:
    if right:
        return left / right
    if math.isnan(left) or left == 0:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _real_product(left: float, right: float) -> float:
    return left * right


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError as error:
        raise Failure("timestamp out of range") from error


def _unsigned_quotient(left: int, right: int) -> UInt:
    return UInt(quotient(left, right)) if right != 1 else UInt(left)


_TABLE: dict[tuple[str, str, str], Callable[[Any, Any], Any]] = {
    ("+", "int", "int"): lambda a, b: signed(a + b),
    ("+", "uint", "uint"): lambda a, b: unsigned(int(a) + int(b)),
    ("+", "double", "double"): operator.add,
    ("+", "string", "string"): operator.add,
    ("+", "bytes", "bytes"): operator.add,
    ("+", "list", "list"): lambda a, b: (*a, *b),
    ("+", "timestamp", "duration"): _moved,
    ("+", "duration", "timestamp"): lambda a, b: _moved(b, a),
    ("+", "duration", "duration"): lambda a, b: span(a + b),
    ("-", "int", "int"): lambda a, b: signed(a - b),
    ("-", "uint", "uint"): lambda a, b: unsigned(int(a) - int(b)),
    ("-", "double", "double"): operator.sub,
    ("-", "timestamp", "timestamp"): lambda a, b: span(a - b),
    ("-", "timestamp", "duration"): lambda a, b: _moved(a, -b),
    ("-", "duration", "duration"): lambda a, b: span(a - b),
    ("*", "int", "int"): lambda a, b: signed(a * b),
    ("*", "uint", "uint"): lambda a, b: unsigned(int(a) * int(b)),
    ("*", "double", "double"): _real_product,
    ("/", "int", "int"): quotient,
    ("/", "uint", "uint"): _unsigned_quotient,
    ("/", "double", "double"): _real_quotient,
    ("%", "int", "int"): remainder,
    ("%", "uint", "uint"): lambda a, b: UInt(remainder(a, b)),
}


def arithmetic(sign: str) -> Callable[[Any, Any], Any]:
    """The function of `+ - * / %`, for any values; it raises `Failure` where the types do not fit."""

    def run(left: Any, right: Any) -> Any:
        found = _TABLE.get((sign, kind(left), kind(right)))
        if found is None:
            raise Failure(f"no such overload: {kind(left)} {sign} {kind(right)}")
        return found(left, right)

    return run


def negated(value: Any) -> Any:
    """`-value`; raises `Failure`."""
    if kind(value) == "int":
        return signed(-value)
    if kind(value) == "double":
        return -value
    raise Failure(f"no such overload: -{kind(value)}")


def inverted(value: Any) -> bool:
    """`!value`; raises `Failure`."""
    if not isinstance(value, bool):
        raise Failure(f"no such overload: !{kind(value)}")
    return not value


def contains(item: Any, container: Any) -> bool:
    """`item in container`; raises `Failure`."""
    if isinstance(container, dict):
        return _is_key(item, container)
    if not isinstance(container, tuple):
        raise Failure(f"no such overload: in {kind(container)}")
    return any(equals(item, other) for other in container)


def _is_key(item: Any, container: dict[Any, Any]) -> bool:
    try:
        return key(item) in container
    except Failure:
        if kind(item) == "double":
            return False
        raise


def order(test: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    """The function of one of `< <= > >=`."""

    def run(left: Any, right: Any) -> bool:
        found = compare(left, right)
        return found is not None and test(found)

    return run
