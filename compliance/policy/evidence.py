"""Where the facts stand that a verdict rests on, in words, without running the interpreter."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from compliance.policy.cel.syntax import Expr, Ident, Index, Literal, Select
from compliance.policy.cel.values import shown
from compliance.policy.expression import Expression
from compliance.policy.loaded import LoadedRule, Loop
from compliance.policy.reads import ROOT
from scanners import UNKNOWN, UnknownFact


class Element(Enum):
    """What names the element in the middle of a path."""

    NONE = "none"
    LOCUS = "locus"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class PathForm:
    """The path of a piece of evidence, with a place for the element."""

    before: str
    element: Element = Element.NONE
    after: str = ""

    def text(self, element: Any) -> str:
        """The path for an element; raises `UnknownFact` where it does not say where it stands."""
        match self.element:
            case Element.NONE:
                return self.before
            case Element.KEY:
                return f"{self.before}{element}{self.after}"
            case Element.LOCUS:
                if element.locus is UNKNOWN:
                    raise UnknownFact
                return f"{self.before}{element.locus}{self.after}"


def path_form(loaded: LoadedRule, expression: Expression) -> PathForm | None:
    """The form of one piece of evidence's path; None where only the interpreter can tell it."""
    tree = expression.checked.tree
    if not isinstance(tree, Select | Index | Ident):
        return PathForm(expression.text)
    base, steps = _steps(expression, tree)
    if steps is None:
        return None
    if base in {ROOT, "params", "now"}:
        return PathForm((base + steps).removeprefix(f"{ROOT}."))
    if loaded.loop is not None and base == loaded.loop.name:
        return _element_form(loaded.loop, steps)
    return None


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


def _element_form(loop: Loop, steps: str) -> PathForm | None:
    base, before = _steps(loop.over, loop.over.checked.tree)
    if base != ROOT or before is None:
        return None
    outer = f"{base}{before}".removeprefix(f"{ROOT}.")
    if loop.over.type.name == "map":
        return PathForm(f"{outer}[", Element.KEY, f"]{steps}")
    record = loop.over.type.args[0].record
    if record is None or not record.has_locus:
        return None
    return PathForm(f"{outer}[", Element.LOCUS, f"]{steps}")
