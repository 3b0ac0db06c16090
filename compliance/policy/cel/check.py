"""Give every part of an expression its type, and find what cannot be right before any fact is seen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from compliance.policy.cel.checked import Checked, Fault
from compliance.policy.cel.forms import LITERALS, MAKING, fold_type, loop_types
from compliance.policy.cel.functions import FUNCTIONS
from compliance.policy.cel.names import TYPE_NAMES, candidates, qualified, words
from compliance.policy.cel.overloads import misfit, result_type
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
)
from compliance.policy.cel.types import (
    BOOL,
    DYN,
    ERROR,
    INT,
    STRING,
    Type,
    Unifier,
    list_of,
    map_of,
    optional_of,
    type_of,
)
from compliance.policy.words import did_you_mean

_KEYS = frozenset({"string", "int", "uint", "bool", "dyn", "error"})
_LOOSE = frozenset({"dyn", "error"})


@dataclass(slots=True)
class _Notes:
    types: dict[Expr, Type] = field(default_factory=dict)
    names: dict[Expr, str] = field(default_factory=dict)
    constants: dict[Expr, Type] = field(default_factory=dict)
    functions: dict[Expr, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def check(
    tree: Expr, variables: Mapping[str, Type], *, container: str = "", has_dyn: bool = False
) -> Checked:
    """The expression with its types; `has_dyn` lets a list mix types, as rules may not."""
    checker = _Checker(variables, container, has_dyn=has_dyn)
    kind = checker.typed(tree)
    notes = checker.notes
    return Checked(
        tree=tree,
        type=checker.unifier.settled(kind),
        types={node: checker.unifier.settled(found) for node, found in notes.types.items()},
        names=notes.names,
        constants=notes.constants,
        functions=notes.functions,
        faults=tuple(sorted(notes.faults)),
    )


class _Checker:
    """One walk over one expression."""

    def __init__(self, variables: Mapping[str, Type], container: str, *, has_dyn: bool) -> None:
        self.variables = variables
        self.container = container
        self.has_dyn = has_dyn
        self.unifier = Unifier()
        self.notes = _Notes()
        self.scopes: list[dict[str, Type]] = []

    def typed(self, node: Expr) -> Type:
        found: Type = self._VISIT[type(node)](self, node)
        self.notes.types[node] = found
        return found

    def _literal(self, node: Literal) -> Type:
        return LITERALS[type(node.value)]

    def _has(self, node: Has) -> Type:
        self._select(node.select)
        return BOOL

    def _logic(self, node: Logic) -> Type:
        for term in node.terms:
            self.wants(BOOL, term, "&& and || join conditions")
        return BOOL

    def _list(self, node: ListOf) -> Type:
        return list_of(self.joined(node.items, "a list's items", node.optional))

    def _map(self, node: MapOf) -> Type:
        keys = self.joined([key for key, _ in node.entries], "a map's keys")
        if node.entries and self.unifier.settled(keys).name not in _KEYS:
            return self.fault(node, f"a map's keys are texts, whole numbers or bools, not {keys}")
        return map_of(keys, self.joined([held for _, held in node.entries], "a map's values", node.optional))

    def _message(self, node: Message) -> Type:
        return self.fault(node, f"there are no messages such as {node.name} here")

    def fault(self, node: Expr, text: str) -> Type:
        self.notes.faults.append(Fault(node.at, text))
        return ERROR

    def kind(self, node: Expr) -> Type:
        """The resolved type of a part."""
        return self.unifier.resolve(self.typed(node))

    def wants(self, wanted: Type, node: Expr, why: str) -> None:
        found = self.typed(node)
        if not self.unifier.fits(wanted, found):
            self.fault(node, f"{why}; this is {self.unifier.settled(found)}")

    def _ident(self, node: Ident) -> Type:
        local = None if node.rooted else self.local(node.name)
        if local is not None:
            return local
        found = self.named(node, node.name, rooted=node.rooted)
        if found is not None:
            return found
        known = [*self.variables, *(name for scope in self.scopes for name in scope)]
        return self.fault(node, f"there is no {node.name!r}{did_you_mean(node.name, known)}")

    def local(self, name: str) -> Type | None:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def named(self, node: Expr, name: str, *, rooted: bool = False) -> Type | None:
        """The type of the variable or type of that name, looked for from the container outwards."""
        for candidate in candidates("" if rooted else self.container, name):
            if candidate in self.variables:
                self.notes.names[node] = candidate
                return self.variables[candidate]
            if candidate in TYPE_NAMES:
                self.notes.constants[node] = TYPE_NAMES[candidate]
                return type_of(TYPE_NAMES[candidate])
        return None

    def _select(self, node: Select) -> Type:
        dotted, rooted = qualified(node)
        if dotted and (rooted or self.local(dotted.split(".", 1)[0]) is None):
            found = self.named(node, dotted, rooted=rooted)
            if found is not None:
                return found
        operand = self.kind(node.operand)
        if operand.name == "optional_type":
            return optional_of(self.field(node, self.unifier.resolve(operand.element)))
        found = self.field(node, operand)
        return optional_of(found) if node.optional else found

    def field(self, node: Select, operand: Type) -> Type:
        if operand.name in _LOOSE or operand.name.startswith("?"):
            return ERROR if operand.name == "error" else DYN
        if operand.name == "map":
            if not self.unifier.fits(operand.args[0], STRING):
                return self.fault(node, f"the keys of this map are not text but {operand.args[0]}")
            return operand.args[1]
        if operand.record is None:
            return self.fault(node, f"{operand} has no fields")
        if node.field not in operand.record.fields:
            hint = did_you_mean(node.field, operand.record.fields)
            return self.fault(node, f"{operand.record.name} has no field {node.field!r}{hint}")
        return operand.record.fields[node.field].type

    def _index(self, node: Index) -> Type:
        operand, index = self.kind(node.operand), self.typed(node.index)
        is_optional = node.optional or operand.name == "optional_type"
        if operand.name == "optional_type":
            operand = self.unifier.resolve(operand.element)
        found = DYN
        if operand.name == "list":
            if not self.unifier.fits(INT, index):
                return self.fault(node.index, f"a list is indexed by int, not {self.unifier.settled(index)}")
            found = operand.args[0]
        elif operand.name == "map":
            if not self.unifier.fits(operand.args[0], index):
                text = f"this map's keys are {operand.args[0]}, not {self.unifier.settled(index)}"
                return self.fault(node.index, text)
            found = operand.args[1]
        elif operand.name not in _LOOSE and not operand.name.startswith("?"):
            return self.fault(node, f"{operand} cannot be indexed")
        return optional_of(found) if is_optional else found

    def _call(self, node: Call) -> Type:
        name, receiver = node.function, node.target
        if receiver is not None and (dotted := qualified(receiver)[0]):
            full = f"{dotted}.{name}"
            if full in FUNCTIONS and self.local(dotted) is None:
                self.notes.functions[node] = name = full
                receiver = None
        args = [self.typed(arg) for arg in ((receiver, *node.args) if receiver else node.args)]
        function = FUNCTIONS.get(name)
        if function is None or not any(o.is_method == bool(receiver) for o in function.overloads):
            word = "method" if receiver else "function"
            return self.fault(
                node, f"there is no {word} {name!r}{did_you_mean(name, words(is_method=bool(receiver)))}"
            )
        found = result_type(self.unifier, function, args, is_method=bool(receiver))
        if found is None:
            kinds = [str(self.unifier.settled(arg)) for arg in args]
            return self.fault(node, misfit(name, kinds, is_method=bool(receiver)))
        return found

    def _choice(self, node: Choice) -> Type:
        self.wants(BOOL, node.condition, "what stands before ? is a condition")
        return self.joined([node.yes, node.no], "the two sides of a choice")

    def joined(self, nodes: Iterable[Expr], what: str, optional: frozenset[int] = frozenset()) -> Type:
        """The one type of several parts."""
        common = self.unifier.fresh()
        for number, node in enumerate(nodes):
            found = self.typed(node)
            if number in optional:
                inner = self.unifier.fresh()
                if not self.unifier.fits(optional_of(inner), found):
                    self.fault(node, f"what follows ? must be optional, not {self.unifier.settled(found)}")
                found = inner
            if self.unifier.fits(common, found):
                common = self.unifier.wider(common, found)
                continue
            if not self.has_dyn:
                one, two = self.unifier.settled(common), self.unifier.settled(found)
                self.fault(node, f"{what} must be of one type, not {one} and {two}")
            common = DYN
        return common

    def _fold(self, node: Fold) -> Type:
        over = self.kind(node.range)
        if over.name not in {"list", "map", *_LOOSE} and not over.name.startswith("?"):
            return self.fault(node.range, f"a loop goes over a list or a map, not {over}")
        self.scopes.append(dict(zip(node.names, loop_types(over, len(node.names)), strict=True)))
        if node.guard is not None:
            self.wants(BOOL, node.guard, "the middle part is a condition")
        result = self.fold_result(node, over)
        self.scopes.pop()
        return result

    def fold_result(self, node: Fold, over: Type) -> Type:
        if node.kind not in MAKING:
            self.wants(BOOL, node.body, f"{node.kind}() takes a condition")
            return fold_type(node.kind, over, BOOL)
        return fold_type(node.kind, over, self.typed(node.body))

    def _let(self, node: Let) -> Type:
        value = self.kind(node.value)
        if node.optional:
            inner = self.unifier.fresh()
            if not self.unifier.fits(optional_of(inner), value):
                return self.fault(node.value, f"{node.optional}() belongs to an optional, not to {value}")
            value = self.unifier.resolve(inner)
        self.scopes.append({node.name: value})
        result = self.typed(node.body)
        self.scopes.pop()
        return optional_of(result) if node.optional == "optMap" else result

    _VISIT: ClassVar[dict[type, Callable[..., Any]]] = {
        Literal: _literal,
        Ident: _ident,
        Select: _select,
        Has: _has,
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
