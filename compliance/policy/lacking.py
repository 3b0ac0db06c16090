"""Which kinds of test a rule lacks: one that passes, one that fails, one not seen, one with nothing there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compliance.model.result import Verdict
from compliance.policy.loaded import LoadedRule
from compliance.policy.rulebook import RuleBook

_KINDS = {
    Verdict.PASS: "no test passes",
    Verdict.FAIL: "no test fails",
    Verdict.UNKNOWN: "no test shows what happens where it was not seen",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A kind of test that a rule does not have."""

    rule: str
    place: str
    text: str


def lacking(book: RuleBook) -> Iterator[Lack]:
    """Every kind of test that a rule of the book lacks; a rule that a person decides needs none."""
    for loaded in book.loaded.values():
        if loaded.spec.manual is None:
            for text in _lacks(loaded):
                yield Lack(rule=loaded.rule.id, place=loaded.rule.source, text=text)


def _lacks(loaded: LoadedRule) -> Iterator[str]:
    expected = {case.expect for case in loaded.spec.tests}
    for verdict, told in _KINDS.items():
        if verdict not in expected:
            yield told
    if loaded.loop is not None and not any(
        _has_an_empty(given) for case in loaded.spec.tests for given in (case.host, case.fleet, case.estate)
    ):
        yield "no test shows an empty list"


def _has_an_empty(facts: Any) -> bool:
    """Whether there is an empty list or map anywhere below the top."""
    if isinstance(facts, dict):
        return any(inner in ([], {}) or _has_an_empty(inner) for inner in facts.values())
    return isinstance(facts, list) and any(map(_has_an_empty, facts))
