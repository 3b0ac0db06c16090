"""Standards: every control of every framework of a scan, as the checks leave it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from compliance.model.framework import Assessment, ControlStatus, Group, Status, Verifiable
from compliance.model.result import Verdict
from compliance.model.scan import Scan
from compliance.model.text import clean, clean_line
from compliance.report.tally import Tally, tally
from compliance.report.words import State

_DECIDED_BY = {
    Verifiable.FULL: "machine",
    Verifiable.PARTIAL: "machine in part",
    Verifiable.MANUAL: "people",
}
_WORST_FIRST = (State.FAILING, State.INCOMPLETE, State.PASSING, State.UNTESTED, State.MANUAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRow:
    """One control: its state, the checks that bear on it, and who can decide it."""

    id: str
    title: str
    state: State
    checks: Tally
    decided_by: str
    failing_hosts: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One chapter: its controls, the distinct checks that bear on them, and the worst state among them."""

    id: str
    title: str
    state: State
    checks: Tally
    controls: tuple[ControlRow, ...]
    """All of them: the counts are made of these."""
    shown: tuple[ControlRow, ...]
    """Those that are listed; a bounded format may list fewer."""

    @property
    def counts(self) -> Mapping[State, int]:
        """How many controls are in each state."""
        return Counter(control.state for control in self.controls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One framework seen through the scan."""

    id: str
    title: str
    version: str
    note: str
    hosts: int
    groups: tuple[GroupRow, ...]

    @property
    def counts(self) -> Mapping[State, int]:
        """How many controls are in each state."""
        return Counter(control.state for group in self.groups for control in group.controls)

    @property
    def shown(self) -> tuple[ControlRow, ...]:
        """The controls that are listed, of all groups."""
        return tuple(control for group in self.groups for control in group.shown)

    @property
    def total(self) -> int:
        """How many controls the framework has."""
        return sum(len(group.controls) for group in self.groups)


def standards(scan: Scan) -> tuple[Standard, ...]:
    """The frameworks of the scan, in its order, with every group and every control."""
    return tuple(_standard(assessment) for assessment in scan.assessments)


def state(status: ControlStatus) -> State:
    """A control's state, never better than its counts: nothing unseen passes, and no manual control does."""
    if status.failed or status.status is Status.FAILING:
        return State.FAILING
    if status.control.verifiable is Verifiable.MANUAL:
        return State.MANUAL
    if status.unknown or status.status is Status.INCOMPLETE:
        return State.INCOMPLETE
    if status.status is Status.NOT_APPLICABLE:
        return State.NOT_APPLICABLE
    return State.PASSING if status.passed and status.status is Status.PASSING else State.UNTESTED


def _standard(assessment: Assessment) -> Standard:
    framework = assessment.framework
    listed = {group.id for group in framework.groups}
    stray = sorted({status.control.group for status in assessment.controls} - listed)
    groups = framework.groups + tuple(Group(id=name, title="Others") for name in stray)
    return Standard(
        id=clean_line(framework.id, 80),
        title=clean_line(framework.title, 120),
        version=clean_line(framework.version, 40),
        note=clean(framework.note),
        hosts=len(assessment.hosts),
        groups=tuple(_group_row(group, assessment) for group in groups),
    )


def _group_row(group: Group, assessment: Assessment) -> GroupRow:
    statuses = [status for status in assessment.controls if status.control.group == group.id]
    rows = tuple(map(_control_row, statuses))
    found = {row.state for row in rows}
    return GroupRow(
        id=clean_line(group.id, 40),
        title=clean_line(group.title, 200),
        state=next((worst for worst in _WORST_FIRST if worst in found), State.NOT_APPLICABLE),
        checks=tally(result for status in statuses for result in status.results),
        controls=rows,
        shown=rows,
    )


def _control_row(status: ControlStatus) -> ControlRow:
    control = status.control
    failing = {clean_line(r.host, 253) for r in status.results if r.verdict is Verdict.FAIL}
    note = f"superseded by {clean_line(control.superseded_by, 40)}" if control.superseded_by else ""
    return ControlRow(
        id=clean_line(control.id, 40),
        title=clean_line(control.title, 400),
        state=state(status),
        checks=Tally(passed=status.passed, failed=status.failed, not_seen=status.unknown),
        decided_by=_DECIDED_BY[control.verifiable],
        failing_hosts=tuple(sorted(failing)),
        note=note,
    )
