"""Write a syntax tree as text again, in one spelling: to show a part, and to tell two parts apart."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from compliance.policy.cel.syntax import (
    Call,
    Choice,
    Expr,
    Fold,
    Has,
    Ident,
    Index,
    Let,
    ListOf,
    Literal,
    Logic,
    MapOf,
    Message,
    Select,
    UInt,
)

_TIGHTNESS = {"+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_CHOICE, _OR, _AND, _RELATION, _UNARY, _MEMBER = 0, 1, 2, 3, 6, 7


def written(node: Expr) -> str:
    """The expression as text that parses to the same tree."""
    return _WRITERS[type(node)](node)


def _inside(node: Expr, tightness: int) -> str:
    """A part, in brackets where it binds less than what stands around it."""
    text = written(node)
    return f"({text})" if _binds(node) < tightness else text


def _binds(node: Expr) -> int:
    match node:
        case Choice():
            return _CHOICE
        case Logic():
            return _AND if node.is_and else _OR
        case Call() if node.function in {"!_", "-_"}:
            return _UNARY
        case Call() if not node.function[0].isalpha() or node.function == "in":
            return _TIGHTNESS.get(node.function, _RELATION)
        case Literal() if isinstance(node.value, int | float) and node.value < 0:
            return _UNARY
        case _:
            return _MEMBER


def _literal(node: Literal) -> str:
    match node.value:
        case None:
            return "null"
        case bool():
            return "true" if node.value else "false"
        case UInt() | int() | float():
            return repr(node.value)
        case str():
            return (
                "'"
                + json.dumps(node.value, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
                + "'"
            )
        case _:
            return "b'" + "".join(f"\\x{byte:02x}" for byte in node.value) + "'"


def _select(node: Select) -> str:
    name = node.field if node.field.isidentifier() else f"`{node.field}`"
    return f"{_inside(node.operand, _MEMBER)}{'.?' if node.optional else '.'}{name}"


def _index(node: Index) -> str:
    return f"{_inside(node.operand, _MEMBER)}[{'?' if node.optional else ''}{written(node.index)}]"


def _call(node: Call) -> str:
    name = node.function
    if name in {"!_", "-_"}:
        # A sign before a number is part of it, and two signs in a row cancel each other.
        inner = node.args[0]
        is_apart = isinstance(inner, Literal) or (isinstance(inner, Call) and inner.function == name)
        return name[0] + (f"({written(inner)})" if is_apart else _inside(inner, _UNARY))
    if name == "in" or not (name[0].isalpha() or name[0] == "_"):
        tightness = _TIGHTNESS.get(name, _RELATION)
        return f"{_inside(node.args[0], tightness)} {name} {_inside(node.args[1], tightness + 1)}"
    before = f"{_inside(node.target, _MEMBER)}." if node.target is not None else ""
    return f"{before}{name}({_listed(node.args)})"


def _listed(nodes: Iterable[Expr]) -> str:
    return ", ".join(map(written, nodes))


def _logic(node: Logic) -> str:
    sign, tightness = (" && ", _AND) if node.is_and else (" || ", _OR)
    return sign.join(_inside(term, tightness + 1) for term in node.terms)


def _choice(node: Choice) -> str:
    return f"{_inside(node.condition, _OR)} ? {_inside(node.yes, _OR)} : {written(node.no)}"


def _list(node: ListOf) -> str:
    parts = (
        ("?" if number in node.optional else "") + written(item) for number, item in enumerate(node.items)
    )
    return f"[{', '.join(parts)}]"


def _map(node: MapOf) -> str:
    parts = (
        f"{'?' if number in node.optional else ''}{written(name)}: {written(value)}"
        for number, (name, value) in enumerate(node.entries)
    )
    return f"{{{', '.join(parts)}}}"


def _message(node: Message) -> str:
    return f"{node.name}{{{', '.join(f'{name}: {written(value)}' for name, value in node.fields)}}}"


def _fold(node: Fold) -> str:
    parts = [*node.names, *([written(node.guard)] if node.guard else []), written(node.body)]
    return f"{_inside(node.range, _MEMBER)}.{node.kind}({', '.join(parts)})"


def _let(node: Let) -> str:
    if node.optional:
        return f"{_inside(node.value, _MEMBER)}.{node.optional}({node.name}, {written(node.body)})"
    return f"cel.bind({node.name}, {written(node.value)}, {written(node.body)})"


_WRITERS: dict[type, Callable[[Any], str]] = {
    Literal: _literal,
    Ident: lambda node: ("." if node.rooted else "") + node.name,
    Select: _select,
    Has: lambda node: f"has({written(node.select)})",
    Index: _index,
    Call: _call,
    Logic: _logic,
    Choice: _choice,
    ListOf: _list,
    MapOf: _map,
    Message: _message,
    Fold: _fold,
    Let: _let,
}
