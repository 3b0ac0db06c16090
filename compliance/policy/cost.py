"""Bound what a rule can cost before it runs: how often its loops turn, how large its values can grow."""

from collections.abc import Mapping

from compliance.policy.cel.checked import Checked, Fault
from compliance.policy.cel.syntax import (
    Call,
    Choice,
    Expr,
    Fold,
    Ident,
    Index,
    Let,
    ListOf,
    MapOf,
    Select,
    children,
)
from compliance.policy.cel.types import Type

MOST_TURNS = 1_000_000
"""Turns of loops that one rule may take on one host, if every list were as long as it can be."""
_DEEPEST_LOOP = 2
_DEFAULT_LENGTH = 1000
_SEARCHED_AT_ONCE = 16
"""Items of a list that `in` looks through in the time of one turn of a loop."""
_LARGEST = 64
"""Facts and constants that a made value may be put together from."""
_GROWING = frozenset({"string", "bytes", "list"})


def length(checked: Checked, node: Expr) -> int:
    """The most items that a list or map can have."""
    if isinstance(node, ListOf | MapOf):
        return len(children(node))
    return longest(checked.types[node])


def longest(kind: Type) -> int:
    """The most items that a value of a type can have."""
    return kind.most if kind.most is not None else _DEFAULT_LENGTH


def turns(checked: Checked) -> tuple[int, Fold | None]:
    """The most turns that the loops of an expression take, and the loop that takes most of them."""
    return _turns(checked, checked.tree)


def _turns(checked: Checked, node: Expr) -> tuple[int, Fold | None]:
    total, most, worst = 0, 0, None
    for child in children(node):
        count, loop = _turns(checked, child)
        is_inside = isinstance(node, Fold) and child is not node.range
        total += length(checked, node.range) * count if isinstance(node, Fold) and is_inside else count
        if count > most:
            most, worst = count, loop
    if isinstance(node, Fold):
        total += length(checked, node.range)
        worst = worst if most > total // 2 else node
    elif isinstance(node, Call) and node.function == "in":
        total += length(checked, node.args[1]) // _SEARCHED_AT_ONCE
    return total, worst


def loop_faults(checked: Checked, *, depth: int = 0) -> list[Fault]:
    """Loops that stand too deep in one another, that go over what was made, or that make something anew."""
    return _loops(checked, checked.tree, depth)


def _loops(checked: Checked, node: Expr, depth: int) -> list[Fault]:
    found: list[Fault] = []
    if isinstance(node, Fold):
        if depth >= _DEEPEST_LOOP:
            found.append(Fault(node.at, f"loops stand at most {_DEEPEST_LOOP} deep in one another"))
        if not _may_be_looped(node.range):
            found.append(Fault(node.at, "a loop goes over a fact, a parameter, a variable or a written list"))
        found += _loops(checked, node.range, depth)
        for part in (node.guard, node.body):
            found += _loops(checked, part, depth + 1) if part is not None else []
        return found
    if depth and _makes(checked, node):
        found.append(
            Fault(node.at, "a loop must not put texts or lists together; they could grow without bound")
        )
    for child in children(node):
        found += _loops(checked, child, depth)
    return found


def _may_be_looped(node: Expr) -> bool:
    match node:
        case Ident() | ListOf() | MapOf():
            return True
        case Select():
            return _may_be_looped(node.operand)
        case Index():
            return _may_be_looped(node.operand)
        case Fold():
            return _may_be_looped(node.range)
        case Call(function="orValue") if node.target is not None:
            return _may_be_looped(node.target)
        case _:
            return False


def _makes(checked: Checked, node: Expr) -> bool:
    if isinstance(node, Call) and node.function == "+":
        return checked.types[node].name in _GROWING
    return isinstance(node, ListOf | MapOf) and not is_constant(checked, node)


def is_constant(checked: Checked, node: Expr) -> bool:
    """Whether an expression names nothing that can differ."""
    if isinstance(node, Ident | Select) and node not in checked.constants:
        return False
    return all(is_constant(checked, child) for child in children(node))


def weight(checked: Checked, sizes: Mapping[str, int]) -> int:
    """From how many facts and constants the value is put together; `sizes` are those of named values."""
    return _weight(checked.tree, dict(sizes))


def _weight(node: Expr, sizes: dict[str, int]) -> int:
    match node:
        case Ident():
            return sizes.get(node.name, 1)
        case Choice():
            return max(_weight(node.yes, sizes), _weight(node.no, sizes))
        case Let():
            inner = {**sizes, node.name: _weight(node.value, sizes)}
            return _weight(node.body, inner)
        case Fold():
            over = _weight(node.range, sizes)
            inner = {**sizes, **dict.fromkeys(node.names, over)}
            return max(over, _weight(node.body, inner))
        case _:
            return max(1, sum(_weight(child, sizes) for child in children(node)))


def weight_faults(checked: Checked, sizes: Mapping[str, int]) -> list[Fault]:
    """The fault of a value that is put together from too much."""
    found = weight(checked, sizes)
    if found <= _LARGEST * len(written_parts(checked.tree)):
        return []
    return [Fault(checked.tree.at, "what this puts together could grow without bound")]


def written_parts(node: Expr) -> list[Expr]:
    """Every part that is written down, which bounds what a plain expression can be put together from."""
    return [node, *(part for child in children(node) for part in written_parts(child))]
