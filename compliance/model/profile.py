"""Profiles: which rules a host is judged by, and which were left out on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
