"""Find the keys of maps, and the optionals, that an expression takes for granted."""

from collections.abc import Iterator

from compliance.policy.cel.checked import Checked, Fault
from compliance.policy.cel.syntax import (
    Call,
    Choice,
    Expr,
    Fold,
    Has,
    Index,
    Literal,
    Logic,
    Select,
    children,
)
from compliance.policy.cel.types import NOTHING
from compliance.policy.cel.write import written

Known = frozenset[tuple[str, str]]
"""The keys that are there: the map's text and the key's; an optional that holds a value with the key `?`."""


def granted(checked: Checked, known: Known = frozenset()) -> Iterator[Fault]:
    """Every key and optional that is used without having been asked for."""
    yield from _faults(checked, checked.tree, known)


def implied(node: Expr, *, truth: bool) -> Known:
    """What is known to be there where an expression is true, or false."""
    match node:
        case Logic() if node.is_and is truth:
            return frozenset().union(*(implied(term, truth=truth) for term in node.terms))
        case Call(function="!_"):
            return implied(node.args[0], truth=not truth)
        case Call(function="in") if truth:
            return frozenset({(written(node.args[1]), written(node.args[0]))})
        case Has() if truth:
            select = node.select
            return frozenset({(written(select.operand), written(Literal(0, select.field)))})
        case Call(function="hasValue") if truth and node.target is not None:
            return frozenset({(written(node.target), "?")})
        case _:
            return frozenset()


def _faults(checked: Checked, node: Expr, known: Known) -> Iterator[Fault]:
    match node:
        case Logic():
            for term in node.terms:
                yield from _faults(checked, term, known)
                known |= implied(term, truth=node.is_and)
            return
        case Choice():
            yield from _faults(checked, node.condition, known)
            yield from _faults(checked, node.yes, known | implied(node.condition, truth=True))
            yield from _faults(checked, node.no, known | implied(node.condition, truth=False))
            return
        case Fold():
            known |= {(written(node.range), node.names[0])}
            if node.guard is not None:
                yield from _faults(checked, node.guard, known)
                known |= implied(node.guard, truth=True)
            yield from _faults(checked, node.range, known)
            yield from _faults(checked, node.body, known)
            return
        case Has():
            yield from _faults(checked, node.select.operand, known)
            return
    fault = _fault(checked, node, known)
    if fault is not None:
        yield fault
    for child in children(node):
        yield from _faults(checked, child, known)


def _fault(checked: Checked, node: Expr, known: Known) -> Fault | None:
    if isinstance(node, Select) and node not in checked.names and not node.optional:
        return _key(checked, node, node.operand, Literal(0, node.field), known)
    if isinstance(node, Index) and not node.optional:
        return _key(checked, node, node.operand, node.index, known)
    if isinstance(node, Call) and node.function == "value" and node.target is not None:
        return _held(checked, node, node.target, known)
    return None


def _held(checked: Checked, node: Expr, optional: Expr, known: Known) -> Fault | None:
    if checked.types[optional].name != "optional_type" or (written(optional), "?") in known:
        return None
    return Fault(node.at, "the optional may hold nothing; use orValue(), or ask hasValue() first")


def _key(checked: Checked, node: Expr, container: Expr, key: Expr, known: Known) -> Fault | None:
    kind = checked.types.get(container)
    if kind is None or kind.name != "map" or kind.absent is not NOTHING:
        return None
    if (written(container), written(key)) in known:
        return None
    shown, name = written(container), written(key)
    return Fault(
        node.at, f"the key may not be there; write {name} in {shown} && ..., or {shown}[?{name}].orValue(...)"
    )
