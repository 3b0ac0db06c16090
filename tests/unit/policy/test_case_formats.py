"""The outcome of rule tests as lines, TAP and JUnit."""

from xml.etree import ElementTree as ET

import yaml

from compliance.model.result import Verdict
from compliance.policy.case_formats import FORMATS
from compliance.policy.cases import CaseOutcome

FINE = CaseOutcome(
    rule="a-rule", name="good # one", place="r.yaml:3", faults=(), verdict=Verdict.PASS, judged=1
)
BAD = CaseOutcome(
    rule="b-rule",
    name="bad <&>",
    place="r.yaml:9",
    faults=("expected fail, the rule says pass\x1b[31m",),
    verdict=Verdict.PASS,
    judged=2,
)


def test_lines_say_the_verdict_the_places_and_what_is_wrong():
    assert FORMATS["plain"]([FINE, BAD]) == (
        "ok      a-rule: good # one: pass, 1 place judged\n"
        "FAILED  b-rule: bad <&>: pass, 2 places judged\n"
        "        r.yaml:9\n"
        "        expected fail, the rule says pass\\x1b[31m\n"
    )


def test_tap_has_a_plan_and_yaml_below_what_failed():
    version, plan, good, bad, *rest = FORMATS["tap"]([FINE, BAD]).splitlines()
    assert (version, plan) == ("TAP version 14", "1..2")
    assert good == "ok 1 - a-rule: good \\# one: pass, 1 place judged"
    assert bad.startswith("not ok 2 - b-rule: ")
    assert rest[0].strip() == "---"
    told = yaml.safe_load("\n".join(rest[1:-1]))
    assert told == {"at": "r.yaml:9", "faults": ["expected fail, the rule says pass\\x1b[31m"]}


def test_junit_is_xml_with_a_suite_for_each_rule():
    root = ET.fromstring(FORMATS["junit"]([FINE, BAD]))
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert [suite.get("name") for suite in root] == ["a-rule", "b-rule"]
    (failure,) = root.iter("failure")
    assert failure.text == "expected fail, the rule says pass\\x1b[31m"
    assert [case.get("line") for case in root.iter("testcase")] == ["3", "9"]
