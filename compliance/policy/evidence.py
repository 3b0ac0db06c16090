"""Where the facts stand that a verdict rests on, in words, without running the interpreter."""

from collections.abc import Callable
from typing import Any

from compliance.policy.cel.syntax import Expr, Ident, Index, Literal, Select
from compliance.policy.cel.values import shown
from compliance.policy.expression import Expression
from compliance.policy.loaded import LoadedRule, Loop
from compliance.policy.reads import ROOT
from scanners import UNKNOWN, UnknownFact

PathWriter = Callable[[Any], str]
"""Gives the path of a piece of evidence for an element; `UnknownFact` where only the interpreter can."""


def path_writer(loaded: LoadedRule, expression: Expression) -> PathWriter:
    """The function that gives the path of one piece of evidence."""
    tree = expression.checked.tree
    if not isinstance(tree, Select | Index | Ident):
        return lambda _element: expression.text
    base, steps = _steps(expression, tree)
    if steps is None:
        return _refuse
    if base in {ROOT, "params", "now"}:
        path = (base + steps).removeprefix(f"{ROOT}.")
        return lambda _element: path
    if loaded.loop is not None and base == loaded.loop.name:
        return _element_path(loaded.loop, steps)
    return _refuse


def _refuse(_element: Any) -> str:
    raise UnknownFact


def _steps(expression: Expression, node: Expr) -> tuple[str, str | None]:
    """The name that a chain begins with, and the rest of it as a path; None if that is not plain."""
    steps = ""
    while not isinstance(node, Ident):
        if isinstance(node, Select) and not node.optional:
            steps = f".{node.field}{steps}"
            node = node.operand
        elif isinstance(node, Index) and isinstance(node.index, Literal) and not node.optional:
            if expression.checked.types[node.operand].name != "map":
                return "", None
            steps = f"[{shown(node.index.value)}]{steps}"
            node = node.operand
        else:
            return "", None
    return node.name, steps


def _element_path(loop: Loop, steps: str) -> PathWriter:
    base, before = _steps(loop.over, loop.over.checked.tree)
    if base != ROOT or before is None:
        return _refuse
    outer = (base + before).removeprefix(f"{ROOT}.")
    kind = loop.over.type
    if kind.name == "map":
        return lambda element: f"{outer}[{element}]{steps}"
    record = kind.args[0].record
    if record is None or not record.has_locus:
        return _refuse

    def write(element: Any) -> str:
        if element.locus is UNKNOWN:
            raise UnknownFact
        return f"{outer}[{element.locus}]{steps}"

    return write
