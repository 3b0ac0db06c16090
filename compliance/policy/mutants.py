"""Mutants: a rule with one operator or literal changed. If no test of the rule notices, a test is missing."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from compliance.policy.cases import BadFacts, Staged, stage
from compliance.policy.cel.checked import Checked
from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.syntax import (
    Call,
    Choice,
    Expr,
    Fold,
    FoldKind,
    Has,
    Literal,
    Logic,
    UInt,
    walk,
)
from compliance.policy.cel.types import BOOL
from compliance.policy.expression import Expression
from compliance.policy.loaded import LoadedRule
from compliance.policy.rulebook import RuleBook

_FLIPPED: Mapping[str, tuple[str, ...]] = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "%": ("*",),
    "startsWith": ("endsWith",),
    "endsWith": ("startsWith",),
}
_FOLDS: Mapping[FoldKind, FoldKind] = {
    FoldKind.ALL: FoldKind.EXISTS,
    FoldKind.EXISTS: FoldKind.ALL,
    FoldKind.EXISTS_ONE: FoldKind.EXISTS,
}
_CONDITIONS = ("applies", "where", "require")

Change = tuple[Expr, Expr, str]
"""The part that is changed, what stands in its place, and the change in words."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mutant:
    """A rule with one thing changed."""

    rule: str
    name: str
    """What was changed, as a rule file names it: `require: <= becomes <`; with `#2` for the second such."""
    place: str
    """Where the changed thing stands: `file:line:col`."""
    loaded: LoadedRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A mutant that no test noticed; a reason, where the rule's file gives one."""

    rule: str
    name: str
    place: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """What came of all mutants of some rules."""

    mutants: int
    survivors: tuple[Survivor, ...]
    stale: tuple[Survivor, ...]
    """Explained survivors that do not survive, or are no mutants at all."""

    @property
    def unexplained(self) -> tuple[Survivor, ...]:
        """The survivors that nobody gave a reason for."""
        return tuple(survivor for survivor in self.survivors if not survivor.reason)


def mutation(book: RuleBook) -> Mutation:
    """Change every rule of the book in every way, one at a time, and let its tests notice."""
    mutants = 0
    survivors: list[Survivor] = []
    stale: list[Survivor] = []
    for loaded in book.loaded.values():
        staged = _staged(book, loaded)
        reasons = {line.change: line.reason for line in loaded.spec.mutants}
        for mutant in mutants_of(loaded):
            mutants += 1
            if not any(_notices(test, mutant.loaded) for test in staged):
                reason = reasons.pop(mutant.name, "")
                survivors.append(
                    Survivor(rule=mutant.rule, name=mutant.name, place=mutant.place, reason=reason)
                )
        stale += [
            Survivor(rule=loaded.rule.id, name=name, place=loaded.rule.source, reason=reason)
            for name, reason in reasons.items()
        ]
    return Mutation(mutants=mutants, survivors=tuple(survivors), stale=tuple(stale))


def _staged(book: RuleBook, loaded: LoadedRule) -> list[Staged]:
    found = []
    for case in loaded.spec.tests:
        try:
            found.append(stage(book.schema, loaded, case))
        except BadFacts:
            continue  # the test itself is told to be broken where tests are run
    return found


def _notices(test: Staged, loaded: LoadedRule) -> bool:
    return next(test.faults(loaded, test.outcomes(loaded)), None) is not None


def mutants_of(loaded: LoadedRule) -> Iterator[Mutant]:
    """Every way in which one thing of the rule's conditions and variables may be changed."""
    count: Counter[str] = Counter()
    for part, expression in _parts(loaded):
        for target, changed, told in _changes(part, expression):
            name = f"{part}: {told}"
            count[name] += 1
            yield Mutant(
                rule=loaded.rule.id,
                name=name if count[name] == 1 else f"{name} #{count[name]}",
                place=_place(expression, target),
                loaded=_with(loaded, part, _expression(expression, target, changed)),
            )


def _parts(loaded: LoadedRule) -> Iterator[tuple[str, Expression]]:
    for part in _CONDITIONS:
        expression = getattr(loaded, part)
        if expression is not None:
            yield part, expression
    for name, expression in loaded.variables.items():
        yield f"variables.{name}", expression


def _place(expression: Expression, node: Expr) -> str:
    problem = expression.source.problem(node.at, "")
    return f"{problem.file}:{problem.line}:{problem.column}"


