"""Sources of advisories that a scan rests on, each with its age on the day of the scan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from compliance.model.advisory import STALE_DAYS
from compliance.model.observation import Seen
from compliance.model.scan import Scan
from compliance.model.text import clean_line
from compliance.model.vulnerability import VULNERABILITIES, SourceSeen, VulnerabilityFacts
from compliance.report.words import Sign, plural
from scanners import UNKNOWN

_FRESH = Sign(word="Current", shape="✓", css="good")
_OLD = Sign(word="Old", shape="✗", css="bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisorySource:
    """One source: its name, when it was made, how old that was at the end of the scan."""

    name: str
    dated: datetime | None
    age_days: int | None
    sha256: str

    @property
    def is_stale(self) -> bool:
        """Whether it was older than a week, or of no known age."""
        return self.age_days is None or self.age_days > STALE_DAYS

    @property
    def sign(self) -> Sign:
        """Its state as word and shape."""
        return _OLD if self.is_stale else _FRESH

    @property
    def day(self) -> str:
        """The day it was made, in words."""
        return f"{self.dated:%Y-%m-%d}" if self.dated else "not known"

    @property
    def age(self) -> str:
        """Its age, in words."""
        return "not known" if self.age_days is None else plural(self.age_days, "day")


def advisory_sources(scan: Scan) -> tuple[AdvisorySource, ...] | None:
    """The sources that any host's packages were matched with, oldest first; None if no packages were."""
    looks = [one for one in scan.observations if one.task.scanner == VULNERABILITIES]
    if not looks:
        return None
    seen = [source for look in looks if isinstance(look, Seen) for source in _sources(look)]
    rows = {(one.name, one.sha256): _row(one, scan.finished) for one in seen}.values()
    return tuple(sorted(rows, key=lambda row: (not row.is_stale, -(row.age_days or 0), row.name)))


def _sources(look: Seen) -> Iterator[SourceSeen]:
    if isinstance(look.facts, VulnerabilityFacts) and look.facts.sources is not UNKNOWN:
        yield from look.facts.sources


def _row(source: SourceSeen, at: datetime) -> AdvisorySource:
    dated = None if source.dated is UNKNOWN else source.dated
    return AdvisorySource(
        name=clean_line(source.name, 120),
        dated=dated,
        age_days=max((at - dated).days, 0) if dated else None,
        sha256=clean_line(source.sha256, 64),
    )
