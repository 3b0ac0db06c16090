"""Counts of results in which nothing that was not seen ever leaves the denominator."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from compliance.model.result import Result, Verdict

NOT_SEEN = frozenset({Verdict.UNKNOWN, Verdict.ERROR, Verdict.NOTCHECKED})
"""The verdicts of a check that decided nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many checks pass, fail and could not be decided; those that do not apply stand apart."""

    passed: int = 0
    failed: int = 0
    not_seen: int = 0
    not_applicable: int = 0
    waived: int = 0
    """How many of the failures somebody accepts for a time; they stay failures."""

    @property
    def total(self) -> int:
        """The denominator: everything that should have been decided, seen or not."""
        return self.passed + self.failed + self.not_seen

    @property
    def percent_passed(self) -> int:
        """The share that passes, rounded down, so that only all of them are 100."""
        return self.passed * 100 // self.total if self.total else 0

    @property
    def percent_decided(self) -> int:
        """The share that could be decided, rounded down; it stands beside every score."""
        return (self.passed + self.failed) * 100 // self.total if self.total else 0


def tally(results: Iterable[Result]) -> Tally:
    """The results counted, each place of each rule on each host once."""
    results = tuple(results)
    distinct = {(result.host, result.rule, result.key): result.verdict for result in results}
    counts = Counter(distinct.values())
    waived = {(r.host, r.rule, r.key) for r in results if r.verdict is Verdict.FAIL and r.waived_by}
    return Tally(
        passed=counts[Verdict.PASS],
        failed=counts[Verdict.FAIL],
        not_seen=sum(counts[verdict] for verdict in NOT_SEEN),
        not_applicable=counts[Verdict.NOTAPPLICABLE],
        waived=len(waived),
    )
