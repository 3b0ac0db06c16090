"""What names an expression may use beside its variables, and how dotted names are looked up."""

from collections.abc import Mapping

from compliance.policy.cel.functions import FUNCTIONS
from compliance.policy.cel.syntax import Expr, Ident, Select
from compliance.policy.cel.types import (
    BOOL,
    BYTES,
    CIDR,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    IP,
    NULL,
    STRING,
    TIMESTAMP,
    UINT,
    Type,
    list_of,
    map_of,
    optional_of,
    type_of,
)

TYPE_NAMES: Mapping[str, Type] = {
    **{
        kind.name: kind
        for kind in (BOOL, INT, UINT, DOUBLE, STRING, BYTES, NULL, TIMESTAMP, DURATION, IP, CIDR)
    },
    "list": list_of(DYN),
    "map": map_of(DYN, DYN),
    "type": type_of(DYN),
    "optional_type": optional_of(DYN),
}
"""The types that an expression may name as values."""


def candidates(container: str, name: str) -> list[str]:
    """The full names that a name may stand for, from the innermost container outwards."""
    parts = container.split(".") if container else []
    return [".".join([*parts[:count], name]) for count in range(len(parts), -1, -1)]


def qualified(node: Expr) -> tuple[str, bool]:
    """The dotted name that an expression spells, empty if none, and whether it begins with a dot."""
    parts: list[str] = []
    while isinstance(node, Select) and not node.optional:
        parts.append(node.field)
        node = node.operand
    if not isinstance(node, Ident):
        return "", False
    return ".".join([node.name, *reversed(parts)]), node.rooted


def words(*, is_method: bool) -> list[str]:
    """The names of all methods, or of all functions."""
    return [
        name
        for name, function in FUNCTIONS.items()
        if name[0].isalpha() and any(o.is_method == is_method for o in function.overloads)
    ]
