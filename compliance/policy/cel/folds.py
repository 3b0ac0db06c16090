"""The loops of CEL with three values: `all` and `exists` may be told from a part, others need every turn."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from compliance.policy.cel.kleene import joined, put, spoiled_by, truth
from compliance.policy.cel.scope import Scope, element_label
from compliance.policy.cel.syntax import Expr, Fold, FoldKind
from compliance.policy.cel.values import Failed, Failure, Missing, elements, key, kind, unkey


class Runner(Protocol):
    """What works out the parts of an expression."""

    def value(self, node: Expr, scope: Scope) -> Any:
        """The value of one part."""

    def path(self, node: Expr, scope: Scope) -> str:
        """The path of the fact that a part names."""


def folded(runner: Runner, node: Fold, scope: Scope) -> Any:
    """The value of a loop, or `Missing`, or `Failed`."""
    over = runner.value(node.range, scope)
    if isinstance(over, Missing | Failed):
        return over
    if not isinstance(over, tuple | dict):
        raise Failure(f"no such overload: a loop over {kind(over)}")
    turns = _turns(runner, node, over, scope)
    if node.kind not in {FoldKind.ALL, FoldKind.EXISTS}:
        return _gathered(runner, node, turns)
    values = (runner.value(node.body, turn) for turn in turns)
    found = joined(values, is_and=node.kind is FoldKind.ALL, at=node.at)
    if isinstance(found, Missing) and not found.paths:
        return Missing(frozenset({runner.path(node.range, scope)}))
    return found


def _turns(runner: Runner, node: Fold, over: Any, scope: Scope) -> Iterator[Scope]:
    """One scope for each turn of the loop."""

    def outer() -> str:
        return runner.path(node.range, scope)

    is_map = isinstance(over, dict)
    for number, element in enumerate(elements(over)):
        value = over[key(element)] if is_map else element
        label = _labelled(outer, f"[{element}]" if is_map else element_label(number, value))
        if len(node.names) == 1:
            yield Scope(node.names[0], element, str if is_map else label, scope, is_local=True)
        else:
            first = Scope(node.names[0], element if is_map else number, str, scope, is_local=True)
            yield Scope(node.names[1], value, label, first, is_local=True)


def _labelled(outer: Callable[[], str], step: str) -> Callable[[], str]:
    def label() -> str:
        path = outer()
        return path + step if path else ""

    return label


def _gathered(runner: Runner, node: Fold, turns: Iterator[Scope]) -> Any:
    """The result of the loops that need every turn."""
    kept: list[tuple[Scope, Any]] = []
    spoiling: list[Missing | Failed] = []
    for turn in turns:
        holds = True if node.guard is None else runner.value(node.guard, turn)
        if holds is False:
            continue
        value = runner.value(node.body, turn) if holds is True else holds
        if isinstance(value, Missing | Failed):
            spoiling.append(value)
        elif holds is not True:
            raise Failure(f"no such overload: {kind(holds)} is no condition")
        else:
            kept.append((turn, value))
    return spoiled_by(spoiling) or _result(node, kept)


def _result(node: Fold, kept: list[tuple[Scope, Any]]) -> Any:
    match node.kind:
        case FoldKind.FILTER:
            return tuple(turn.value for turn, value in kept if truth(value))
        case FoldKind.EXISTS_ONE:
            return sum(1 for _, value in kept if truth(value)) == 1
        case FoldKind.TRANSFORM_MAP | FoldKind.TRANSFORM_MAP_ENTRY:
            return _map(node, kept)
        case _:
            return tuple(value for _, value in kept)


def _map(node: Fold, kept: list[tuple[Scope, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for turn, value in kept:
        if node.kind is FoldKind.TRANSFORM_MAP_ENTRY:
            for name, inner in value.items():
                put(found, unkey(name), inner)
        elif turn.outer is not None:
            put(found, turn.outer.value, value)
    return found
