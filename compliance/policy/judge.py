"""Judge one host by one rule: an outcome for each place, with what is missing where it cannot be told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.result import Verdict
from compliance.policy.cel.scope import Later, Scope, element_label, root
from compliance.policy.cel.values import Failed, Failure, Missing, elements
from compliance.policy.expression import Expression
from compliance.policy.loaded import LoadedRule, Loop
from compliance.policy.witness import Witness
from scanners import UNKNOWN, UnknownFact

_WORST = (Verdict.FAIL, Verdict.ERROR, Verdict.UNKNOWN, Verdict.PASS, Verdict.NOTAPPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What a rule says of one place; the scope holds the values that it rests on."""

    verdict: Verdict
    scope: Scope
    key: str = ""
    missing: frozenset[str] = frozenset()
    """The paths of the facts that are missing, where the verdict is unknown."""
    error: str = ""
    is_element: bool = False
    """It is of one element of for_each, not of the rule as a whole."""
    is_stale: bool = False


def outcomes(
    loaded: LoadedRule,
    witness: Witness,
    *,
    params: Mapping[str, Any] | None = None,
    as_of: datetime | None = None,
) -> list[Outcome]:
    """What the rule says of the host, for the host as a whole or for each element of its loop."""
    scope = _root(loaded, witness, loaded.params if params is None else params)
    now = witness.moment(loaded.rule.scanners)
    if loaded.spec.manual is not None:
        return [Outcome(verdict=Verdict.NOTCHECKED, scope=scope)]
    old = stale(loaded, witness, as_of or now)
    if old:
        return [Outcome(verdict=Verdict.UNKNOWN, scope=scope, missing=old, is_stale=True)]
    if loaded.applies is not None:
        applies = loaded.applies.interpreter.run(scope)
        if applies is not True:
            return [
                _spoiled(applies, loaded.applies, scope)
                or Outcome(verdict=Verdict.NOTAPPLICABLE, scope=scope)
            ]
    if loaded.loop is None:
        return [_judged(loaded, _with_variables(loaded, scope))]
    return _merged(list(_each(loaded, loaded.loop, scope)))


def element_outcome(loaded: LoadedRule, witness: Witness, element: Any) -> Outcome:
    """What the rule says of one element of its loop, or of the host as a whole."""
    scope = _root(loaded, witness, loaded.params)
    if loaded.loop is None:
        return _judged(loaded, _with_variables(loaded, scope))
    over = loaded.loop.over.interpreter.run(scope)
    number = next((number for number, one in enumerate(elements(over)) if one is element), 0)
    path = loaded.loop.over.interpreter.trail(scope) + _step(over, number, element)
    inner = _with_variables(loaded, _element_scope(loaded.loop, element, path, scope))
    return _element(loaded, inner) or Outcome(verdict=Verdict.NOTAPPLICABLE, scope=inner)


def rolled_up(found: list[Outcome]) -> Verdict:
    """The verdict of the rule as a whole: any fail, else any error, else any unknown, else pass."""
    return min((outcome.verdict for outcome in found), key=rank)


def rank(verdict: Verdict) -> int:
    """How much a verdict weighs where several are rolled up into one; less is worse."""
    return _WORST.index(verdict) if verdict in _WORST else len(_WORST)


def _root(loaded: LoadedRule, witness: Witness, params: Mapping[str, Any]) -> Scope:
    now = witness.moment(loaded.rule.scanners)
    return root({witness.name: witness.root, "now": UNKNOWN if now is None else now, "params": params})


def stale(loaded: LoadedRule, witness: Witness, now: datetime | None) -> frozenset[str]:
    """The scanners whose facts are older than the rule allows."""
    if loaded.max_age is None or now is None:
        return frozenset()
    return frozenset(
        f"host.{name}"
        for name in loaded.rule.scanners
        if name in witness.seen_at
        and name not in witness.unseen
        and now - witness.seen_at[name] > loaded.max_age
    )


