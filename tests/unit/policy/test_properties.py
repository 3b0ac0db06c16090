"""Promises of the engine, tried on random expressions over random facts with holes."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.policy.cel.fast import fast
from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.parse import parse
from compliance.policy.cel.scope import root
from compliance.policy.cel.syntax import walk
from compliance.policy.cel.values import Failed, Missing
from compliance.policy.cel.write import written
from scanners import UNKNOWN
from tests.unit.policy.expressions import Thing, conditions, things, understood, with_holes

LONG = int(os.environ.get("COMPLIANCE_SOAK", "1"))
"""How many times as many examples as usual are tried; `make soak` tries more, and other ones each time."""
SOAKING = [pytest.mark.soak, pytest.mark.timeout(3600)] if LONG > 1 else []
pytestmark = SOAKING


def bounded(count):
    return settings(
        max_examples=count * LONG,
        deadline=None,
        derandomize=LONG == 1,
        database=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
    )


def slow(checked, thing):
    return Interpreter(checked).run(root({"t": thing}))


def test_what_is_not_known_is_not_known_to_be_in_an_empty_list_by_both_tiers():
    checked = understood("t.limit in t.numbers")
    thing = Thing(limit=UNKNOWN, numbers=())
    assert not fast(checked, {"t": thing})[1]
    assert isinstance(slow(checked, thing), Missing)


@bounded(400)
@given(conditions(), st.data())
def test_the_compiled_function_never_says_otherwise_than_the_interpreter(condition, data):
    checked = understood(condition)
    thing = data.draw(things)
    for facts in (thing, data.draw(with_holes(thing))):
        found, is_fast = fast(checked, {"t": facts})
        if is_fast:
            assert found is slow(checked, facts), condition


@bounded(400)
@given(conditions(), st.data())
def test_taking_facts_away_turns_a_verdict_into_unknown_or_leaves_it(condition, data):
    checked = understood(condition)
    thing = data.draw(things)
    less = data.draw(with_holes(thing))
    least = data.draw(with_holes(less))
    before = slow(checked, thing)
    for facts in (less, least):
        after = slow(checked, facts)
        if not isinstance(after, Missing):
            assert type(after) is type(before), condition
            assert isinstance(after, Failed) or after is before, condition
        before = after if not isinstance(after, Missing) else before
        if isinstance(after, Missing):
            assert after.paths, condition
            break


@bounded(300)
@given(conditions())
def test_what_is_written_again_parses_to_the_same(condition):
    checked = understood(condition)
    again = parse(written(checked.tree))
    assert written(again) == written(checked.tree)
    kinds = [[type(node) for node, _ in walk(tree)] for tree in (checked.tree, again)]
    assert kinds[0] == kinds[1]


def test_most_expressions_over_whole_facts_are_told_by_the_compiled_function():
    told = []

    @bounded(150)
    @given(conditions(), things)
    def look(condition, thing):
        told.append(fast(understood(condition), {"t": thing})[1])

    look()
    assert sum(told) > len(told) * 0.5
