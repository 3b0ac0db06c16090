"""The shipped rules of the estate: each by its own cases, its mutants, and every fact taken away once."""

from importlib.resources import files

import pytest

from compliance.model.result import Verdict
from compliance.policy.cases import problems_of, run_case, run_tests
from compliance.policy.lacking import lacking
from compliance.policy.load import load_books
from compliance.policy.mutants import mutation
from compliance.policy.removals import removal
from compliance.policy.rulefile import CaseSpec

ESTATE = load_books([files("policies") / "packs" / "estate"], {}).estate


def test_every_case_comes_out_as_it_says():
    outcomes = run_tests(ESTATE)
    assert len(outcomes) > 4 * len(ESTATE)
    assert not [problems_of(outcome) for outcome in outcomes if not outcome.passed]
    assert not list(lacking(ESTATE))


def test_every_operator_and_literal_is_noticed_by_a_test():
    found = mutation(ESTATE)
    assert found.mutants > 6 * len(ESTATE)
    assert not [(survivor.place, survivor.name) for survivor in found.unexplained]
    assert not found.stale


def test_what_is_not_declared_never_makes_another_verdict():
    assert not removal(ESTATE).leaks


@pytest.mark.parametrize("rule", sorted(ESTATE.loaded))
def test_a_rule_never_passes_an_estate_of_which_nothing_is_declared(rule):
    undeclared = CaseSpec(name="nothing declared", estate={}, expect=Verdict.UNKNOWN)
    assert run_case(ESTATE.schema, ESTATE[rule], 0, undeclared).passed
