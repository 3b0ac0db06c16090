"""The conversion functions of CEL: `int(x)`, `string(x)`, `timestamp(x)`, `type(x)` and their like."""

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from compliance.policy.cel import times
from compliance.policy.cel.operators import signed, unsigned
from compliance.policy.cel.syntax import UInt
from compliance.policy.cel.types import DURATION, TIMESTAMP, Type
from compliance.policy.cel.values import Failure, kind

_BOOLEANS = {
    **dict.fromkeys(("1", "t", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "false", "FALSE", "False"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9]{1,20}\Z")
_REAL = re.compile(
    r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z|[-+]?(?:inf|infinity)\Z|nan\Z", re.IGNORECASE
)
_TYPES = {"timestamp": TIMESTAMP, "duration": DURATION, "ip": Type("net.IP"), "cidr": Type("net.CIDR")}


def _refused(name: str, value: object) -> Failure:
    return Failure(f"no such overload: {name}({kind(value)})")


def to_int(value: Any) -> int:
    """`int(value)`; raises `Failure`."""
    match kind(value):
        case "int":
            return int(value)
        case "uint":
            return signed(int(value))
        case "double":
            if not (math.isfinite(value) and -(2**63) < value < 2**63):
                raise Failure("range error: the double does not fit an int")
            return int(value)
        case "string" if _WHOLE.match(value):
            return signed(int(value))
        case "timestamp":
            return times.to_epoch(value)
        case "string":
            raise Failure(f"invalid int {value[:40]!r}")
    raise _refused("int", value)


def to_uint(value: Any) -> UInt:
    """`uint(value)`; raises `Failure`."""
    match kind(value):
        case "int" | "uint":
            return unsigned(int(value))
        case "double":
            if not (math.isfinite(value) and -1 < value < 2**64):
                raise Failure("range error: the double does not fit a uint")
            return unsigned(int(value))
        case "string" if _WHOLE.match(value):
            return unsigned(int(value))
        case "string":
            raise Failure(f"invalid uint {value[:40]!r}")
    raise _refused("uint", value)


def to_double(value: Any) -> float:
    """`double(value)`; raises `Failure`."""
    if kind(value) in {"int", "uint", "double"}:
        return float(value)
    if not isinstance(value, str):
        raise _refused("double", value)
    if not _REAL.match(value):
        raise Failure(f"invalid double {value[:40]!r}")
    return float(value)


def to_string(value: Any) -> str:
    """`string(value)`; raises `Failure`."""
    match kind(value):
        case "string" | "int" | "uint" | "ip" | "cidr" | "version":
            return str(value) if not isinstance(value, UInt) else str(int(value))
        case "bool":
            return "true" if value else "false"
        case "double":
            return repr(value).removesuffix(".0").replace("inf", "Infinity").replace("nan", "NaN")
        case "bytes":
            try:
                return str(value, "utf-8")
            except UnicodeDecodeError as error:
                raise Failure("invalid UTF-8 in bytes") from error
        case "timestamp":
            return times.written(value)
        case "duration":
            return times.written_span(value)
    raise _refused("string", value)


def to_bytes(value: Any) -> bytes:
    """`bytes(value)`; raises `Failure`."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise _refused("bytes", value)


def to_bool(value: Any) -> bool:
    """`bool(value)`; raises `Failure`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise Failure("type conversion error: no bool") if isinstance(value, str) else _refused("bool", value)


def to_timestamp(value: Any) -> datetime:
    """`timestamp(value)`; raises `Failure`."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return times.timestamp(value)
    if kind(value) == "int":
        return times.from_epoch(value)
    raise _refused("timestamp", value)


def to_duration(value: Any) -> timedelta:
    """`duration(value)`; raises `Failure`."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return times.duration(value)
    raise _refused("duration", value)


def type_name(value: Any) -> Type:
    """`type(value)`."""
    name = kind(value)
    return _TYPES.get(name, Type(type(value).__name__ if name == "struct" else name))


CONVERSIONS: dict[str, Callable[..., Any]] = {
    "int(int) -> int; int(uint) -> int; int(double) -> int; int(string) -> int;int(timestamp) -> int": to_int,
    "uint(uint) -> uint; uint(int) -> uint; uint(double) -> uint; uint(string) -> uint": to_uint,
    "double(double) -> double; double(int) -> double; double(uint) -> double;"
    "double(string) -> double": to_double,
    "string(string) -> string; string(bool) -> string; string(int) -> string; string(uint) -> string;"
    "string(double) -> string; string(bytes) -> string; string(timestamp) -> string;"
    "string(duration) -> string; string(ip) -> string; string(cidr) -> string;"
    "string(version) -> string": to_string,
    "bytes(bytes) -> bytes; bytes(string) -> bytes": to_bytes,
    "bool(bool) -> bool; bool(string) -> bool": to_bool,
    "timestamp(timestamp) -> timestamp; timestamp(string) -> timestamp;"
    "timestamp(int) -> timestamp": to_timestamp,
    "duration(duration) -> duration; duration(string) -> duration": to_duration,
    "type(A) -> type<A>": type_name,
    "dyn(A) -> dyn": lambda value: value,
}
"""Signatures and functions, as the registry reads them."""
