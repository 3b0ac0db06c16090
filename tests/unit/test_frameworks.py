"""Framework files: what is read from one, and what is said of mistakes in it."""

from dataclasses import replace

import pytest

from compliance.model.errors import BadRule
from compliance.model.framework import Claim, EvidenceKind, Verifiable
from compliance.model.host import Scope
from compliance.policy.frameworks import load_frameworks

GOOD = """\
format: framework/v1
id: standard
title: Standard
version: 1.0
scope: cardholder-data
note: nothing more
groups:
  - {id: "1", title: First}
controls:
  - id: "1.1"
    title: What is wanted.
    group: "1"
    verifiable: partial
    evidence: measured
    applies_to: service-provider
    saq: [C, A-EP]
    superseded_by: "1.2"
    cadence_days: 92
    note: only on Sundays
    claims:
      - {rule: good-rule, reason: It bears on it.}
  - {id: "1.2", title: More., group: "1", verifiable: manual, evidence: declared}
"""
RULES = ("good-rule", "other-rule")


def loaded(tmp_path, text, name="standard.yaml"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return load_frameworks([tmp_path], RULES)


def test_a_framework_is_read_with_all_it_says(tmp_path):
    (found,) = loaded(tmp_path, GOOD.replace("1.0", '"1.0"'))
    assert (found.id, found.title, found.version, found.scope) == (
        "standard",
        "Standard",
        "1.0",
        Scope.CARDHOLDER_DATA,
    )
    first, second = found.controls
    assert first.claims == (Claim(rule="good-rule", reason="It bears on it."),)
    assert (first.verifiable, first.evidence) == (Verifiable.PARTIAL, EvidenceKind.MEASURED)
    assert (first.applies_to, first.saq, first.superseded_by) == ("service-provider", ("C", "A-EP"), "1.2")
    assert (first.cadence_days, first.note) == (92, "only on Sundays")
    assert second == replace(second, applies_to="all", saq=(), claims=(), cadence_days=None, note="")


def test_a_folder_that_is_not_there_holds_no_frameworks(tmp_path):
    assert load_frameworks([tmp_path / "nowhere"], RULES) == ()


@pytest.mark.parametrize(
    ("old", "new", "place", "text"),
    [
        (
            "rule: good-rule",
            "rule: god-rule",
            "21:16",
            "there is no rule 'god-rule'; did you mean 'good-rule'?",
        ),
        ("reason: It bears on it.", 'reason: " "', "21:35", "a claim needs its reason"),
        ('    group: "1"', '    group: "2"', "12:12", "there is no group '2'"),
        ('superseded_by: "1.2"', 'superseded_by: "9"', "17:20", "there is no control '9'"),
        ("verifiable: partial", "verifiable: mostly", "13:17", "mostly"),
        ("evidence: measured", "evidence: rumour", "14:15", "rumour"),
        ("scope: cardholder-data", "scope: cards", "5:8", "cards"),
        ("saq: [C, A-EP]", "saq: [C, Z]", "16:14", "Z"),
        ("cadence_days: 92", "cadence_days: 0", "18:19", "a cadence is at least one day"),
        ("cadence_days: 92", "cadence: 92", "18:5", "there is no field 'cadence'"),
        ("verifiable: partial", "verifiable: manual", "20:5", "no rule bears on 1.1, which people decide"),
        ("format: framework/v1", "format: framework/v2", "1:9", "framework/v2"),
        (
            "{rule: good-rule, reason: It bears on it.}",
            "{rule: good-rule}",
            "21:9",
            "the field 'reason' is missing",
        ),
    ],
)
def test_a_mistake_is_shown_where_it_stands(tmp_path, old, new, place, text):
    good = GOOD.replace("version: 1.0", 'version: "1.0"')
    assert old in good
    with pytest.raises(BadRule) as caught:
        loaded(tmp_path, good.replace(old, new, 1))
    head = caught.value.message.splitlines()[0]
    assert f"standard.yaml:{place}: " in head
    assert text in head


def test_the_same_control_does_not_stand_twice(tmp_path):
    more = GOOD + '  - {id: "1.1", title: Again., group: "1", verifiable: manual, evidence: declared}\n'
    with pytest.raises(BadRule, match=r":23:10: the control '1\.1' stands already in .*:10\n"):
        loaded(tmp_path, more.replace("version: 1.0", 'version: "1.0"'))


def test_the_same_rule_is_not_claimed_twice_for_a_control(tmp_path):
    claim = "      - {rule: good-rule, reason: It bears on it.}\n"
    with pytest.raises(BadRule, match="the claim for 'good-rule' stands already"):
        loaded(tmp_path, GOOD.replace("version: 1.0", 'version: "1.0"').replace(claim, claim * 2))


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path):
    good = GOOD.replace("version: 1.0", 'version: "1.0"')
    (tmp_path / "a.yaml").write_text(good, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(good.replace("good-rule", "no-rule"), encoding="utf-8")
    (tmp_path / "c.yaml").write_text("id: [", encoding="utf-8")
    with pytest.raises(BadRule) as caught:
        load_frameworks([tmp_path], RULES)
    heads = [line for line in caught.value.message.splitlines() if ".yaml:" in line.split(" ")[0]]
    assert len(heads) == 3
    assert "there is no rule 'no-rule'" in caught.value.message
    assert "the framework 'standard' stands already in" in caught.value.message
