"""Waivers: who accepts which failures, why, and until when. Computed when looked at, never a stored state."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from compliance.model.result import Verdict


class WaiverKind(StrEnum):
    """How a failure is answered for, in the words of the report on compliance."""

    ACCEPTED = "accepted"
    """Somebody takes the risk for a time; no standard knows it."""
    COMPENSATING_CONTROL = "compensating-control"
    CUSTOMISED_APPROACH = "customised-approach"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A failure that somebody accepts for a time; it stays a failure."""

    id: str
    rule: str
    hosts: str
    """A condition on the host, in CEL."""
    reason: str
    requested_by: str
    approved_by: str
    """Somebody else than who asked for it."""
    approved_on: date
    until: date
    """Its last day, in UTC."""
    key: str | None = None
    """The one place that it covers; None for all that `subject` allows."""
    subject: str = ""
    """A condition on the element that the rule looks at, in CEL; empty for all."""
    covers: frozenset[Verdict] = frozenset({Verdict.FAIL})
    compensating_control: str = ""
    compensating_rule: str = ""
    """A rule that must pass on the host, or the waiver is void there."""
    ticket: str = ""
    matched: int | None = None
    """How many hosts it matched on the day of its approval."""
    kind: WaiverKind = WaiverKind.ACCEPTED
    controls: tuple[str, ...] = ()
    """The controls that it concerns, as `pci-dss-4.0.1/8.3.6`."""
    worksheet: tuple[tuple[str, str], ...] = ()
    """What the worksheet of a compensating control says: its fields, each with its text."""
    proof: str = ""
    """Where it lies what shows it."""
    source: str = ""
    """Where it stands: `file:line`."""


class Remark(StrEnum):
    """What there may be to say against a waiver."""

    EXPIRED = "expired"
    NOT_YET = "not-yet"
    """The day of its approval has not come."""
    UNKNOWN_RULE = "unknown-rule"
    VOID = "void"
    """The rule that should make up for it does not pass."""
    MORE_HOSTS = "more-hosts"
    UNUSED = "unused"
    UNCLEAR = "unclear"
    """What it says of a host rests on something that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarked:
    """One remark on a waiver, in words."""

    remark: Remark
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A waiver as it stands in the light of a scan, on a day."""

    waiver: Waiver
    covered: tuple[tuple[str, str], ...] = ()
    """Host and key of each result that it waives."""
    remarks: tuple[Remarked, ...] = ()
