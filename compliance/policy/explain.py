"""Explain a verdict: the parts of a rule's expressions that decided it, with the facts that they rest on.

The rule is run once more by the slow interpreter, which tells every part that it works out. What did not
decide is left out: of `a && b` that is false, what is true; of a list, all elements but those that decided.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.result import Verdict
from compliance.model.text import clean
from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.scope import Later, Scope
from compliance.policy.cel.syntax import (
    Call,
    Choice,
    Expr,
    Fold,
    FoldKind,
    Ident,
    Index,
    Logic,
    Select,
    children,
)
from compliance.policy.cel.values import Failed, Missing, shown
from compliance.policy.cel.write import written
from compliance.policy.expression import Expression
from compliance.policy.judge import Outcome
from compliance.policy.loaded import LoadedRule
from compliance.policy.reads import ROOT
from compliance.policy.results import result_of
from compliance.policy.witness import Witness
from compliance.policy.yaml_source import Problem

_LONGEST_SEEN = 300
_DEEPEST = 12
_MOST_TURNS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A value that a verdict rests on: a fact, something declared, a parameter, or the time."""

    path: str
    seen: str
    """The value; empty where it was not seen."""
    scanner: str = ""
    """Who saw it; empty for what no scanner sees."""
    at: datetime | None = None
    why_not: str = ""
    """Why it was not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of an expression, what it came to, and what that rests on."""

    text: str
    value: str
    source: Problem
    """Where it stands, with the line and a caret below it."""
    grounds: tuple[Ground, ...] = ()
    steps: tuple["Step", ...] = ()
    """What decided it, if it is made of parts."""

    @property
    def place(self) -> str:
        """Where it stands: `file:line:col`."""
        return f"{self.source.file}:{self.source.line}:{self.source.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a rule says what it says of one place on one host."""

    host: str
    rule: str
    key: str
    verdict: Verdict
    message: str
    part: str
    """The part that decided: `applies`, `for_each`, `where`, `require`; empty where none was run."""
    steps: tuple[Step, ...]


def explained(loaded: LoadedRule, witness: Witness, outcome: Outcome) -> Explanation:
    """Why the rule came to this outcome."""
    result = result_of(loaded, witness, outcome)
    part, expression = _deciding(loaded, outcome)
    steps = _Explainer(loaded, witness).expression(expression, outcome.scope) if expression else ()
    if part == "for_each" and loaded.where is not None and outcome.verdict is loaded.when_empty:
        steps += (_nothing_in_scope(loaded.where),)
    return Explanation(
        host=result.host,
        rule=result.rule,
        key=result.key,
        verdict=result.verdict,
        message=result.message,
        part=part,
        steps=steps,
    )


def _deciding(loaded: LoadedRule, outcome: Outcome) -> tuple[str, Expression | None]:
    """The part of the rule that decided, and its expression."""
    if outcome.is_stale or loaded.spec.manual is not None:
        return "", None
    scope = outcome.scope
    if loaded.applies is not None and loaded.applies.interpreter.run(scope) is not True:
        return "applies", loaded.applies
    if loaded.loop is not None and not outcome.is_element:
        return "for_each", loaded.loop.over
    if loaded.where is not None and loaded.where.interpreter.run(scope) is not True:
        return "where", loaded.where
    return "require", loaded.require


def _nothing_in_scope(where: Expression) -> Step:
    tree = where.checked.tree
    return Step(text=written(tree), value="true for none of them", source=_Run(where).source(tree, ""))


