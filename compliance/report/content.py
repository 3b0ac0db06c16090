"""The content of a report: everything that every format says, before there is any format.

All text that a host or a file wrote has passed `model.text.clean`; formats only escape it for their syntax.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.model.rule import Rule
from compliance.model.scan import Scan
from compliance.model.text import clean_line
from compliance.report.apart import Apart, apart
from compliance.report.cases import Case, OpenRow, failures, undecided
from compliance.report.coverage import Coverage, coverage
from compliance.report.headline import Headline, Number, headline, numbers
from compliance.report.method import READING, Note, Provenance, method, provenance
from compliance.report.sources import AdvisorySource, advisory_sources
from compliance.report.standards import Standard, standards
from compliance.report.tally import Tally, tally
from compliance.report.waivers import WaiverRow, waiver_rows

URGENT = 7
"""Rules that "Do these first" holds at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """How many rows of each section a bounded format does not hold."""

    findings: int = 0
    undecided: int = 0
    blanks: int = 0
    hosts: int = 0
    controls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a report says."""

    title: str
    provenance: Provenance
    headline: Headline
    numbers: tuple[Number, ...]
    checks: Tally
    urgent: tuple[Case, ...]
    """The failing rules to mend first; the rest stand in `failures`."""
    failures: tuple[Case, ...]
    apart: tuple[Apart, ...]
    """What is of no single host: its failures and what is undecided of it stand in the lists beside."""
    waivers: tuple[WaiverRow, ...]
    undecided: tuple[OpenRow, ...]
    coverage: Coverage
    standards: tuple[Standard, ...]
    advisories: tuple[AdvisorySource, ...] | None
    """Sources that packages were matched with, the oldest first; None if no packages were looked at."""
    reading: tuple[Note, ...]
    method: tuple[Note, ...]
    total_failures: int
    """How many rules fail."""
    left_out: LeftOut = LeftOut()


def content(scan: Scan, rules: Mapping[str, Rule], organisation: str = "") -> Content:
    """What there is to say of a scan; `rules` by id lend titles, reasons and remedies, and may lack some."""
    checks, failing = tally(scan.results), failures(scan, rules)
    seen, frameworks = coverage(scan), standards(scan)
    return Content(
        title=f"Compliance report{' of ' * bool(organisation)}{clean_line(organisation, 80)}",
        provenance=provenance(scan),
        headline=headline(checks, failing, seen, frameworks),
        numbers=numbers(checks, failing, seen, frameworks),
        checks=checks,
        urgent=failing[:URGENT],
        failures=failing,
        apart=apart(scan),
        waivers=waiver_rows(scan),
        undecided=undecided(scan, rules),
        coverage=seen,
        standards=frameworks,
        advisories=advisory_sources(scan),
        reading=READING,
        method=method(scan, seen),
        total_failures=len(failing),
    )
