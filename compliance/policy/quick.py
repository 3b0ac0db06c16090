"""One rule, ready to judge host after host: its compiled functions, and the interpreter behind them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from compliance.model.result import Evidence, Result, Verdict
from compliance.policy.cel.runtime import MISSES
from compliance.policy.evidence import path_form
from compliance.policy.judge import element_outcome, outcomes, stale
from compliance.policy.loaded import LoadedRule
from compliance.policy.results import evidence, observed_at, remedy, result_of
from compliance.policy.row import Row
from compliance.policy.rulecode import RuleCode, Words, rule_code
from compliance.policy.witness import Witness
from scanners import UNKNOWN, UnknownFact


class Judge:
    """One rule, ready to judge host after host."""

    def __init__(self, loaded: LoadedRule) -> None:
        self.loaded = loaded
        self.code: RuleCode | None = rule_code(loaded)
        self.forms = tuple(path_form(loaded, expression) for expression in loaded.evidence)

    def is_stale(self, witness: Witness, as_of: datetime | None) -> bool:
        """Whether the facts are older than the rule allows."""
        if self.loaded.max_age is None:
            return False
        return bool(stale(self.loaded, witness, as_of or witness.moment(self.loaded.rule.scanners)))

    def slow_results(self, witness: Witness, *, as_of: datetime | None = None) -> list[Result]:
        """The results of every place, by the interpreter alone."""
        found = outcomes(self.loaded, witness, as_of=as_of)
        return [result_of(self.loaded, witness, outcome) for outcome in found]

    def element_result(self, witness: Witness, element: Any) -> Result:
        """The result of one element, or of the host as a whole, by the interpreter alone."""
        return result_of(self.loaded, witness, element_outcome(self.loaded, witness, element))

    def every_result(self, witness: Witness, rows: Iterable[Row]) -> list[Result]:
        """The results of every place, of which the rows are those that do not pass."""
        words = self.code.words if self.code is not None else None
        if words is None:
            return self.slow_results(witness)
        moment = witness.moment(self.loaded.rule.scanners)
        now = UNKNOWN if moment is None else moment
        at = observed_at(self.loaded, witness)
        waiting = {row.key: row for row in rows}
        found: dict[str, Result] = {}
        try:
            for element in words.elements(witness.root, now):
                given = (witness.root, now, element)
                key, pairs = self._place(words, given)
                if key in found:  # two places of one name: whose remedy it is, only the interpreter tells
                    return self.slow_results(witness)
                row = waiting.get(key)
                if row is None:
                    row = Row(self.loaded.rule.id, key, Verdict.PASS, self.loaded.rule.title, pairs)
                fix = remedy(words.fix(*given)) if row.verdict is Verdict.FAIL else ""
                found[key] = self._result(witness.host, row, fix, at)
        except MISSES:
            return self.slow_results(witness)
        return list(found.values())

    def _place(self, words: Words, given: tuple[Any, Any, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The key and the evidence of an element; what was not seen is left out."""
        if words.place is not None:
            try:
                key, pairs = words.place(*given)
            except MISSES:  # something is missing: each piece by itself
                pass
            else:
                return key, pairs
        return words.key(*given), self._pairs(words, given)

    def _pairs(self, words: Words, given: tuple[Any, Any, Any]) -> tuple[tuple[str, str], ...]:
        found: dict[tuple[str, str], None] = {}
        for form, value in zip(self.forms, words.evidence, strict=True):
            if form is None:
                raise UnknownFact
            seen = value(*given)
            if seen is not UNKNOWN:
                piece = evidence(form.text(given[2]), seen)
                found[piece.path, piece.seen] = None
        return tuple(found)

    def _result(self, host: str, row: Row, fix: str, at: datetime | None) -> Result:
        return Result(
            host=host,
            rule=row.rule,
            key=row.key,
            verdict=row.verdict,
            severity=self.loaded.rule.severity,
            message=row.message,
            fix=fix,
            evidence=tuple(Evidence(path=path, seen=seen) for path, seen in row.evidence),
            observed_at=at,
        )
