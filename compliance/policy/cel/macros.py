"""The macros of CEL: calls that are forms of the language, not functions (cel-spec, langdef.md, "Macros")."""

from compliance.policy.cel.syntax import (
    BadExpression,
    Call,
    Expr,
    Fold,
    FoldKind,
    Has,
    Ident,
    Let,
    Select,
)

_TWO, _THREE, _FOUR = 2, 3, 4


def expanded(call: Call) -> Expr:
    """The form that a call stands for, or the call itself; raises `BadExpression` for a malformed one."""
    if call.target is None:
        return _has(call) if call.function == "has" and len(call.args) == 1 else call
    if isinstance(call.target, Ident) and call.target.name == "cel" and call.function == "bind":
        if len(call.args) != _THREE:
            return call
        return Let(call.at, _name(call.args[0]), call.args[1], call.args[2])
    if call.function in {"optMap", "optFlatMap"} and len(call.args) == _TWO:
        return Let(call.at, _name(call.args[0]), call.target, call.args[1], call.function)
    return _fold(call, call.target)


def _has(call: Call) -> Expr:
    select = call.args[0]
    if not isinstance(select, Select):
        raise BadExpression("has() takes a field, as in has(a.b)", call.at)
    return Has(call.at, select)


def _fold(call: Call, target: Expr) -> Expr:
    count = len(call.args)
    match call.function, count:
        case ("all" | "exists" | "exists_one" | "existsOne", 2) | ("filter" | "map", 2):
            names, rest = 1, call.args[1:]
        case ("map", 3):
            names, rest = 1, call.args[1:]
        case ("all" | "exists" | "exists_one" | "existsOne", 3):
            names, rest = 2, call.args[2:]
        case ("transformList" | "transformMap" | "transformMapEntry", 3 | 4):
            names, rest = 2, call.args[2:]
        case _:
            return call
    words = tuple(_name(arg) for arg in call.args[:names])
    if len(set(words)) != len(words):
        raise BadExpression("the two variables of a loop need two names", call.at)
    kind = FoldKind("exists_one" if call.function == "existsOne" else call.function)
    guard = rest[0] if len(rest) == _TWO else None
    return Fold(call.at, kind, target, words, rest[-1], guard)


def _name(node: Expr) -> str:
    if not isinstance(node, Ident) or node.rooted:
        raise BadExpression("a loop's variable must be a simple name", node.at)
    return node.name
