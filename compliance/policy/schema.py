"""What rules may read of a host: the fact types as types of CEL, and the root that holds a host's facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from compliance.model.inventory import HostInventory
from compliance.policy.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    INT,
    NOTHING,
    STRING,
    TIMESTAMP,
    Field,
    Record,
    Type,
    list_of,
    map_of,
)
from scanners import UNKNOWN, Facts

DECLARED: Mapping[str, tuple[Any, str]] = {
    "name": (str, "The name it has in the inventory, or that was typed."),
    "address": (str, "Its IP address or DNS name."),
    "site": (str, "The site it stands at."),
    "zone": (str, "The network zone it stands in."),
    "role": (str, "What it is for."),
    "owner": (str, "Who answers for it."),
    "scopes": (tuple[str, ...], "Which data it touches: cardholder-data, personal-data."),
    "declared": (bool, "It stands in the inventory."),
    "inventory": (HostInventory, "What an inventory document declares of it beside that."),
}
"""What the inventory says of every host, beside what scanners see."""
_MOST = 1000
_PLAIN: Mapping[Any, Type] = {
    str: STRING,
    int: INT,
    float: DOUBLE,
    bool: BOOL,
    bytes: BYTES,
    datetime: TIMESTAMP,
    date: Type("google.protobuf.Timestamp", stored="date"),
    timedelta: DURATION,
}


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """The root that rules read, as `host` or `fleet`: its type for the checker, its class for the values."""

    host: Type
    root: type[Struct]
    scanners: tuple[str, ...]
    name: str = "host"
    """What rules call the root."""

    @property
    def record(self) -> Record:
        """The fields of the root."""
        if self.host.record is None:
            raise TypeError(self.host.name)
        return self.host.record


def schema_of(fact_types: Mapping[str, type[Facts]]) -> Schema:
    """The schema of a host that is seen by these scanners; each one's facts stand under its name."""
    fields = {name: Field(cel_type(kind), text) for name, (kind, text) in DECLARED.items()}
    for name, facts in fact_types.items():
        fields[name] = Field(cel_type(facts), _first_line(facts))
    columns = [(name, kind, UNKNOWN) for name, (kind, _) in DECLARED.items()]
    columns += [(name, facts, UNKNOWN) for name, facts in fact_types.items()]
    root = msgspec.defstruct("Host", columns, frozen=True, kw_only=True)
    record = Record("host", "A host: what is declared of it and what was seen.", fields)
    return Schema(host=Type("Host", record=record), root=root, scanners=tuple(fact_types))


def cel_type(kind: Any) -> Type:
    """The CEL type of a Python type that facts may have; raises TypeError for any other."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin = get_origin(kind)
    if origin in _BUILDERS:
        return _BUILDERS[origin](kind, get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Type("string", words=tuple(kind))
    if isinstance(kind, type) and issubclass(kind, Struct):
        return Type(kind.__name__, record=record_of(kind))
    raise TypeError(f"{kind} is no fact type; what is not known is UNKNOWN, what is not there is empty")


def _list(_kind: Any, args: tuple[Any, ...]) -> Type:
    return list_of(cel_type(args[0]), _MOST)


def _set(_kind: Any, args: tuple[Any, ...]) -> Type:
    return replace(list_of(cel_type(args[0]), _MOST), stored="set")


def _map(kind: Any, args: tuple[Any, ...]) -> Type:
    if args[0] is not str:
        raise TypeError(f"{kind} is no fact type; the keys of a map are text")
    return map_of(STRING, cel_type(args[1]))


def _words(_kind: Any, args: tuple[Any, ...]) -> Type:
    return Type("string", words=tuple(map(str, args)))


def _annotated(_kind: Any, args: tuple[Any, ...]) -> Type:
    kind, notes = args[0], args[1:]
    found = cel_type(kind)
    for note in notes:
        extra = (note.extra if isinstance(note, Meta) else None) or {}
        if "max_items" in extra:
            found = replace(found, most=extra["max_items"])
        if "absent" in extra:
            found = replace(found, absent=_absent(get_args(kind)[1], extra["absent"]))
    return found


_BUILDERS: Mapping[Any, Callable[[Any, tuple[Any, ...]], Type]] = {
    Annotated: _annotated,
    Literal: _words,
    tuple: _list,
    frozenset: _set,
    dict: _map,
}


def _absent(kind: Any, value: Any) -> Any:
    """What a key that is not there means, as a value of the map's values' type."""
    return value if value is NOTHING or value is UNKNOWN else msgspec.convert(value, kind)


def record_of(kind: type[Struct]) -> Record:
    """The fields of a fact type, as rules see them."""
    hints = get_type_hints(kind, include_extras=True)
    fields = {
        name: Field(cel_type(hints[name]), _meaning(hints[name]))
        for name in kind.__struct_fields__
        if name != "gaps"
    }
    return Record(kind.__name__, _first_line(kind), fields, has_locus="locus" in fields)


def _meaning(kind: Any) -> str:
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return next((note.description or "" for note in notes if isinstance(note, Meta)), "")


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().split("\n", 1)[0]