def _with(loaded: LoadedRule, part: str, expression: Expression) -> LoadedRule:
    match part:
        case "applies":
            return replace(loaded, applies=expression)
        case "where":
            return replace(loaded, where=expression)
        case "require":
            return replace(loaded, require=expression)
    name = part.removeprefix("variables.")
    return replace(loaded, variables={**loaded.variables, name: expression})


def _changes(part: str, expression: Expression) -> Iterator[Change]:
    tree = expression.checked.tree
    if part in _CONDITIONS and not isinstance(tree, Logic):
        yield tree, _inverted(tree), "negated"
    for node, _ in sorted(walk(tree), key=lambda found: found[0].at):
        change = _CHANGES.get(type(node))
        for changed, told in change(node) if change else ():
            is_negation = isinstance(changed, Call) and changed.function == "!_"
            if not (node is tree and is_negation):
                yield node, changed, told


def _inverted(node: Expr) -> Expr:
    if isinstance(node, Call) and node.function == "!_":
        return node.args[0]
    return Call(node.at, "!_", (node,))


def _calls(node: Call) -> Iterator[tuple[Expr, str]]:
    for sign in _FLIPPED.get(node.function, ()):
        yield replace(node, function=sign), f"{node.function} becomes {sign}"
    if node.function in {"in", "contains", "matches"}:
        yield _inverted(node), f"{node.function} negated"
    if node.function in {"!_", "-_"}:
        yield node.args[0], f"{node.function[0]} dropped"


def _logic(node: Logic) -> Iterator[tuple[Expr, str]]:
    signs = ("&&", "||") if node.is_and else ("||", "&&")
    yield replace(node, is_and=not node.is_and), f"{signs[0]} becomes {signs[1]}"


def _folds(node: Fold) -> Iterator[tuple[Expr, str]]:
    if node.kind in _FOLDS:
        yield replace(node, kind=_FOLDS[node.kind]), f"{node.kind} becomes {_FOLDS[node.kind]}"


def _choices(node: Choice) -> Iterator[tuple[Expr, str]]:
    yield replace(node, yes=node.no, no=node.yes), "? : exchanged"


def _presences(node: Has) -> Iterator[tuple[Expr, str]]:
    yield Literal(node.at, True), f"has(...{node.select.field}) becomes true"  # noqa: FBT003 (a field)


def _literals(node: Literal) -> Iterator[tuple[Expr, str]]:
    value = node.value
    changed: Any
    match value:
        case bool():
            changed = not value
        case UInt():
            changed = UInt(value + 1)
        case int() | float():
            changed = value + 1
        case str():
            changed = f"_{value}"
        case bytes():
            changed = b"_" + value
        case _:
            return
    yield replace(node, value=changed), f"{_said(value)} becomes {_said(changed)}"


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


_CHANGES: Mapping[type, Callable[[Any], Iterator[tuple[Expr, str]]]] = {
    Call: _calls,
    Logic: _logic,
    Fold: _folds,
    Choice: _choices,
    Has: _presences,
    Literal: _literals,
}


def _expression(expression: Expression, target: Expr, changed: Expr) -> Expression:
    """The expression with one part exchanged; what was found out of the other parts still holds."""
    before = expression.checked
    twins: dict[Expr, Expr] = {}
    tree = _rebuilt(before.tree, target, changed, twins)

    def moved(known: Mapping[Expr, Any]) -> dict[Expr, Any]:
        return {**known, **{new: known[old] for old, new in twins.items() if old in known}}

    types = moved(before.types)
    types.setdefault(changed, BOOL)
    checked = Checked(
        tree, before.type, types, moved(before.names), moved(before.constants), moved(before.functions), ()
    )
    return Expression(expression.source, checked, Interpreter(checked))


def _rebuilt(node: Expr, target: Expr, changed: Expr, twins: dict[Expr, Expr]) -> Expr:
    """The tree with one part exchanged; `twins` gets the new node for each old one on the way."""
    if node is target:
        twins[node] = changed
        return changed
    parts = {field.name: getattr(node, field.name) for field in fields(node)}
    new = {name: _rebuilt_part(part, target, changed, twins) for name, part in parts.items()}
    if all(new[name] is part for name, part in parts.items()):
        return node
    twin: Expr = replace(node, **new)
    twins[node] = twin
    return twin


def _rebuilt_part(part: Any, target: Expr, changed: Expr, twins: dict[Expr, Expr]) -> Any:
    if isinstance(part, Expr):
        return _rebuilt(part, target, changed, twins)
    if isinstance(part, tuple):
        new = tuple(_rebuilt_part(item, target, changed, twins) for item in part)
        return part if all(one is other for one, other in zip(new, part, strict=True)) else new
    return part
