"""The facts that rules may read: each with its path, type, meaning and the scanner that sees it."""

from collections.abc import Iterator
from dataclasses import dataclass

from compliance.policy.cel.types import NOTHING, Record, Type
from compliance.policy.schema import Schema
from scanners import UNKNOWN

_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FactField:
    """One fact that a rule may read."""

    path: str
    """As an expression writes it; `[]` stands for each element, `['...']` for each key."""
    type: str
    about: str
    scanner: str
    """Who sees it; empty for what the inventory declares."""
    absent: str = ""
    """For a map: what a key that is not there means, if that is anything."""


def fact_fields(schema: Schema) -> Iterator[FactField]:
    """Every fact under the schema's root, outer before inner, in the order of the fact types."""
    for name, field in schema.record.fields.items():
        scanner = name if name in schema.scanners else ""
        path = f"{schema.name}.{name}"
        yield _field(path, field.type, field.about, scanner)
        yield from _below(path, field.type, scanner, ())


def _below(path: str, kind: Type, scanner: str, seen: tuple[Record, ...]) -> Iterator[FactField]:
    if kind.name == "list":
        yield from _below(f"{path}[]", kind.args[0], scanner, seen)
    elif kind.name == "map":
        yield from _below(f"{path}['...']", kind.args[1], scanner, seen)
    record = kind.record
    if record is None or record in seen or len(seen) > _DEEPEST:
        return
    for name, field in record.fields.items():
        inner = f"{path}.{name}"
        yield _field(inner, field.type, field.about, scanner)
        yield from _below(inner, field.type, scanner, (*seen, record))


def _field(path: str, kind: Type, about: str, scanner: str) -> FactField:
    absent = "" if kind.absent is NOTHING else _written(kind.absent)
    words = str(kind).replace("google.protobuf.Timestamp", "timestamp")
    words = words.replace("google.protobuf.Duration", "duration")
    return FactField(path=path, type=words, about=about, scanner=scanner, absent=absent)


def _written(value: object) -> str:
    if value is UNKNOWN:
        return "not known"
    names = getattr(type(value), "__struct_fields__", None)
    if names is None:
        return str(value)
    return ", ".join(f"{name}: {str(getattr(value, name)).lower()}" for name in names)