class _Explainer:
    """Runs expressions of one rule on one host with every part written down, and reads off what decided."""

    def __init__(self, loaded: LoadedRule, witness: Witness) -> None:
        self.loaded = loaded
        self.witness = witness
        self.depth = 0

    def expression(self, expression: Expression, scope: Scope) -> tuple[Step, ...]:
        """What decided the value of a whole expression."""
        run = _Run(expression)
        run.interpreter.run(scope)
        return tuple(self._decided(run, expression.checked.tree, scope))

    def _decided(self, run: "_Run", node: Expr, scope: Scope) -> Iterator[Step]:
        value = run.value(node, scope)
        match node:
            case Logic():
                for term in _deciding_terms(run, node, scope, value):
                    yield from self._decided(run, term, scope)
            case Call(function="!_", args=(Logic() | Fold() as inner,)):
                yield from self._decided(run, inner, scope)
            case Choice():
                yield from self._decided(run, node.condition, scope)
                yield from self._decided(
                    run, node.yes if run.value(node.condition, scope) else node.no, scope
                )
            case Fold(kind=FoldKind.ALL | FoldKind.EXISTS):
                yield from self._fold(run, node, scope, value)
            case _:
                yield self._leaf(run, node, scope, value)

    def _fold(self, run: "_Run", node: Fold, scope: Scope, value: Any) -> Iterator[Step]:
        """The turns that decided; where all of them did, the loop as a whole."""
        turns = [turn for turn in run.turns(node, scope) if _is_like(turn[1], value)]
        decided_by_one = value is (node.kind is FoldKind.EXISTS) or isinstance(value, Missing | Failed)
        if not decided_by_one or not turns:
            yield self._leaf(run, node, scope, value)
            return
        for turn, _ in turns[:_MOST_TURNS]:
            yield from self._decided(run, node.body, turn)

    def _leaf(self, run: "_Run", node: Expr, scope: Scope, value: Any) -> Step:
        names = [name for name in _variables(node) if isinstance(_held(scope, name), Later)]
        return Step(
            text=written(node),
            value=_shown(value),
            source=run.source(node, f"this is {_shown(value)}"),
            grounds=tuple(dict.fromkeys(self._grounds(run, node, scope))),
            steps=tuple(step for name in dict.fromkeys(names) for step in self._variable(name, scope)),
        )

    def _variable(self, name: str, scope: Scope) -> Iterator[Step]:
        """The variable's own expression as a step below whatever uses it."""
        expression, found = self.loaded.variables.get(name), scope.find(name)
        if expression is None or found is None or found.outer is None or self.depth >= _DEEPEST:
            return
        self.depth += 1
        run = _Run(expression)
        value = run.interpreter.run(found.outer)
        tree = expression.checked.tree
        leaf = self._leaf(run, tree, found.outer, value)
        yield Step(
            text=f"{name} = {leaf.text}",
            value=leaf.value,
            source=leaf.source,
            grounds=leaf.grounds,
            steps=leaf.steps,
        )
        self.depth -= 1

    def _grounds(self, run: "_Run", node: Expr, scope: Scope) -> Iterator[Ground]:
        """The facts, parameters and times that a part reads, each with its value."""
        if isinstance(node, Select | Index | Ident):
            path = run.interpreter.path(node, scope)
            if path:
                yield from self._ground(path, run.value(node, scope))
                if isinstance(node, Index):
                    yield from self._grounds(run, node.index, scope)
                return
        for child in children(node):
            yield from self._grounds(run, child, scope)

    def _ground(self, path: str, value: Any) -> Iterator[Ground]:
        if isinstance(value, Failed):
            return
        bare = path.removeprefix(f"{ROOT}.")
        scanner = bare.split(".", 1)[0].split("[", 1)[0] if path.startswith(f"{ROOT}.") else ""
        is_seen = scanner in self.witness.seen_at or scanner in self.witness.unseen
        scanner = scanner if is_seen else ""
        at = self.witness.seen_at.get(scanner)
        if isinstance(value, Missing):
            for missing in sorted(value.paths):
                why = self.witness.reason(missing)
                yield Ground(
                    path=missing.removeprefix(f"{ROOT}."), seen="", scanner=scanner, at=at, why_not=why
                )
        else:
            yield Ground(path=bare, seen=_shown(value), scanner=scanner, at=at)


class _Run:
    """One run of an expression, with the value of every part in every scope."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self.interpreter = Interpreter(expression.checked, self._note)
        self.seen: dict[tuple[Expr, int], Any] = {}
        self.scopes: dict[Expr, list[Scope]] = {}

    def _note(self, node: Expr, scope: Scope, value: Any) -> None:
        if (node, id(scope)) not in self.seen:
            self.scopes.setdefault(node, []).append(scope)  # keeps the scope alive, and so its id its own
        self.seen[node, id(scope)] = value

    def value(self, node: Expr, scope: Scope) -> Any:
        """What a part came to; worked out now if nothing asked for it before."""
        if (node, id(scope)) not in self.seen:
            return self.interpreter.value(node, scope)
        return self.seen[node, id(scope)]

    def turns(self, node: Fold, scope: Scope) -> list[tuple[Scope, Any]]:
        """The turns of a loop that were taken, each with what its body came to."""
        found = []
        for turn in self.scopes.get(node.body, ()):
            outer = turn.outer if len(node.names) == 1 else turn.outer and turn.outer.outer
            if outer is scope:
                found.append((turn, self.seen[node.body, id(turn)]))
        return found

    def source(self, node: Expr, text: str) -> Problem:
        """Where a part stands."""
        return self.expression.source.problem(node.at, text)


def _deciding_terms(run: _Run, node: Logic, scope: Scope, value: Any) -> list[Expr]:
    """The terms that made the whole what it is: one is enough to decide, all are needed for the contrary."""
    if value is node.is_and:
        return list(node.terms)
    return [term for term in node.terms if _is_like(run.value(term, scope), value)]


def _is_like(one: Any, whole: Any) -> bool:
    """Whether a part's value is of the kind that made the whole's."""
    if isinstance(whole, Missing | Failed):
        return isinstance(one, type(whole))
    return one is whole


def _held(scope: Scope, name: str) -> Any:
    found = scope.find(name)
    return found.value if found else None


def _variables(node: Expr) -> Iterator[str]:
    if isinstance(node, Ident):
        yield node.name
    for child in children(node):
        yield from _variables(child)


def _shown(value: Any) -> str:
    if isinstance(value, Missing):
        return "not known"
    if isinstance(value, Failed):
        return f"an error: {value.text}"
    return clean(shown(value), _LONGEST_SEEN)


def trace(explanation: Explanation) -> Iterator[str]:
    """The explanation as lines below the rule's own text, with carets: for whoever writes the rule."""
    yield f"{explanation.key or 'the host'}: {explanation.verdict}: {explanation.message}"
    yield from _traced(explanation.steps, "  ")


def _traced(steps: tuple[Step, ...], indent: str) -> Iterator[str]:
    for step in steps:
        yield from (f"{indent}{line}" for line in str(step.source).splitlines())
        for ground in step.grounds:
            yield f"{indent}    {ground.why_not or f'{ground.path} = {ground.seen}'}"
        yield from _traced(step.steps, f"{indent}  ")
