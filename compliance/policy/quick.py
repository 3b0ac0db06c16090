"""Judge by the compiled functions of a rule, and by the interpreter where those cannot tell."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from compliance.model.result import Evidence, Result, Verdict
from compliance.policy.cel.runtime import MISSES
from compliance.policy.evidence import path_writer
from compliance.policy.judge import element_outcome, outcomes, rank, stale
from compliance.policy.loaded import LoadedRule
from compliance.policy.results import evidence, observed_at, remedy, result_of, sentence
from compliance.policy.rulecode import FAILS, NOT_APPLICABLE, RuleCode, rule_code
from compliance.policy.witness import Witness
from scanners import UNKNOWN

_SILENT = frozenset({Verdict.PASS, Verdict.NOTAPPLICABLE})


class Judge:
    """One rule, ready to judge host after host."""

    def __init__(self, loaded: LoadedRule) -> None:
        self.loaded = loaded
        self.code: RuleCode | None = rule_code(loaded)
        self.paths = tuple(path_writer(loaded, expression) for expression in loaded.evidence)

    def results(self, witness: Witness, *, as_of: datetime | None = None) -> list[Result]:
        """The results of every place."""
        now = witness.moment(self.loaded.rule.scanners)
        told = self._told(witness, now, as_of)
        if self.code is None or isinstance(told, int) or any(state != FAILS for _, state in told or ()):
            return self._slow(witness, as_of)
        failing = {id(element) for element, _ in told or ()}
        try:
            elements = self.code.words.elements(witness.root, now)
            return _merged(
                self._result(self.code, (witness, now, element), is_failure=id(element) in failing)
                for element in elements
            )
        except MISSES:
            return self._slow(witness, as_of)

    def findings(self, witness: Witness, *, as_of: datetime | None = None) -> list[Result]:
        """The results of those places that neither pass nor are not spoken of."""
        now = witness.moment(self.loaded.rule.scanners)
        told = self._told(witness, now, as_of)
        if told is None or told == NOT_APPLICABLE:
            return []
        if self.code is None or isinstance(told, int):
            return [result for result in self._slow(witness, as_of) if result.verdict not in _SILENT]
        return _merged([self._finding(self.code, (witness, now, element), state) for element, state in told])

    def _told(self, witness: Witness, now: datetime | None, as_of: datetime | None) -> Any:
        """What the compiled function says; UNSURE where there is none, or the facts are too old."""
        if self.code is None or (
            self.loaded.max_age is not None and stale(self.loaded, witness, as_of or now)
        ):
            return -1
        return self.code.run(witness.root, UNKNOWN if now is None else now)

    def _slow(self, witness: Witness, as_of: datetime | None) -> list[Result]:
        found = outcomes(self.loaded, witness, as_of=as_of)
        return [result_of(self.loaded, witness, outcome) for outcome in found]

    def _finding(self, code: RuleCode, place: tuple[Witness, datetime | None, Any], state: int) -> Result:
        if state == FAILS:
            try:
                return self._result(code, place, is_failure=True)
            except MISSES:  # a fact that only the message names is missing
                pass
        witness, _, element = place
        return result_of(self.loaded, witness, element_outcome(self.loaded, witness, element))

    def _result(
        self, code: RuleCode, place: tuple[Witness, datetime | None, Any], *, is_failure: bool
    ) -> Result:
        witness, now, element = place
        rule, words = self.loaded.rule, code.words
        given = (witness.root, UNKNOWN if now is None else now, element)
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
        for path, value in zip(self.paths, values, strict=True):
            seen = value(*given)
            if seen is not UNKNOWN:
                found[evidence(path(given[2]), seen)] = None
        return tuple(found)


def _merged(results: Iterable[Result]) -> list[Result]:
    """One result for each key: where two places have the same, the worst speaks for both."""
    kept: dict[str, Result] = {}
    for result in results:
        before = kept.get(result.key)
        if before is None or rank(result.verdict) < rank(before.verdict):
            kept[result.key] = result
    return list(kept.values())
