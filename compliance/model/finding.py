"""Findings: failures that are remembered from one scan to the next, and the events of their lives."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.model.rule import Severity

Identity = tuple[str, str, str]
"""Host, rule and key: what makes two failures the same finding."""


class State(StrEnum):
    """How a finding stands."""

    OPEN = "open"
    FIXED = "fixed"
    RETIRED = "retired"
    """Its host or rule is not looked at any more; whether it was mended, nobody knows."""


class Kind(StrEnum):
    """What can happen to a finding."""

    OPENED = "opened"
    CONFIRMED = "confirmed"
    FIXED = "fixed"
    REOPENED = "reopened"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One failure that is remembered: a rule, failing at one place of one host."""

    host: str
    rule: str
    key: str
    """The place, as in the result: `tcp/443`; empty for the host as a whole."""
    state: State
    first_seen: datetime
    """When it was first seen to fail."""
    last_seen: datetime
    """When it was last seen to fail."""
    severity: Severity
    message: str

    @property
    def identity(self) -> Identity:
        """What it is told apart by."""
        return (self.host, self.rule, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a finding; appended, never changed."""

    host: str
    rule: str
    key: str
    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A finding as it stands from now on, and the event that brought it there."""

    finding: Finding
    event: Event
