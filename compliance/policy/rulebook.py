"""Rules that were understood: what the engine holds of each, and the book they stand in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from compliance.model.errors import UnknownName
from compliance.model.result import Verdict
from compliance.model.rule import Rule
from compliance.policy.cel.types import Type
from compliance.policy.expression import Expression
from compliance.policy.rulefile import RuleSpec
from compliance.policy.schema import Schema
from compliance.policy.template import Template
from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import Steps, YamlFile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loop:
    """What a rule looks at one by one: the name of each, and the list or map they are in."""

    name: str
    over: Expression


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedRule:
    """A rule as the engine holds it."""

    rule: Rule
    version: str
    spec: RuleSpec
    file: YamlFile
    steps: Steps
    params: Mapping[str, Any]
    param_types: Mapping[str, Type]
    applies: Expression | None
    loop: Loop | None
    where: Expression | None
    when_empty: Verdict
    variables: Mapping[str, Expression]
    require: Expression | None
    """None for a rule that a person must decide."""
    key: Template | None
    message: Template | None
    fix: Template
    evidence: tuple[Expression, ...]
    max_age: timedelta | None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every expression that bears on the verdict."""
        parts = (
            self.applies,
            self.loop.over if self.loop else None,
            self.where,
            *self.variables.values(),
            self.require,
        )
        return tuple(part for part in parts if part is not None)


class RuleBook:
    """The rules that may be judged by, each found by its id, in the order of their ids."""

    def __init__(self, rules: Sequence[LoadedRule], schema: Schema) -> None:
        self.schema = schema
        self.loaded: Mapping[str, LoadedRule] = {
            loaded.rule.id: loaded for loaded in sorted(rules, key=lambda loaded: loaded.rule.id)
        }

    def __iter__(self) -> Iterator[Rule]:
        """The rules as their authors wrote them."""
        return (loaded.rule for loaded in self.loaded.values())

    def __len__(self) -> int:
        return len(self.loaded)

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self.loaded

    def __getitem__(self, rule_id: str) -> LoadedRule:
        """The rule of that id; raises `UnknownName`."""
        found = self.loaded.get(rule_id)
        if found is None:
            raise UnknownName(f"there is no rule {rule_id!r}{did_you_mean(rule_id, self.loaded)}")
        return found

    def select(
        self, *, ids: Sequence[str] = (), tags: Sequence[str] = (), packs: Sequence[str] = ()
    ) -> "RuleBook":
        """The book of the rules that are named, have one of the tags or stand in one of the packs."""
        chosen = {self[rule_id].rule.id for rule_id in ids}
        kept = [
            loaded
            for loaded in self.loaded.values()
            if loaded.rule.id in chosen or loaded.rule.pack in packs or set(tags) & set(loaded.rule.tags)
        ]
        return RuleBook(kept, self.schema)
