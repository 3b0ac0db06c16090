"""Profile files: what they select, leave out and set, and what is said of mistakes in them."""

import pytest

from compliance.model.errors import BadRule
from compliance.model.profile import LeftOut
from compliance.policy.load import load_rules
from compliance.policy.profiles import load_profiles, tailored
from compliance.policy.rulebook import RuleBook
from scanners.tls.facts import TlsFacts

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
