"""A rule that was understood: what the engine holds of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from compliance.model.result import Verdict
from compliance.model.rule import Rule
from compliance.policy.cel.types import Type
from compliance.policy.expression import Expression
from compliance.policy.rulefile import RuleSpec
from compliance.policy.template import Template
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
