"""Mutants and removals: what the tests of a rule do not notice, and what must never happen."""

import pytest

from compliance.model.result import Verdict
from compliance.policy import removals
from compliance.policy.cases import run_tests, stage
from compliance.policy.judge import Outcome
from compliance.policy.mutants import mutants_of, mutation
from compliance.policy.removals import removal, without_one
from tests.unit.policy.schemas import book_of

FLOOR = """
for_each: {e: host.tls.endpoints}
where: e.reached != 'not-tls'
require: e.dh_bits == 0 || e.dh_bits >= 2048
tests:
  - name: long
    host: {tls: {endpoints: [{locus: tcp/1, port: 1, reached: answered, dh_bits: 3072}]}}
    expect: pass
  - name: none
    host: {tls: {endpoints: [{locus: tcp/1, port: 1, reached: answered, dh_bits: 0}]}}
    expect: pass
  - name: short
    host: {tls: {endpoints: [{locus: tcp/1, port: 1, reached: answered, dh_bits: 1024}]}}
    expect: fail
    failing: [tcp/1]
"""
EDGES = """
  - name: edge
    host: {tls: {endpoints: [{locus: tcp/1, port: 1, reached: answered, dh_bits: 2048}]}}
    expect: pass
  - {name: off, host: {tls: {endpoints: [{locus: tcp/1, port: 1, reached: not-tls}]}}, expect: notapplicable}
"""


def names(found):
    return [survivor.name for survivor in found]


def test_every_operator_and_literal_is_changed_once(tmp_path):
    loaded = book_of(tmp_path, FLOOR)["a-rule"]
    assert [mutant.name for mutant in mutants_of(loaded)] == [
        "where: negated",
        "where: != becomes ==",
        "where: 'not-tls' becomes '_not-tls'",
        "require: == becomes !=",
        "require: 0 becomes 1",
        "require: || becomes &&",
        "require: >= becomes >",
        "require: >= becomes <",
        "require: 2048 becomes 2049",
    ]


def test_a_mutant_that_no_test_notices_survives_at_its_place(tmp_path):
    found = mutation(book_of(tmp_path, FLOOR))
    assert names(found.unexplained) == [
        "where: 'not-tls' becomes '_not-tls'",
        "require: >= becomes >",
        "require: 2048 becomes 2049",
    ]
    assert found.unexplained[1].place.endswith("r.yaml:13:42")


def test_the_tests_that_were_missing_kill_the_survivors(tmp_path):
    assert not mutation(book_of(tmp_path, FLOOR + EDGES)).survivors


def test_a_survivor_with_a_reason_is_explained_and_one_that_does_not_survive_is_stale(tmp_path):
    notes = """
mutants:
  - {change: "require: >= becomes >", reason: nobody has just 2048}
  - {change: "require: 2048 becomes 2049", reason: ""}
  - {change: "require: || becomes &&", reason: it does not survive}
"""
    found = mutation(book_of(tmp_path, FLOOR + notes))
    assert "require: >= becomes >" not in names(found.unexplained)
    assert "require: 2048 becomes 2049" in names(found.unexplained)
    assert names(found.stale) == ["require: || becomes &&"]


@pytest.mark.parametrize(
    ("require", "names"),
    [
        ("!host.declared", ["negated", "! dropped"]),
        (
            "host.tls.endpoints.all(e, e.port == 1)",
            ["negated", "all becomes exists", "== becomes !=", "1 becomes 2"],
        ),
        ("host.name in ['a']", ["negated", "'a' becomes '_a'"]),
        (
            "host.declared ? true : false",
            ["negated", "? : exchanged", "true becomes false", "false becomes true"],
        ),
        ("host.name.startsWith('a')", ["negated", "startsWith becomes endsWith", "'a' becomes '_a'"]),
    ],
)
def test_each_kind_of_part_has_its_change(tmp_path, require, names):
    loaded = book_of(tmp_path, f'require: "{require}"')["a-rule"]
    assert [mutant.name.removeprefix("require: ") for mutant in mutants_of(loaded)] == names


def test_facts_are_taken_away_one_at_a_time_and_nothing_leaks(tmp_path):
    book = book_of(tmp_path, FLOOR)
    loaded = book["a-rule"]
    assert [path for path, _ in without_one(stage(book.schema, loaded, loaded.spec.tests[0]))] == [
        "host.tls",
        "host.tls.endpoints",
        "the rest of host.tls.endpoints",
        "host.tls.endpoints[tcp/1].port",
        "host.tls.endpoints[tcp/1].reached",
        "host.tls.endpoints[tcp/1].server_name",
        "host.tls.endpoints[tcp/1].dh_bits",
    ]
    assert not removal(book).leaks


KEYED = """
for_each: {e: host.tls.endpoints}
require: e.port == 1
key: "port {e.port}"
tests:
  - {name: one, host: {tls: {endpoints: [{locus: tcp/1, port: 1, reached: answered}]}}, expect: pass}
"""


def test_a_key_that_rests_on_a_missing_fact_makes_the_verdict_unknown(tmp_path):
    assert removal(book_of(tmp_path, KEYED)).leaks == ()


def test_a_verdict_that_turns_into_another_is_a_leak(tmp_path):
    book = book_of(tmp_path, KEYED)
    loaded = book["a-rule"]
    staged = stage(book.schema, loaded, loaded.spec.tests[0])
    (passing,) = staged.outcomes(loaded)
    failing = Outcome(verdict=Verdict.FAIL, scope=passing.scope, key=passing.key, is_element=True)
    told = [leak.told for leak in removals._leaks(loaded, staged, "a.path", [passing], [failing])]
    assert told == ["the rule goes from pass to fail", "port 1 goes from pass to fail"]


def test_a_test_that_passes_without_a_judged_place_is_a_fault(tmp_path):
    body = """
for_each: {e: host.tls.endpoints}
require: e.port == 1
when_empty: pass
tests:
  - {name: none, host: {tls: {endpoints: []}}, expect: pass}
  - name: one
    host: {tls: {endpoints: [{locus: tcp/1, port: 1, reached: silent}]}}
    expect: pass
    passing: [tcp/2]
"""
    empty, wrong = run_tests(book_of(tmp_path, body))
    assert (empty.passed, empty.judged) == (True, 0)
    assert wrong.faults == ("expected to pass: tcp/2; passing are: tcp/1",)
    assert wrong.judged == 1
