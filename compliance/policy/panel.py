"""Judge very many hosts: a letter for each rule, and a row for each place that neither passes nor is out.

The same verdicts as `evaluate` gives, without a value for every place that is good.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.result import Result, Verdict
from compliance.policy.cel.runtime import MISSES
from compliance.policy.judge import rank
from compliance.policy.row import Row as Row
from compliance.policy.rulebook import RuleBook
from compliance.policy.rulecode import FAILS, NOT_APPLICABLE
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


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all rules of a panel say of one host."""

    host: str
    verdicts: bytes
    """One of `LETTERS` for each rule, in the panel's order."""
    rows: list[Row]


class Panel:
    """All rules of a book, or those named, ready to judge host after host."""

    def __init__(self, book: RuleBook, rules: Iterable[str] | None = None) -> None:
        self.schema = book.schema
        self.rules = tuple(book.loaded if rules is None else rules)
        self.judges = [book.judge(rule_id) for rule_id in self.rules]
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

    def judge(self, subject: Subject, *, as_of: datetime | None = None) -> Judgement:
        """What the rules say of a host."""
        witness = witness_of(self.schema, subject)
        letters = bytearray(b"p" * len(self.rules))
        rows: list[Row] = []
        root = witness.root
        for scanners, plan in self._groups.items():
            moment = witness.moment(scanners)
            now = UNKNOWN if moment is None else moment
            for index, run in plan:
                told = run(root, now)
                if told is None:
                    continue
                if told == NOT_APPLICABLE:
                    letters[index] = ord("n")
                elif isinstance(told, int):
                    letters[index] = self._by_interpreter(index, witness, rows, as_of)
                else:
                    letters[index] = self._elements(index, witness, now, told, rows)
        for index in self._slow:
            letters[index] = self._by_interpreter(index, witness, rows, as_of)
        return Judgement(witness.host, bytes(letters), rows)

    def _by_interpreter(self, index: int, witness: Witness, rows: list[Row], as_of: datetime | None) -> int:
        results = self.judges[index].results(witness, as_of=as_of)
        rows += [_row(result) for result in results if result.verdict not in _SILENT]
        return LETTERS[min((result.verdict for result in results), key=rank)][0]

    def _elements(
        self, index: int, witness: Witness, now: Any, told: list[tuple[Any, int]], rows: list[Row]
    ) -> int:
        """Add the rows of the elements that do not pass; gives the rule's letter."""
        judge = self.judges[index]
        tell = self._telling(index)
        found: list[Row] = []
        for element, state in told:
            if state == FAILS and tell is not None:
                try:
                    found.append(tell(witness.root, now, element))
                    continue
                except MISSES:  # a fact that only the words need is missing
                    pass
            result = judge.element_result(witness, element)
            if result.verdict not in _SILENT:
                found.append(_row(result))
        if not found:
            return self._by_interpreter(index, witness, rows, None)
        if len(found) > 1:
            found = _merged(found)
        rows += found
        return LETTERS[min((row.verdict for row in found), key=rank) if len(found) > 1 else found[0].verdict][
            0
        ]

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
