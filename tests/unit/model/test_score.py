"""Scores: what is not seen stays in the denominator, and a fail is final."""

from itertools import product

import pytest

from compliance.model.result import Result, Verdict
from compliance.model.rule import Severity
from compliance.model.score import roll_up, rolled_up, score

P, F, U, E, N = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.ERROR, Verdict.NOTAPPLICABLE


def result(verdict, key="", rule="a", host="h"):
    return Result(host=host, rule=rule, key=key, verdict=verdict, severity=Severity.LOW, message="", fix="")


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        ([P, P], P), ([P, F], F), ([F, U], F), ([F, E], F), ([U, E], E),
        ([P, U], U), ([N], N), ([N, P], P), ([Verdict.NOTSELECTED], Verdict.NOTSELECTED),
    ],
)  # fmt: skip
def test_the_worst_speaks_for_the_whole(verdicts, whole):
    assert rolled_up(verdicts) is whole
    assert rolled_up(reversed(verdicts)) is whole


def test_a_whole_passes_only_if_nothing_else_was_said_but_that_it_does_not_apply():
    for verdicts in product([P, F, U, E, N], repeat=3):
        assert (rolled_up(verdicts) is P) == (set(verdicts) <= {P, N} and P in verdicts)


def test_each_rule_counts_once_on_each_host():
    results = [
        result(P, "tcp/1"),
        result(F, "tcp/2"),
        result(P, host="g"),
        result(U, rule="b"),
        result(N, rule="c"),
    ]
    assert dict(roll_up(results)) == {("h", "a"): F, ("g", "a"): P, ("h", "b"): U, ("h", "c"): N}
    found = score(results)
    assert (found.passed, found.failed, found.unknown, found.total) == (1, 1, 1, 3)
    assert (found.percent_passed, found.percent_decided) == (33, 66)


def test_what_could_not_be_decided_is_never_rounded_away():
    results = [result(P, rule=f"r{n}") for n in range(999)] + [result(U, rule="u")]
    found = score(results)
    assert (found.percent_passed, found.percent_decided) == (99, 99)
    assert score([]).percent_decided == 0
