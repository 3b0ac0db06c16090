"""Observations: what one scanner saw of one host, or why it saw nothing."""

from dataclasses import dataclass
from datetime import datetime

from scanners import Facts, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One host to be seen by one scanner."""

    host: str
    scanner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The scanner saw the host: these are the facts, and this is when."""

    task: Task
    at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSeen:
    """The scanner could not look: this is why."""

    task: Task
    at: datetime
    reason: Reason
    detail: str


Observation = Seen | NotSeen
