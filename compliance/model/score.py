"""Scores: what the rules say of each host as a whole, and what share of them could be decided at all."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compliance.model.result import Result, Verdict

_WORST = (Verdict.FAIL, Verdict.ERROR, Verdict.UNKNOWN, Verdict.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How many rules pass on a host; what was not seen never leaves the denominator."""

    passed: int
    failed: int
    unknown: int
    error: int

    @property
    def total(self) -> int:
        """Everything that should have been decided."""
        return self.passed + self.failed + self.unknown + self.error

    @property
    def percent_passed(self) -> int:
        """The share that passes, rounded down, so that only all of them are 100."""
        return self.passed * 100 // self.total if self.total else 0

    @property
    def percent_decided(self) -> int:
        """The coverage: the share that could be decided, rounded down. It stands beside every score."""
        return (self.passed + self.failed) * 100 // self.total if self.total else 0


def rolled_up(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of the whole: any fail, else any error, else any unknown, else pass; else what there is.

    A fail is final even beside what is unknown. Raises ValueError where there is no verdict.
    """
    found = list(verdicts)
    return next((verdict for verdict in _WORST if verdict in found), min(found))


def roll_up(results: Iterable[Result]) -> Mapping[tuple[str, str], Verdict]:
    """What each rule says of each host as a whole, by host and rule, in the order of the results."""
    found: dict[tuple[str, str], list[Verdict]] = {}
    for result in results:
        found.setdefault((result.host, result.rule), []).append(result.verdict)
    return {place: rolled_up(verdicts) for place, verdicts in found.items()}


def score(results: Iterable[Result]) -> Score:
    """The score of some results, each rule on each host counted once."""
    count = Counter(roll_up(results).values())
    return Score(
        passed=count[Verdict.PASS],
        failed=count[Verdict.FAIL],
        unknown=count[Verdict.UNKNOWN],
        error=count[Verdict.ERROR],
    )
