"""Which facts an expression reads: by the scanner that sees them, and by their path."""

from collections.abc import Iterable, Iterator

from compliance.policy.cel.checked import Checked
from compliance.policy.cel.syntax import Expr, Fold, Ident, Index, Let, Literal, Select, children
from compliance.policy.expression import Expression

ROOT = "host"


def scanners_read(expressions: Iterable[Expression], known: Iterable[str]) -> tuple[str, ...]:
    """The scanners whose facts the expressions read, in the order in which they are known."""
    found = {
        chain.field
        for expression in expressions
        for chain in _selects(expression.checked.tree)
        if isinstance(chain.operand, Ident) and chain.operand.name == ROOT
    }
    return tuple(name for name in known if name in found)


def _selects(node: Expr) -> Iterator[Select]:
    if isinstance(node, Select):
        yield node
    for child in children(node):
        yield from _selects(child)


def fact_chains(checked: Checked, names: frozenset[str]) -> list[Expr]:
    """The longest chains of fields and constant indices that begin at one of the names, in their order."""
    found: dict[str, Expr] = {}
    for node in _chains(checked.tree, names):
        found.setdefault(chain_text(node), node)
    return list(found.values())


def _chains(node: Expr, names: frozenset[str]) -> Iterator[Expr]:
    if isinstance(node, Fold | Let):
        inner = names - (set(node.names) if isinstance(node, Fold) else {node.name})
    else:
        inner = names
    if isinstance(node, Select | Index) and _base(node) in names:
        yield node
        return
    for child in children(node):
        yield from _chains(child, inner)


def _base(node: Expr) -> str:
    """The name that a chain begins with; empty if it is none."""
    while isinstance(node, Select | Index) and not node.optional:
        if isinstance(node, Index) and not isinstance(node.index, Literal):
            return ""
        node = node.operand
    return node.name if isinstance(node, Ident) else ""


def chain_text(node: Expr) -> str:
    """A chain as it is written."""
    match node:
        case Ident():
            return node.name
        case Select():
            return f"{chain_text(node.operand)}.{node.field}"
        case Index() if isinstance(node.index, Literal):
            return f"{chain_text(node.operand)}[{node.index.value!r}]"
        case _:
            return "?"
