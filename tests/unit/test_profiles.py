"""Profile files: what they select, leave out and set, and what is said of mistakes in them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from compliance.model.errors import BadRule
from compliance.model.host import Address, Host
from compliance.model.observation import Seen, Task
from compliance.model.profile import LeftOut
from compliance.model.result import Verdict
from compliance.model.rule import Severity
from compliance.policy.effective import effective
from compliance.policy.evaluate import Subject, evaluate
from compliance.policy.load import load_rules
from compliance.policy.profiles import load_profiles, tailored
from compliance.policy.rulebook import RuleBook
from compliance.policy.tailoring import Asked, results_by, stricter
from scanners.tls.facts import Endpoint, TlsFacts

RULES = """\
format: rules/v1
pack: lamps
version: 1.0.0
rules:
  - id: lamp-bright
    title: Lamps are bright
    severity: low
    tags: [light]
    rationale: One sees more.
    remediation: Turn it up.
    params:
      least: {type: int, default: 3, at_least: 1, at_most: 9, doc: how bright}
    for_each: {e: host.tls.endpoints}
    require: e.port >= params.least
  - id: lamp-clean
    title: Lamps are clean
    severity: low
    tags: [care]
    rationale: One sees more.
    remediation: Wipe it.
    for_each: {e: host.tls.endpoints}
    require: e.port > 0
"""
GOOD = """\
format: profile/v1
id: night
title: At night
select:
  - pack: lamps
unselect:
  - {rule: lamp-clean, reason: nobody sees the dust}
set:
  lamp-bright.least: 5
