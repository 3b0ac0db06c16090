"""The types of literals and of loops."""

from collections.abc import Mapping

from compliance.policy.cel.syntax import FoldKind, UInt
from compliance.policy.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DYN,
    INT,
    NULL,
    STRING,
    UINT,
    Type,
    list_of,
    map_of,
)

LITERALS: Mapping[type, Type] = {
    bool: BOOL,
    UInt: UINT,
    int: INT,
    float: DOUBLE,
    str: STRING,
    bytes: BYTES,
    type(None): NULL,
}
"""The types of constants, by their Python class."""
MAKING = frozenset(
    {FoldKind.MAP, FoldKind.TRANSFORM_LIST, FoldKind.TRANSFORM_MAP, FoldKind.TRANSFORM_MAP_ENTRY}
)
"""The loops that make values of their body; the others ask it a condition."""


def fold_type(kind: FoldKind, over: Type, body: Type) -> Type:
    """What a loop over a type gives, whose body has a type."""
    match kind:
        case FoldKind.MAP | FoldKind.TRANSFORM_LIST:
            return list_of(body, over.most)
        case FoldKind.TRANSFORM_MAP:
            return map_of(over.args[0] if over.name == "map" else INT if over.name == "list" else DYN, body)
        case FoldKind.TRANSFORM_MAP_ENTRY:
            return body
        case FoldKind.FILTER:
            return list_of(over.args[0] if over.args else DYN, over.most)
        case _:
            return BOOL


def loop_types(over: Type, count: int) -> list[Type]:
    """The types of a loop's variables."""
    if over.name not in {"list", "map"}:
        return [DYN] * count
    if count == 1:
        return [over.args[0]]
    return [INT, over.args[0]] if over.name == "list" else list(over.args)
