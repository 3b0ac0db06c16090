"""Profiles: which rules a host is judged by, how strictly, and which were left out on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compliance.model.framework import Questionnaire
from compliance.model.rule import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A rule that a profile leaves out, and why; reports list it."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A selection of rules for a role, a questionnaire or a site."""

    id: str
    title: str
    rules: tuple[str, ...]
    """The ids of the selected rules, sorted; never empty."""
    left_out: tuple[LeftOut, ...] = ()
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Values that take the place of a rule's defaults: rule id, then parameter."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Severities that take the place of a rule's own, by rule id."""
    scopes: tuple[str, ...] = ()
    """Conditions on the host, in CEL, that must all hold; of other hosts the profile does not speak."""
    unknown_fails: frozenset[Severity] = frozenset()
    """Severities of which a result that is unknown counts as a failure."""
    questionnaires: Mapping[str, Questionnaire] = field(default_factory=dict)
    """The questionnaire that a framework is narrowed to, by the framework's id."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where each thing stands, `file:line`, by its name: `scope`, `rule X`, `set X.param`, `severity X`."""