"""


@pytest.fixture
def book(tmp_path) -> RuleBook:
    path = tmp_path / "lamps.yaml"
    path.write_text(RULES, encoding="utf-8")
    return load_rules([path], {"tls": TlsFacts})


def profiles(tmp_path, text, book):
    folder = tmp_path / "profiles"
    folder.mkdir(exist_ok=True)
    (folder / "night.yaml").write_text(text, encoding="utf-8")
    return load_profiles([folder], book)


def test_a_profile_selects_leaves_out_and_sets(tmp_path, book):
    (profile,) = profiles(tmp_path, GOOD, book)
    assert profile.rules == ("lamp-bright",)
    assert profile.left_out == (LeftOut(rule="lamp-clean", reason="nobody sees the dust"),)
    assert profile.params == {"lamp-bright": {"least": 5}}


def test_a_tailored_book_has_the_rules_and_limits_of_the_profile(tmp_path, book):
    (profile,) = profiles(tmp_path, GOOD, book)
    own = tailored(profile, book)
    assert [rule.id for rule in own] == ["lamp-bright"]
    assert own["lamp-bright"].params["least"] == 5
    assert book["lamp-bright"].params["least"] == 3


def test_tags_and_single_rules_add_up(tmp_path, book):
    text = GOOD.replace("  - pack: lamps\n", "  - tag: light\n  - rule: lamp-clean\n")
    (profile,) = profiles(tmp_path, text, book)
    assert {*profile.rules, *(out.rule for out in profile.left_out)} == {"lamp-bright", "lamp-clean"}


@pytest.mark.parametrize(
    ("old", "new", "place", "text"),
    [
        ("pack: lamps", "pack: lamp", "5:11", "there is no pack 'lamp'; did you mean 'lamps'?"),
        ("pack: lamps", "tag: ligt", "5:10", "there is no tag 'ligt'; did you mean 'light'?"),
        ("- pack: lamps", "- {pack: lamps, tag: light}", "5:5", "one pack, one tag or one rule"),
        ("rule: lamp-clean", "rule: lamp-clear", "7:12", "the rule 'lamp-clear' is not selected"),
        ("nobody sees the dust", '""', "7:32", "what is left out needs its reason"),
        ("- pack: lamps", "- rule: lamp-clean", "5:3", "a profile that selects nothing"),
        ("lamp-bright.least", "lamp-bright.lest", "9:3", "has no parameter 'lest'; did you mean 'least'?"),
        ("lamp-bright.least", "lamp-dark.least", "9:3", "there is no rule 'lamp-dark'"),
        ("least: 5", "least: 10", "9:22", "10 is more than 9"),
        ("least: 5", "least: much", "9:22", "'much' is no int"),
        ("title: At night", "name: At night", "3:1", "there is no field 'name'"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(tmp_path, book, old, new, place, text):
    assert old in GOOD
    with pytest.raises(BadRule) as caught:
        profiles(tmp_path, GOOD.replace(old, new, 1), book)
    heads = [line for line in caught.value.message.splitlines() if "night.yaml:" in line]
    assert any(f"night.yaml:{place}: " in head and text in head for head in heads), heads


def test_two_profiles_of_one_name_are_a_mistake(tmp_path, book):
    profiles(tmp_path, GOOD, book)
    (tmp_path / "profiles" / "other.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadRule, match="there is another profile 'night'"):
        load_profiles([tmp_path / "profiles"], book)


CHILD = """\
format: profile/v1
id: deep-night
title: Deep at night
extends: [night]
"""


def family(tmp_path, book, *texts):
    folder = tmp_path / "family"
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"p{number}.yaml").write_text(text, encoding="utf-8")
    return {profile.id: profile for profile in load_profiles([folder], book)}


def mistakes(tmp_path, book, *texts):
    with pytest.raises(BadRule) as caught:
        family(tmp_path, book, *texts)
    return [line for line in caught.value.message.splitlines() if ".yaml:" in line]


def test_a_child_has_what_its_parent_has(tmp_path, book):
    found = family(tmp_path, book, CHILD, GOOD)
    child, parent = found["deep-night"], found["night"]
    assert (child.rules, child.left_out, child.params) == (parent.rules, parent.left_out, parent.params)


def test_a_child_wins_over_its_parent(tmp_path, book):
    more = "select: [{rule: lamp-clean}]\nset: {lamp-bright.least: 7}\n"
    child = family(tmp_path, book, CHILD + more, GOOD)["deep-night"]
    assert child.rules == ("lamp-bright", "lamp-clean")
    assert not child.left_out
    assert child.params == {"lamp-bright": {"least": 7}}
    assert child.sources["set lamp-bright.least"] == "family/p0.yaml:6"
    assert child.sources["rule lamp-bright"] == "family/p1.yaml:5"


def test_severities_are_refined_and_what_is_unknown_may_fail(tmp_path, book):
    more = "refine: {lamp-bright: {severity: critical}}\nunknown_as: {critical: fail}\n"
    child = family(tmp_path, book, CHILD + more, GOOD)["deep-night"]
    assert tailored(child, book)["lamp-bright"].rule.severity == "critical"
    assert child.unknown_fails == {Severity.CRITICAL}


def test_scopes_of_parent_and_child_must_both_hold(tmp_path, book):
    found = family(
        tmp_path, book, CHILD + "scope: host.role == 'lamp'\n", GOOD + "scope: host.zone == 'cde'\n"
    )
    assert found["deep-night"].scopes == ("host.zone == 'cde'", "host.role == 'lamp'")


OTHER = GOOD.replace("id: night", "id: day").replace("least: 5", "least: 6")
BOTH = CHILD.replace("[night]", "[night, day]")


def test_parents_that_set_differently_need_a_child_that_decides(tmp_path, book):
    (head,) = mistakes(tmp_path, book, BOTH, GOOD, OTHER)
    assert head == (
        "family/p0.yaml:4:1: lamp-bright.least: family/p1.yaml:9 and family/p2.yaml:9 differ; set it here"
    )


def test_a_child_that_decides_settles_it(tmp_path, book):
    child = family(tmp_path, book, BOTH + "set: {lamp-bright.least: 1}\n", GOOD, OTHER)["deep-night"]
    assert child.params == {"lamp-bright": {"least": 1}}


def test_parents_that_disagree_about_a_rule_need_a_child_that_decides(tmp_path, book):
    other = GOOD.replace("id: night", "id: day").replace("unselect:", "set: {}\nx:")
    other = other[: other.index("set: {}")]
    (head,) = mistakes(tmp_path, book, BOTH, GOOD, other)
    assert "lamp-clean: family/p1.yaml:7 and family/p2.yaml:5 differ; select or unselect it here" in head


def test_two_ways_to_one_ancestor_are_no_conflict(tmp_path, book):
    left = CHILD.replace("deep-night", "left")
    right = CHILD.replace("deep-night", "right")
    last = CHILD.replace("[night]", "[left, right]")
    assert family(tmp_path, book, GOOD, left, right, last)["deep-night"].params == {
        "lamp-bright": {"least": 5}
    }


@pytest.mark.parametrize(
    ("child", "text"),
    [
        (
            CHILD.replace("[night]", "[nigth]"),
            "p0.yaml:4:11: there is no profile 'nigth'; did you mean 'night'?",
        ),
        (CHILD.replace("[night]", "[deep-night]"), "cannot extend itself: deep-night -> deep-night"),
        (CHILD + "refine: {lamp-dim: {severity: low}}\n", "p0.yaml:5:10: there is no rule 'lamp-dim'"),
        (CHILD + "refine: {lamp-bright: {require: x}}\n", "there is no field 'require'"),
        (CHILD + "unknown_as: {critical: pass}\n", "invalid enum value 'pass'"),
        (CHILD + "scope: host.zon == 'x'\n", "p0.yaml:5:13: host has no field 'zon'"),
        (CHILD + "scope: host.zone\n", "this must be bool, not string"),
    ],
)
def test_mistakes_of_a_child_are_shown_where_they_stand(tmp_path, book, child, text):
    heads = mistakes(tmp_path, book, child, GOOD)
    assert any(text in head for head in heads), heads


def test_a_circle_of_profiles_is_named_once_and_whole(tmp_path, book):
    heads = mistakes(tmp_path, book, CHILD, GOOD.replace("select:", "extends: [deep-night]\nselect:", 1))
    assert [head.split(": ", 1)[1] for head in heads if "itself" in head] == [
        "a profile cannot extend itself: deep-night -> night -> deep-night"
    ]


def results(profile, book, host, *facts):
    seen = [Seen(task=Task(host=host.name, scanner="tls"), at=AT, facts=TlsFacts(endpoints=e)) for e in facts]
    own = tailored(profile, book)
    asked = Asked(profile=profile, own=own, everything=book, scanners=frozenset({"tls"}))
    found = results_by(asked, Subject(host=host, observations=seen))
    return [(r.rule, r.verdict.value, r.message) for r in found]


AT = datetime(2026, 1, 1, tzinfo=UTC)
KIOSK = Host(name="kiosk-7", address=Address("127.0.0.1"), zone="cde")
PORT = Endpoint(locus="tcp/9", port=9, reached="answered")


def test_what_is_left_out_gives_notselected_with_the_reason(tmp_path, book):
    found = results(family(tmp_path, book, GOOD)["night"], book, KIOSK, (PORT,))
    assert found == [
        ("lamp-bright", "pass", "Lamps are bright"),
        ("lamp-clean", "notselected", "left out by the profile: nobody sees the dust"),
    ]


@pytest.mark.parametrize(
    ("zone", "verdict", "message"),
    [
        ("cde", "pass", "Lamps are bright"),
        ("guest", "notapplicable", "the profile night does not speak of this host"),
        (None, "unknown", "whether the profile night speaks of it is not known: zone is not declared"),
    ],
)
def test_a_profile_speaks_of_the_hosts_in_its_scope(tmp_path, book, zone, verdict, message):
    profile = family(tmp_path, book, GOOD + "scope: host.zone == 'cde'\n")["night"]
    first, _ = results(profile, book, replace(KIOSK, zone=zone), (PORT,))
    assert first == ("lamp-bright", verdict, message)


def test_only_what_is_unknown_and_of_that_severity_becomes_a_failure(tmp_path, book):
    profile = family(tmp_path, book, GOOD + "unknown_as: {low: fail}\n")["night"]
    subject = Subject(host=KIOSK, observations=[])
    raw = tuple(evaluate(tailored(profile, book), subject))
    assert [result.verdict for result in raw] == [Verdict.UNKNOWN]
    (strict,) = stricter(profile, raw)
    assert (strict.verdict, strict.message) == (
        Verdict.FAIL, "not seen, which here counts as failing: tls was not seen: no scan looked",
    )  # fmt: skip
    assert stricter(replace(profile, unknown_fails=frozenset({Severity.HIGH})), raw) == raw


def test_every_value_in_force_is_told_with_its_place(tmp_path, book):
    more = "refine: {lamp-bright: {severity: high}}\nscope: host.zone == 'cde'\n"
    profile = family(tmp_path, book, CHILD + more, GOOD)["deep-night"]
    told = {one.name: one for one in effective(profile, book["lamp-bright"])}
    assert (told["severity"].value, told["severity"].instead_of) == ("high", "low")
    assert told["severity"].place == "family/p0.yaml:5"
    assert (told["params.least"].value, told["params.least"].place) == ("5", "family/p1.yaml:9")
    assert told["scope"].place == "family/p0.yaml:6"
    assert told["require"].place.endswith("lamps.yaml:14")
    assert (told["when_empty"].value, told["when_empty"].place) == ("notapplicable", "")
    left_out = {one.name: one for one in effective(profile, book["lamp-clean"])}
    assert left_out["selected"].value == "no: nobody sees the dust"


def test_a_questionnaire_must_be_one_of_a_framework_that_there_is(tmp_path, book):
    text = GOOD + "questionnaire: {framework: pci, name: B-IP}\n"
    with pytest.raises(BadRule, match=r"night.yaml:\d+:\d+: there is no framework 'pci'"):
        profiles(tmp_path, text, book)
    with pytest.raises(BadRule, match=r"night.yaml:\d+:\d+:.*'SAQ-9'"):
        profiles(tmp_path, text.replace("B-IP", "SAQ-9"), book)
