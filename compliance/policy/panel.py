"""Many rules judge host after host: a letter for each rule, and a row for each place that does not pass.

The results of every place, those that pass as well, are made from that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.result import Result, Verdict
from compliance.policy.cel.runtime import MISSES
from compliance.policy.cel.scope import root
from compliance.policy.judge import Outcome, rank
from compliance.policy.quick import Judge
from compliance.policy.results import result_of
from compliance.policy.row import Row
from compliance.policy.ruleforms import FAILS, NOT_APPLICABLE
from compliance.policy.schema import Schema
from compliance.policy.witness import Subject, Witness, witness_of
from scanners import UNKNOWN

LETTERS = {
    Verdict.PASS: b"p",
    Verdict.FAIL: b"f",
    Verdict.ERROR: b"e",
    Verdict.UNKNOWN: b"u",
    Verdict.NOTAPPLICABLE: b"n",
    Verdict.NOTCHECKED: b"c",
}
"""How a rule's verdict is written in a judgement."""
_SILENT = frozenset({Verdict.PASS, Verdict.NOTAPPLICABLE})
_NOT_APPLICABLE = LETTERS[Verdict.NOTAPPLICABLE][0]


@dataclass(frozen=True, slots=True)
class HostJudgement:
    """What all rules of a panel say of one host."""

    host: str
    verdicts: bytes
    """One of `LETTERS` for each rule, in the panel's order."""
    rows: list[Row]
    interpreted: dict[int, list[Result]]
    """The results of the rules, by their place in the panel, that only the interpreter could judge."""


class Panel:
    """Some rules, ready to judge host after host."""

    def __init__(self, schema: Schema, judges: Sequence[Judge]) -> None:
        self.schema = schema
        self.judges = tuple(judges)
        self.rules = tuple(judge.loaded.rule.id for judge in judges)
        self._groups: dict[tuple[str, ...], list[tuple[int, Any]]] = {}
        self._slow: list[int] = []
        self._rows: list[Any] = [self] * len(self.rules)
        """The functions that give rows; the panel itself where that has not been asked for yet."""
        for index, judge in enumerate(self.judges):
            if judge.code is None or judge.loaded.max_age is not None:
                self._slow.append(index)
            else:
                group = self._groups.setdefault(judge.loaded.rule.scanners, [])
                group.append((index, judge.code.run))

    def judge(self, subject: Subject, *, as_of: datetime | None = None) -> HostJudgement:
        """What the rules say of a host."""
        return self._judged(witness_of(self.schema, subject), as_of)

    def results(self, subject: Subject, *, as_of: datetime | None = None) -> Iterator[Result]:
        """The results of every place on a host, by rule in the panel's order."""
        witness = witness_of(self.schema, subject)
        found = self._judged(witness, as_of)
        rows: dict[str, list[Row]] = {}
        for row in found.rows:
            rows.setdefault(row.rule, []).append(row)
        for index, judge in enumerate(self.judges):
            if index in found.interpreted:
                yield from found.interpreted[index]
            elif found.verdicts[index] == _NOT_APPLICABLE:
                outcome = Outcome(verdict=Verdict.NOTAPPLICABLE, scope=root({}))
                yield result_of(judge.loaded, witness, outcome)
            else:
                yield from judge.every_result(witness, rows.get(self.rules[index], ()))

    def _judged(self, witness: Witness, as_of: datetime | None) -> HostJudgement:
        found = HostJudgement(witness.host, b"", [], {})
        letters = bytearray(b"p" * len(self.rules))
        facts = witness.root
        for scanners, plan in self._groups.items():
            moment = witness.moment(scanners)
            now = UNKNOWN if moment is None else moment
            for index, run in plan:
                told = run(facts, now)
                if told is None:
                    continue
                if told == NOT_APPLICABLE:
                    letters[index] = _NOT_APPLICABLE
                elif isinstance(told, int):
                    letters[index] = self._interpreted(index, witness, as_of, found)
                else:
                    letters[index] = self._elements(index, witness, now, told, found)
        for index in self._slow:
            letters[index] = self._by_age(index, witness, as_of, found)
        return HostJudgement(witness.host, bytes(letters), found.rows, found.interpreted)

    def _by_age(self, index: int, witness: Witness, as_of: datetime | None, found: HostJudgement) -> int:
        """Judge by a rule that asks how old the facts are, or that is not compiled."""
        judge = self.judges[index]
        if judge.code is None or judge.is_stale(witness, as_of):
            return self._interpreted(index, witness, as_of, found)
        moment = witness.moment(judge.loaded.rule.scanners)
        now = UNKNOWN if moment is None else moment
        told = judge.code.run(witness.root, now)
        if told is None:
            return LETTERS[Verdict.PASS][0]
        if isinstance(told, int):
            return self._interpreted(index, witness, as_of, found)
        return self._elements(index, witness, now, told, found)

    def _interpreted(self, index: int, witness: Witness, as_of: datetime | None, found: HostJudgement) -> int:
        """Judge by the interpreter alone; gives the rule's letter."""
        results = self.judges[index].slow_results(witness, as_of=as_of)
        found.interpreted[index] = results
        found.rows.extend(_row(result) for result in results if result.verdict not in _SILENT)
        return LETTERS[min((result.verdict for result in results), key=rank)][0]

    def _elements(
        self, index: int, witness: Witness, now: Any, told: list[tuple[Any, int]], found: HostJudgement
    ) -> int:
        """Add the rows of the elements that do not pass; gives the rule's letter."""
        judge = self.judges[index]
        tell = self._telling(index)
        rows: list[Row] = []
        for element, state in told:
            if state == FAILS and tell is not None:
                try:
                    rows.append(tell(witness.root, now, element))
                    continue
                except MISSES:  # a fact that only the words need is missing
                    pass
            result = judge.element_result(witness, element)
            if result.verdict not in _SILENT:
                rows.append(_row(result))
        if not rows:
            return self._interpreted(index, witness, None, found)
        if len(rows) > 1:
            rows = _merged(rows)
        found.rows.extend(rows)
        worst = rows[0].verdict if len(rows) == 1 else min((row.verdict for row in rows), key=rank)
        return LETTERS[worst][0]

    def _telling(self, index: int) -> Any:
        """The function that gives a failing element's row; None where only the interpreter can."""
        tell = self._rows[index]
        if tell is self:
            code = self.judges[index].code
            words = code.words if code is not None else None
            tell = self._rows[index] = words.row if words is not None else None
        return tell


def _merged(rows: list[Row]) -> list[Row]:
    """One row for each key: where two places have the same, the worst speaks for both."""
    found: dict[str, Row] = {}
    for row in rows:
        before = found.get(row.key)
        if before is None or rank(row.verdict) < rank(before.verdict):
            found[row.key] = row
    return list(found.values())


def _row(result: Result) -> Row:
    evidence = tuple((one.path, one.seen) for one in result.evidence)
    return Row(result.rule, result.key, result.verdict, result.message, evidence)
