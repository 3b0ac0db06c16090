"""What the house asks of an expression beyond its types: nothing always so, and nothing that cannot be."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from compliance.policy.cel.checked import Checked, Fault
from compliance.policy.cel.convert import to_duration, to_timestamp
from compliance.policy.cel.functions import BadPattern, pattern
from compliance.policy.cel.syntax import (
    Call,
    Choice,
    Expr,
    Fold,
    FoldKind,
    Ident,
    Let,
    ListOf,
    Literal,
    Logic,
    children,
)
from compliance.policy.cel.types import BOOL, Type
from compliance.policy.cel.values import Failure
from compliance.policy.cel.write import written
from compliance.policy.cost import is_constant
from compliance.policy.words import did_you_mean

_EQUAL = frozenset({"==", "!="})
_SAME = frozenset({"==", "!=", "<", "<=", ">", ">="})
_READ_AT_LOAD: Mapping[str, Callable[[str], object]] = {"duration": to_duration, "timestamp": to_timestamp}
_HAS_CONDITION = frozenset(FoldKind) - {
    FoldKind.MAP,
    FoldKind.TRANSFORM_LIST,
    FoldKind.TRANSFORM_MAP,
    FoldKind.TRANSFORM_MAP_ENTRY,
}


def house_faults(checked: Checked) -> Iterator[Fault]:
    """Everything in an expression that its types allow and the house does not."""
    if checked.type == BOOL and is_constant(checked, checked.tree):
        yield Fault(checked.tree.at, "this is always the same, whatever is seen")
        return
    for node in _parts(checked.tree):
        yield from _condition_faults(checked, node)
        yield from _call_faults(checked, node)
        yield from _unused(node)


def names_used(node: Expr) -> frozenset[str]:
    """The names that an expression uses and does not itself bind."""
    match node:
        case Ident():
            return frozenset({node.name})
        case Fold():
            inner = [part for part in (node.guard, node.body) if part is not None]
            return names_used(node.range) | (_used_in(inner) - set(node.names))
        case Let():
            return names_used(node.value) | (names_used(node.body) - {node.name})
        case _:
            return _used_in(children(node))


def _used_in(nodes: Iterable[Expr]) -> frozenset[str]:
    return frozenset[str]().union(*map(names_used, nodes))


def _parts(node: Expr) -> Iterator[Expr]:
    yield node
    for child in children(node):
        yield from _parts(child)


def _condition_faults(checked: Checked, node: Expr) -> Iterator[Fault]:
    """Conditions that are always true, or always false."""
    conditions: tuple[Expr, ...] = ()
    match node:
        case Logic():
            conditions = node.terms
        case Choice():
            conditions = (node.condition,)
        case Fold() if node.kind in _HAS_CONDITION:
            conditions = (node.body,)
    for condition in conditions:
        if is_constant(checked, condition):
            yield Fault(condition.at, "this is always the same, whatever is seen")


def _call_faults(checked: Checked, node: Expr) -> Iterator[Fault]:
    if not isinstance(node, Call):
        return
    if node.function in _SAME and written(node.args[0]) == written(node.args[1]):
        yield Fault(node.at, "both sides are the same")
    if node.function in _EQUAL or node.function == "in":
        yield from _word_faults(checked, node)
        yield from _record_faults(checked, node)
    if node.function == "dyn":
        yield Fault(node.at, "rules have no dyn(): every value has its type")
    if node.function == "matches":
        yield from _pattern_faults(node)
    read = _READ_AT_LOAD.get(node.function)
    if read and len(node.args) == 1 and isinstance(node.args[0], Literal):
        yield from _literal_faults(node.args[0], read)


def _word_faults(checked: Checked, node: Call) -> Iterator[Fault]:
    """Words that a fact can never be."""
    left, right = node.args
    for literal, other in ((left, right), (right, left)):
        kind = checked.types[other]
        words = kind.words or (kind.args[0].words if kind.name in {"list", "map"} and kind.args else None)
        if words is not None:
            for word in _literals(literal):
                if word.value not in words:
                    known = ", ".join(map(repr, words))
                    hint = did_you_mean(str(word.value), words)
                    yield Fault(
                        word.at,
                        f"{written(other)} is never {word.value!r}{hint or f'; it is one of {known}'}",
                    )


def _literals(node: Expr) -> Iterator[Literal]:
    if isinstance(node, Literal) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ListOf):
        for item in node.items:
            yield from _literals(item)


def _record_faults(checked: Checked, node: Call) -> Iterator[Fault]:
    for part in node.args:
        kind: Type = checked.types[part]
        inner = kind.args[-1] if kind.name in {"list", "map"} and kind.args else kind
        if inner.record is not None and not (node.function == "in" and kind.name == "map"):
            yield Fault(node.at, f"compare the fields of {inner}, not the whole")
            return


def _pattern_faults(node: Call) -> Iterator[Fault]:
    regex = node.args[-1]
    if not isinstance(regex, Literal) or not isinstance(regex.value, str):
        yield Fault(regex.at, "a regular expression must be written out, not worked out")
        return
    try:
        pattern(regex.value)
    except BadPattern as error:
        yield Fault(regex.at, f"this is no regular expression: {error}")


def _literal_faults(literal: Literal, read: Callable[[str], object]) -> Iterator[Fault]:
    if isinstance(literal.value, str):
        try:
            read(literal.value)
        except Failure as error:
            yield Fault(literal.at, str(error))


def _unused(node: Expr) -> Iterator[Fault]:
    """Names that are given and never used."""
    if isinstance(node, Fold):
        inner = [part for part in (node.guard, node.body) if part is not None]
        used = _used_in(inner)
        for name in node.names:
            if name not in used and not name.startswith("_"):
                yield Fault(node.at, f"{node.kind}() never looks at its {name!r}")
    elif isinstance(node, Let) and node.name not in names_used(node.body):
        yield Fault(node.at, f"{node.name!r} is never used")
