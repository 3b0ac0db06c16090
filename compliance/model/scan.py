"""Scans: one occasion of looking at hosts, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from compliance.model.framework import Assessment
from compliance.model.host import Host
from compliance.model.judgement import Judgement
from compliance.model.observation import NotSeen, Observation, Seen
from compliance.model.result import Result, Verdict
from compliance.model.waiver import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """Something that could not be seen: a whole scanner on a host, or one part of what it saw."""

    host: str
    scanner: str
    path: str
    """The part, as a dotted path below the scanner's facts; empty for everything."""
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One occasion of looking, judged: what a table, a file and a report are made from."""

    id: str
    started: datetime
    finished: datetime
    version: str
    profile: str
    hosts: tuple[Host, ...]
    observations: tuple[Observation, ...]
    results: tuple[Result, ...]
    judgement: Judgement | None = None
    """What the results were made from; None for scans of a version that did not write it down."""
    assessments: tuple[Assessment, ...] = ()
    waivers: tuple[Standing, ...] = ()
    """Every waiver there is, as it stands on the day of looking."""

    @property
    def blanks(self) -> tuple[Blank, ...]:
        """Everything that could not be seen."""
        return blanks_of(self.observations)

    def count(self, verdict: Verdict) -> int:
        """How many results have this verdict."""
        return sum(1 for result in self.results if result.verdict is verdict)

    @property
    def waived(self) -> int:
        """How many failures somebody accepts; they are among those that `count` gives."""
        return sum(1 for r in self.results if r.verdict is Verdict.FAIL and r.waived_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanEntry:
    """A scan as a list names it."""

    id: str
    started: datetime
    finished: datetime | None
    """None while it runs, or if it was cut off."""
    version: str
    profile: str
    hosts: tuple[str, ...]


def blanks_of(observations: Iterable[Observation]) -> tuple[Blank, ...]:
    """Everything that could not be seen, whole scanners first, each with its reason."""
    listed = tuple(observations)
    whole = [
        Blank(host=o.task.host, scanner=o.task.scanner, path="", reason=o.reason, detail=o.detail)
        for o in listed
        if isinstance(o, NotSeen)
    ]
    parts = [
        Blank(host=o.task.host, scanner=o.task.scanner, path=gap.path, reason=gap.reason, detail=gap.detail)
        for o in listed
        if isinstance(o, Seen)
        for gap in o.facts.gaps
    ]
    return tuple(whole + parts)
