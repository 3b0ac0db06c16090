"""The parameters of a rule: their types, their defaults, and values that somebody else sets."""

from collections.abc import Mapping
from typing import Any

from compliance.policy.cel.convert import to_duration, to_timestamp
from compliance.policy.cel.types import Field, Record, Type, parse_type
from compliance.policy.cel.values import Failure, key
from compliance.policy.rulefile import ParamSpec

_KNOWN = frozenset(
    {
        "bool",
        "int",
        "double",
        "string",
        "list",
        "map",
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
    }
)
_PYTHON = {"bool": bool, "int": int, "string": str}


class BadParam(Exception):
    """A parameter's type or value is not one."""


def param_type(text: str) -> Type:
    """The type that a declaration names; raises `BadParam`."""
    try:
        found = parse_type(text)
    except ValueError as error:
        raise BadParam(f"{text!r} is no type") from error
    if not _is_known(found):
        raise BadParam(f"{text!r} is no type that a parameter can have")
    return found


def _is_known(kind: Type) -> bool:
    wants = {"list": 1, "map": 2}.get(kind.name, 0)
    return kind.name in _KNOWN and len(kind.args) == wants and all(map(_is_known, kind.args))


def param_value(kind: Type, value: Any) -> Any:
    """The value of YAML as a CEL value of that type; raises `BadParam`."""
    match kind.name:
        case "list" if isinstance(value, list):
            return tuple(param_value(kind.args[0], item) for item in value)
        case "map" if isinstance(value, dict):
            return {
                key(_map_key(kind.args[0], name)): param_value(kind.args[1], item)
                for name, item in value.items()
            }
        case "double" if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        case "google.protobuf.Duration" | "google.protobuf.Timestamp" if isinstance(value, str):
            try:
                return to_duration(value) if kind.name.endswith("Duration") else to_timestamp(value)
            except Failure as error:
                raise BadParam(str(error)) from error
        case name if name in _PYTHON and type(value) is _PYTHON[name]:
            return value
    raise BadParam(f"{value!r} is no {kind}")


def _map_key(kind: Type, text: str) -> Any:
    """A key of YAML, which is always text, as the map's key type."""
    if kind.name != "int":
        return param_value(kind, text)
    try:
        return int(text)
    except ValueError as error:
        raise BadParam(f"{text!r} is no int") from error


def checked_range(spec: ParamSpec, value: Any) -> None:
    """Raise `BadParam` for a number outside the range that its declaration allows."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if spec.at_least is not None and value < spec.at_least:
            raise BadParam(f"{value} is less than {spec.at_least:g}")
        if spec.at_most is not None and value > spec.at_most:
            raise BadParam(f"{value} is more than {spec.at_most:g}")


def params_type(kinds: Mapping[str, Type], specs: Mapping[str, ParamSpec]) -> Type:
    """The type of the name `params`."""
    fields = {name: Field(kind, specs[name].doc) for name, kind in kinds.items()}
    return Type("params", record=Record("params", "The rule's parameters.", fields))
