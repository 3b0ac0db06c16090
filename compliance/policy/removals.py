"""Removals: a test's host with one fact not seen. The verdict may only become unknown, never another."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from msgspec import Struct

from compliance.model.result import Verdict
from compliance.policy.cases import BadFacts, Staged, stage
from compliance.policy.cel.scope import element_label
from compliance.policy.judge import Outcome, rolled_up
from compliance.policy.loaded import LoadedRule
from compliance.policy.rulebook import RuleBook
from scanners import UNKNOWN, PartialList

_NAMES = frozenset({"locus", "gaps"})
"""Fields that are no knowledge of the host: what an element is called, and why something is not known."""
_KEPT = frozenset({Verdict.UNKNOWN, Verdict.NOTCHECKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A fact whose absence made another verdict, which must never be."""

    rule: str
    case: str
    path: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What came of removing every fact of every test, one at a time."""

    removals: int
    leaks: tuple[Leak, ...]


def removal(book: RuleBook) -> Removal:
    """Take each fact that a test gives away, one at a time; and cut each list short."""
    removals = 0
    leaks: list[Leak] = []
    for loaded in book.loaded.values():
        for case in loaded.spec.tests:
            try:
                staged = stage(book.schema, loaded, case)
            except BadFacts:
                continue  # the test itself is told to be broken where tests are run
            before = staged.outcomes(loaded)
            for path, poorer in without_one(staged):
                removals += 1
                leaks += _leaks(loaded, staged, path, before, poorer.outcomes(loaded))
    return Removal(removals=removals, leaks=tuple(leaks))


def without_one(staged: Staged) -> Iterator[tuple[str, Staged]]:
    """The test with one fact less, for each fact that it gives, and the path of what is gone."""
    for path, root in _poorer(staged.witness.root, staged.witness.name):
        yield path, replace(staged, witness=replace(staged.witness, root=root))


def _poorer(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The value with one thing below it not known, or one list cut short, in every way."""
    match value:
        case Struct():
            yield from _poorer_struct(value, path)
        case tuple():
            yield from _poorer_list(value, path)
        case dict():
            for name, item in value.items():
                for where, poorer in _poorer(item, f"{path}[{name}]"):
                    yield where, {**value, name: poorer}


def _poorer_struct(value: Struct, path: str) -> Iterator[tuple[str, Any]]:
    for name in type(value).__struct_fields__:
        inner = getattr(value, name)
        if inner is UNKNOWN or name in {*_NAMES, getattr(type(value), "LABEL", "locus")}:
            continue
        yield f"{path}.{name}", msgspec.structs.replace(value, **{name: UNKNOWN})
        for where, poorer in _poorer(inner, f"{path}.{name}"):
            yield where, msgspec.structs.replace(value, **{name: poorer})


def _poorer_list(value: tuple[Any, ...], path: str) -> Iterator[tuple[str, Any]]:
    items = tuple(tuple.__iter__(value))
    if not isinstance(value, PartialList):
        yield f"the rest of {path}", PartialList(items)
    for index, item in enumerate(items):
        for where, poorer in _poorer(item, path + element_label(index, item)):
            yield where, type(value)((*items[:index], poorer, *items[index + 1 :]))


def _leaks(
    loaded: LoadedRule, staged: Staged, path: str, before: list[Outcome], after: list[Outcome]
) -> Iterator[Leak]:
    whole, now = rolled_up(before), rolled_up(after)
    known = {outcome.key: outcome.verdict for outcome in before}
    told = [f"the rule goes from {whole} to {now}"] if now not in {whole, *_KEPT} else []
    told += [
        f"{outcome.key or 'the host'} goes from {known[outcome.key]} to {outcome.verdict}"
        for outcome in after
        if outcome.key in known and outcome.verdict not in {known[outcome.key], *_KEPT}
    ]
    for text in told:
        yield Leak(rule=loaded.rule.id, case=staged.case.name, path=path, told=text)
