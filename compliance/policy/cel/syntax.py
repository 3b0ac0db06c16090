"""The syntax tree of a CEL expression: what the parser gives and everything else reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class UInt(int):
    """An unsigned 64-bit integer, kept apart from a signed one by its type."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{int(self)}u"


class BadExpression(Exception):
    """An expression cannot be read; `at` is the character at which, counted from 0."""

    def __init__(self, text: str, at: int) -> None:
        super().__init__(text)
        self.text = text
        self.at = at


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A constant."""

    at: int
    value: bool | int | float | str | bytes | None


@dataclass(frozen=True, slots=True, eq=False)
class Ident:
    """A name; `rooted` where a dot stands before it."""

    at: int
    name: str
    rooted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Select:
    """`operand.field`, or `operand.?field`."""

    at: int
    operand: "Expr"
    field: str
    optional: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Has:
    """`has(operand.field)`."""

    at: int
    select: Select


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """`operand[index]`, or `operand[?index]`."""

    at: int
    operand: "Expr"
    index: "Expr"
    optional: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A function or operator, which is named by its sign; `target` stands before the dot of a method."""

    at: int
    function: str
    args: tuple["Expr", ...]
    target: "Expr | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Logic:
    """Two or more terms joined by `&&` or by `||`."""

    at: int
    is_and: bool
    terms: tuple["Expr", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """`condition ? yes : no`."""

    at: int
    condition: "Expr"
    yes: "Expr"
    no: "Expr"


@dataclass(frozen=True, slots=True, eq=False)
class ListOf:
    """`[a, b]`; `optional` holds the positions written with a question mark."""

    at: int
    items: tuple["Expr", ...]
    optional: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class MapOf:
    """`{k: v}`; `optional` holds the positions written with a question mark."""

    at: int
    entries: tuple[tuple["Expr", "Expr"], ...]
    optional: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """`Name{field: value}`: read, so that the checker can say that there are no messages here."""

    at: int
    name: str
    fields: tuple[tuple[str, "Expr"], ...]


class FoldKind(StrEnum):
    """The loops that CEL has, as macros."""

    ALL = "all"
    EXISTS = "exists"
    EXISTS_ONE = "exists_one"
    MAP = "map"
    FILTER = "filter"
    TRANSFORM_LIST = "transformList"
    TRANSFORM_MAP = "transformMap"
    TRANSFORM_MAP_ENTRY = "transformMapEntry"


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """A loop over a list or the keys of a map: `range.kind(names..., guard?, body)`."""

    at: int
    kind: FoldKind
    range: "Expr"
    names: tuple[str, ...]
    """One name for the element; two for index or key, and value."""
    body: "Expr"
    guard: "Expr | None" = None
    """The condition of a three-part `map` or `transform...`."""


@dataclass(frozen=True, slots=True, eq=False)
class Let:
    """`cel.bind(name, value, body)`, and the optionals' `optMap` and `optFlatMap`."""

    at: int
    name: str
    value: "Expr"
    body: "Expr"
    optional: str = ""
    """`optMap` or `optFlatMap`; empty for a plain binding."""


Expr = Literal | Ident | Select | Has | Index | Call | Logic | Choice | ListOf | MapOf | Message | Fold | Let


_PARTS: dict[type, Callable[[Any], tuple[Expr, ...]]] = {
    Literal: lambda _node: (),
    Ident: lambda _node: (),
    Select: lambda node: (node.operand,),
    Has: lambda node: (node.select,),
    Index: lambda node: (node.operand, node.index),
    Call: lambda node: node.args if node.target is None else (node.target, *node.args),
    Logic: lambda node: node.terms,
    Choice: lambda node: (node.condition, node.yes, node.no),
    ListOf: lambda node: node.items,
    MapOf: lambda node: tuple(part for entry in node.entries for part in entry),
    Message: lambda node: tuple(value for _, value in node.fields),
    Fold: lambda node: (node.range, *((node.guard,) if node.guard else ()), node.body),
    Let: lambda node: (node.value, node.body),
}


def children(node: Expr) -> tuple[Expr, ...]:
    """The parts of an expression, left to right."""
    return _PARTS[type(node)](node)


def walk(node: Expr) -> Iterator[tuple[Expr, int]]:
    """Every part with its depth, without recursion: the tree may be deeper than Python's stack."""
    stack: list[tuple[Expr, int]] = [(node, 1)]
    while stack:
        current, depth = stack.pop()
        yield current, depth
        stack.extend((child, depth + 1) for child in children(current))
