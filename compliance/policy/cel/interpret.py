"""Run an expression with three values: a value, missing facts, or an error. Slow, exact, and able to explain.

What is missing or wrong spoils a result only where the result depends on it: `false && missing` is false
(cel-spec, langdef.md, "Logical Operators"; "Unknown values"). Missing wins over an error.
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from compliance.policy.cel.checked import Checked
from compliance.policy.cel.folds import folded
from compliance.policy.cel.functions import FUNCTIONS
from compliance.policy.cel.kleene import held, joined, put, spoiled_by
from compliance.policy.cel.scope import Later, Scope, element_label, read
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
    children,
)
from compliance.policy.cel.types import NOTHING, Type
from compliance.policy.cel.values import (
    Failed,
    Failure,
    Maybe,
    Missing,
    adapted,
    kind,
    lookup,
    shown,
)
from scanners import UNKNOWN, PartialList, UnknownFact

_WRONG_FACTS = (TypeError, ValueError, AttributeError, ArithmeticError, LookupError)
"""What Python raises where a scanner gave a value that is not of the fact's type."""
Watch = Callable[[Expr, Scope, Any], None]
"""Told each part that was worked out, and its value."""


class Interpreter:
    """One checked expression, ready to be run."""

    def __init__(self, checked: Checked, watch: Watch | None = None) -> None:
        self.checked = checked
        self.watch = watch

    def run(self, scope: Scope) -> Any:
        """The value of the whole expression, or `Missing`, or `Failed`."""
        return self.value(self.checked.tree, scope)

    def trail(self, scope: Scope) -> str:
        """The path of the fact that the whole expression names; empty if it names none."""
        return self.path(self.checked.tree, scope)

    def value(self, node: Expr, scope: Scope) -> Any:
        """The value of one part."""
        try:
            found = self._value(node, scope)
        except Failure as error:
            found = Failed(str(error), node.at)
        except UnknownFact:
            found = Missing(frozenset(self._partial_paths(node, scope)))
        except _WRONG_FACTS as error:
            found = Failed(f"a fact is not of its type: {type(error).__name__}", node.at)
        if self.watch is not None:
            self.watch(node, scope, found)
        return found

    def _value(self, node: Expr, scope: Scope) -> Any:
        if node in self.checked.names:
            return self._variable(self.checked.names[node], scope.declared(self.checked.names[node]))
        if node in self.checked.constants:
            return Type(self.checked.constants[node].name)
        return self._VISIT[type(node)](self, node, scope)

    def _literal(self, node: Literal, _scope: Scope) -> Any:
        return node.value

    def _ident(self, node: Ident, scope: Scope) -> Any:
        return self._variable(node.name, scope.find(node.name))

    def _message(self, node: Message, _scope: Scope) -> Any:
        raise Failure(f"there are no messages such as {node.name}")

    def _terms(self, node: Logic, scope: Scope) -> Any:
        values = (self.value(term, scope) for term in node.terms)
        return joined(values, is_and=node.is_and, at=node.at)

    def _fold(self, node: Fold, scope: Scope) -> Any:
        return folded(self, node, scope)

    def _variable(self, name: str, found: Scope | None) -> Any:
        if found is None:
            raise Failure(f"undeclared reference to {name!r}")
        return read(found)

    def _select(self, node: Select, scope: Scope) -> Any:
        operand = self.value(node.operand, scope)
        if isinstance(operand, Missing | Failed):
            return operand
        is_optional = node.optional or isinstance(operand, Maybe)
        if isinstance(operand, Maybe):
            if not operand.held:
                return operand
            operand = operand.held[0]
        found = self._field(operand, node)
        if found is UNKNOWN:
            return Missing(frozenset({self.path(node, scope)}))
        if not is_optional:
            if found is Failure:
                raise Failure(f"no such key: {node.field}")
            return found
        return Maybe() if found is Failure else Maybe((found,))

    def _field(self, operand: Any, node: Select) -> Any:
        """A field's or key's value; the class `Failure` where there is none."""
        if isinstance(operand, dict):
            found = operand.get(node.field, Failure)
            absent = self._absent(node.operand)
            is_absent = found is Failure and absent is not NOTHING and not node.optional
            return adapted(absent if is_absent else found)
        if kind(operand) != "struct":
            raise Failure(f"no such overload: {kind(operand)} has no fields")
        return adapted(getattr(operand, node.field, Failure))

    def _absent(self, node: Expr) -> Any:
        """What a missing key of a map means, by the map's declared type."""
        found = self.checked.types.get(node)
        return found.absent if found is not None else NOTHING

    def _has(self, has: Has, scope: Scope) -> Any:
        node = has.select
        operand = self.value(node.operand, scope)
        if isinstance(operand, Missing | Failed):
            return operand
        if isinstance(operand, Maybe):
            if not operand.held:
                return False
            operand = operand.held[0]
        if isinstance(operand, dict):
            return node.field in operand
        found = self._field(operand, node)
        if found is UNKNOWN:
            return Missing(frozenset({self.path(node, scope)}))
        if found is Failure:
            raise Failure(f"no such field: {node.field}")
        return True

    def _index(self, node: Index, scope: Scope) -> Any:
        operand, index = self.value(node.operand, scope), self.value(node.index, scope)
        spoiled = spoiled_by((operand, index))
        if spoiled is not None:
            return spoiled
        is_optional = node.optional or isinstance(operand, Maybe)
        if isinstance(operand, Maybe):
            if not operand.held:
                return operand
            operand = operand.held[0]
        try:
            found = lookup(operand, index)
        except Failure:
            absent = self._absent(node.operand)
            if is_optional and isinstance(operand, dict | tuple):
                return Maybe()
            if absent is NOTHING or not isinstance(operand, dict):
                raise
            found = absent
        if found is UNKNOWN:
            return Missing(frozenset({self.path(node, scope)}))
        return Maybe((found,)) if is_optional else found

    def path(self, node: Expr, scope: Scope) -> str:
        """The path of the fact that a part names; empty if it names none."""
        match node:
            case Ident() | Select() if node in self.checked.names:
                found = scope.declared(self.checked.names[node])
                return found.label() if found else ""
            case Ident():
                found = scope.find(node.name)
                return found.label() if found else ""
            case Select():
                outer = self.path(node.operand, scope)
                return f"{outer}.{node.field}" if outer else ""
            case Index():
                outer = self.path(node.operand, scope)
                return outer + self._step(node, scope) if outer else ""
            case _:
                return ""

    def _step(self, node: Index, scope: Scope) -> str:
        """How an index is written in a path."""
        operand, index = self.value(node.operand, scope), self.value(node.index, scope)
        if isinstance(operand, tuple) and isinstance(index, int) and 0 <= index < tuple.__len__(operand):
            return element_label(index, tuple.__getitem__(operand, index))
        return f"[{shown(index)}]"

    def _partial_paths(self, node: Expr, scope: Scope) -> Iterator[str]:
        """The paths of the facts that a part, which turned out to be unknown, is made from."""
        parts = [(part, self.path(part, scope)) for part in children(node)]
        cut = [path for part, path in parts if path and isinstance(self.value(part, scope), PartialList)]
        yield from cut or [path for _, path in parts if path]

    def _call(self, node: Call, scope: Scope) -> Any:
        name = self.checked.functions.get(node)
        parts = node.args if node.target is None or name else (node.target, *node.args)
        values = [self.value(part, scope) for part in parts]
        spoiled = spoiled_by(values)
        if spoiled is not None:
            return spoiled
        function = FUNCTIONS.get(name or node.function)
        if function is None:
            raise Failure(f"unknown function {node.function!r}")
        if not any(len(overload.args) == len(values) for overload in function.overloads):
            raise Failure(f"no such overload: {node.function} of {len(values)}")
        return function.run(*values)

    def _choice(self, node: Choice, scope: Scope) -> Any:
        condition = self.value(node.condition, scope)
        if isinstance(condition, Missing | Failed):
            return condition
        if not isinstance(condition, bool):
            raise Failure(f"no such overload: {kind(condition)} is no condition")
        return self.value(node.yes if condition else node.no, scope)

    def _list(self, node: ListOf, scope: Scope) -> Any:
        values = [self.value(item, scope) for item in node.items]
        spoiled = spoiled_by(values)
        if spoiled is not None:
            return spoiled
        found: list[Any] = []
        for number, value in enumerate(values):
            found.extend(held(value) if number in node.optional else (value,))
        return tuple(found)

    def _map(self, node: MapOf, scope: Scope) -> Any:
        pairs = [(self.value(name, scope), self.value(value, scope)) for name, value in node.entries]
        spoiled = spoiled_by([part for pair in pairs for part in pair])
        if spoiled is not None:
            return spoiled
        found: dict[Any, Any] = {}
        for number, (name, value) in enumerate(pairs):
            inside = held(value) if number in node.optional else (value,)
            if inside:
                put(found, name, inside[0])
        return found

    def _let(self, node: Let, scope: Scope) -> Any:
        if node.optional:
            value = self.value(node.value, scope)
            if isinstance(value, Missing | Failed):
                return value
            inside = held(value)
            if not inside:
                return Maybe()
            found = self.value(node.body, Scope(node.name, inside[0], str, scope, is_local=True))
            return (
                found
                if node.optional == "optFlatMap" or isinstance(found, Missing | Failed)
                else Maybe((found,))
            )
        later = Later(lambda: self.value(node.value, scope), lambda: self.path(node.value, scope))
        return self.value(node.body, Scope(node.name, later, later.trail, scope, is_local=True))

    _VISIT: ClassVar[dict[type, Callable[..., Any]]] = {
        Literal: _literal,
        Ident: _ident,
        Select: _select,
        Has: _has,
        Index: _index,
        Call: _call,
        Logic: _terms,
        Choice: _choice,
        ListOf: _list,
        MapOf: _map,
        Fold: _fold,
        Let: _let,
        Message: _message,
    }
