"""Judge by the compiled functions of a rule, and by the interpreter where those cannot tell."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from compliance.model.result import Evidence, Result, Verdict
from compliance.policy.cel.runtime import MISSES
from compliance.policy.evidence import path_form
from compliance.policy.judge import element_outcome, outcomes, rank, stale
from compliance.policy.loaded import LoadedRule
from compliance.policy.results import evidence, observed_at, remedy, result_of, sentence
from compliance.policy.rulecode import FAILS, RuleCode, Words, rule_code
from compliance.policy.witness import Witness
from scanners import UNKNOWN, UnknownFact


class Judge:
    """One rule, ready to judge host after host."""

    def __init__(self, loaded: LoadedRule) -> None:
        self.loaded = loaded
        self.code: RuleCode | None = rule_code(loaded)
        self.forms = tuple(path_form(loaded, expression) for expression in loaded.evidence)

    def results(self, witness: Witness, *, as_of: datetime | None = None) -> list[Result]:
        """The results of every place."""
        words = self.code.words if self.code is not None else None
        if self.code is None or words is None or self.is_stale(witness, as_of):
            return self.slow_results(witness, as_of=as_of)
        moment = witness.moment(self.loaded.rule.scanners)
        now = UNKNOWN if moment is None else moment
        told = self.code.run(witness.root, now)
        if isinstance(told, int) or any(state != FAILS for _, state in told or ()):
            return self.slow_results(witness, as_of=as_of)
        failing = {id(element) for element, _ in told or ()}
        try:
            return merged(
                self._result(words, witness, (now, element), is_failure=id(element) in failing)
                for element in words.elements(witness.root, now)
            )
        except MISSES:
            return self.slow_results(witness, as_of=as_of)

    def is_stale(self, witness: Witness, as_of: datetime | None) -> bool:
        """Whether the facts are older than the rule allows."""
        if self.loaded.max_age is None:
            return False
        now = as_of or witness.moment(self.loaded.rule.scanners)
        return bool(stale(self.loaded, witness, now))

    def slow_results(self, witness: Witness, *, as_of: datetime | None = None) -> list[Result]:
        """The results of every place, by the interpreter alone."""
        found = outcomes(self.loaded, witness, as_of=as_of)
        return [result_of(self.loaded, witness, outcome) for outcome in found]

    def element_result(self, witness: Witness, element: Any) -> Result:
        """The result of one element, or of the host as a whole, by the interpreter alone."""
        return result_of(self.loaded, witness, element_outcome(self.loaded, witness, element))

    def _result(self, words: Words, witness: Witness, place: tuple[Any, Any], *, is_failure: bool) -> Result:
        rule, given = self.loaded.rule, (witness.root, *place)
        failure = words.message(*given) if self.loaded.message else f"not so: {rule.title}"
        return Result(
            host=witness.host,
            rule=rule.id,
            key=words.key(*given),
            verdict=Verdict.FAIL if is_failure else Verdict.PASS,
            severity=rule.severity,
            message=sentence(failure if is_failure else rule.title),
            fix=remedy(words.fix(*given)) if is_failure else "",
            evidence=self._evidence(words.evidence, given),
            observed_at=observed_at(self.loaded, witness),
        )

    def _evidence(
        self, values: Iterable[Callable[..., Any]], given: tuple[Any, Any, Any]
    ) -> tuple[Evidence, ...]:
        found: dict[Evidence, None] = {}
        for form, value in zip(self.forms, values, strict=True):
            if form is None:
                raise UnknownFact
            seen = value(*given)
            if seen is not UNKNOWN:
                found[evidence(form.text(given[2]), seen)] = None
        return tuple(found)


def merged(results: Iterable[Result]) -> list[Result]:
    """One result for each key: where two places have the same, the worst speaks for both."""
    kept: dict[str, Result] = {}
    for result in results:
        before = kept.get(result.key)
        if before is None or rank(result.verdict) < rank(before.verdict):
            kept[result.key] = result
    return list(kept.values())