def _spoiled(value: Any, expression: Expression, scope: Scope) -> Outcome | None:
    """The outcome where there is no value; None where there is one."""
    if isinstance(value, Missing):
        return Outcome(verdict=Verdict.UNKNOWN, scope=scope, missing=value.paths)
    if isinstance(value, Failed):
        place = expression.source.problem(value.at, value.text)
        error = f"{value.text} ({place.file}:{place.line}:{place.column})"
        return Outcome(verdict=Verdict.ERROR, scope=scope, error=error)
    return None


def _with_variables(loaded: LoadedRule, scope: Scope) -> Scope:
    for name, expression in loaded.variables.items():
        later = _later(expression, scope)
        scope = Scope(name, later, later.trail, scope)
    return scope


def _later(expression: Expression, scope: Scope) -> Later:
    run = expression.interpreter
    return Later(lambda: run.run(scope), lambda: run.trail(scope))


def _judged(loaded: LoadedRule, scope: Scope) -> Outcome:
    if loaded.require is None:
        return Outcome(verdict=Verdict.NOTCHECKED, scope=scope)
    value = loaded.require.interpreter.run(scope)
    spoiled = _spoiled(value, loaded.require, scope)
    return spoiled or Outcome(verdict=Verdict.PASS if value is True else Verdict.FAIL, scope=scope)


def _each(loaded: LoadedRule, loop: Loop, scope: Scope) -> Iterator[Outcome]:
    over = loop.over.interpreter.run(scope)
    spoiled = _spoiled(over, loop.over, scope)
    if spoiled is not None:
        yield spoiled
        return
    path = loop.over.interpreter.trail(scope)
    found = 0
    try:
        for number, element in enumerate(elements(over)):
            inner = _element_scope(loop, element, path + _step(over, number, element), scope)
            outcome = _element(loaded, _with_variables(loaded, inner))
            if outcome is not None:
                found += 1
                yield outcome
    except UnknownFact:
        yield Outcome(verdict=Verdict.UNKNOWN, scope=scope, missing=frozenset({path}))
        return
    except Failure as error:
        yield Outcome(verdict=Verdict.ERROR, scope=scope, error=str(error))
        return
    if not found:
        yield _empty(loaded, scope, path)


def _step(over: Any, number: int, element: Any) -> str:
    """How an element is named in a path."""
    return f"[{element}]" if isinstance(over, dict) else element_label(number, element)


def _element_scope(loop: Loop, element: Any, path: str, scope: Scope) -> Scope:
    return Scope(loop.name, element, lambda: path, scope)


def _empty(loaded: LoadedRule, scope: Scope, path: str) -> Outcome:
    missing = frozenset({path}) if loaded.when_empty is Verdict.UNKNOWN else frozenset[str]()
    return Outcome(verdict=loaded.when_empty, scope=scope, missing=missing)


def _element(loaded: LoadedRule, scope: Scope) -> Outcome | None:
    """The outcome for one element; None for one that is not in the rule's scope."""
    outcome = None
    if loaded.where is not None:
        is_in = loaded.where.interpreter.run(scope)
        if is_in is False:
            return None
        outcome = _spoiled(is_in, loaded.where, scope)
    outcome = outcome or _judged(loaded, scope)
    return _at(outcome, loaded.key.filled(scope) if loaded.key else "")


def _at(outcome: Outcome, key: str) -> Outcome:
    return Outcome(
        verdict=outcome.verdict,
        scope=outcome.scope,
        key=key,
        missing=outcome.missing,
        error=outcome.error,
        is_element=True,
    )


def _merged(found: list[Outcome]) -> list[Outcome]:
    """One outcome for each key: where two elements have the same, the worst speaks for both."""
    kept: dict[str, Outcome] = {}
    for outcome in found:
        before = kept.get(outcome.key)
        if before is None or rank(outcome.verdict) < rank(before.verdict):
            kept[outcome.key] = outcome
    return list(kept.values())
