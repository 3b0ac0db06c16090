"""Everything that is shipped in policies/: each rule by its own cases, the frameworks and the profiles."""

from collections import Counter
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from compliance.model.framework import EvidenceKind, Framework, Questionnaire, Verifiable, narrowed
from compliance.model.result import Verdict
from compliance.model.rule import Severity
from compliance.model.vulnerability import VulnerabilityFacts
from compliance.policy.cases import problems_of, run_case, run_tests
from compliance.policy.frameworks import load_frameworks
from compliance.policy.lacking import lacking
from compliance.policy.load import Books, load_books, load_rules
from compliance.policy.mutants import mutation
from compliance.policy.profiles import load_profiles, tailored
from compliance.policy.removals import removal
from compliance.policy.rulebook import RuleBook
from compliance.policy.rulefile import CaseSpec
from compliance.policy.waiverfile import load_waivers
from scanners.config.facts import ConfigFacts
from scanners.discovery.facts import DiscoveryFacts
from scanners.dns.facts import DnsFacts
from scanners.http.facts import HttpFacts
from scanners.packages import PackageFacts
from scanners.ports import PortsFacts
from scanners.reach import ReachFacts
from scanners.services.facts import ServicesFacts
from scanners.ssh import SshFacts
from scanners.tls.facts import TlsFacts

FACTS = {
    "ports": PortsFacts,
    "tls": TlsFacts,
    "packages": PackageFacts,
    "config": ConfigFacts,
    "ssh": SshFacts,
    "http": HttpFacts,
    "services": ServicesFacts,
    "dns": DnsFacts,
    "vulnerabilities": VulnerabilityFacts,
    "reach": ReachFacts,
    "discovery": DiscoveryFacts,
}
POLICIES = files("policies")
UNCLAIMED = {
    "tls-certificate-lifetime": "a limit of browsers and authorities; no control names one",
    "tls-certificate-transparency": "what browsers ask of public authorities; no control does",
    "tls-chain-sent": "some clients mend such a chain; whether it is trusted is another rule's",
    "tls-hello-tolerance": "it keeps clients from what is newer; no control asks for that",
    "tls-staple-sent": "a courtesy to clients where OCSP is still run; no control asks for it",
    "camera-clash-none": "it tells that two laws pull apart, and neither of them is broken by that",
    "reach-flows-open": "a flow that nobody uses is no breach; reviews of rules want to know of it",
    "reach-saq-c-alone": "a condition of questionnaire C; no control says what premises may be linked",
    "parking-saq-c-no-tunnel": "a condition of questionnaire C; no control says what premises may be linked",
    "parking-p2pe-listed": "a condition of questionnaire P2PE; the listing is no control of the operator's",
    "ssh-host-certificate-valid": "no control names the dates of a host's certificate for ssh",
    "sshd-password-login": "no control asks for keys, and a key is not yet a second factor",
}
"""Rules that no control is claimed by on purpose, with the reason."""
LONGEST_TITLE = 140


@cache
def books() -> Books:
    return load_books([POLICIES / "packs"], FACTS)


@cache
def book() -> RuleBook:
    return books().hosts


@cache
def frameworks() -> dict[str, Framework]:
    found = load_frameworks(
        [POLICIES / "frameworks"],
        tuple(rule.id for each in books() for rule in each),
        declared=tuple(books().estate.loaded),
        checks=POLICIES / "checks",
    )
    return {framework.id: framework for framework in found}


RULES = sorted(rule.id for rule in book())


@pytest.mark.parametrize("rule", RULES)
def test_every_case_of_a_rule_comes_out_as_it_says(rule):
    outcomes = run_tests(book(), [rule])
    assert outcomes
    assert not [problems_of(outcome) for outcome in outcomes if not outcome.passed]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_shown_passing_failing_not_seen_and_empty(rule):
    loaded = book()[rule]
    cases = loaded.spec.tests
    expected = Counter(case.expect for case in cases)
    assert expected[Verdict.PASS]
    assert expected[Verdict.FAIL]
    assert expected[Verdict.UNKNOWN]
    if loaded.loop is None:
        return
    assert all(case.failing for case in cases if case.expect is Verdict.FAIL), "a failing case names its keys"
    assert any(_has_an_empty_list(case.host) for case in cases), "an empty case is missing"


def _has_an_empty_list(value):
    if isinstance(value, dict):
        return any(_has_an_empty_list(inner) for inner in value.values())
    return value == []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_tells_a_person_what_is_right_why_and_what_to_type(rule):
    loaded = book()[rule]
    assert loaded.rule.title
    assert not loaded.rule.title.endswith(".")
    assert len(loaded.rule.title) <= LONGEST_TITLE
    assert len(loaded.rule.rationale) > len("because")
    assert loaded.rule.remediation
    assert loaded.message is not None
    assert loaded.evidence
    assert all(spec.doc for spec in loaded.spec.params.values()), "a parameter says what it is"


def test_no_rule_lacks_a_kind_of_test():
    assert not list(lacking(book()))


def test_every_operator_and_literal_of_a_rule_is_noticed_by_a_test_or_explained():
    found = mutation(book())
    assert found.mutants > 6 * len(book())
    assert not [(survivor.place, survivor.name) for survivor in found.unexplained]
    assert not [(survivor.place, survivor.name) for survivor in found.stale]
    assert len(found.survivors) <= 10, "an explanation is for what no test could notice"


def test_a_fact_that_is_not_seen_never_makes_another_verdict():
    found = removal(book())
    assert found.removals > 2000
    assert not found.leaks


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_never_passes_a_host_that_nobody_looked_at(rule):
    unseen = CaseSpec(name="nobody looked", host={}, expect=Verdict.UNKNOWN)
    assert run_case(book().schema, book()[rule], 0, unseen).passed


def test_each_family_of_scanners_has_rules_and_they_are_many():
    packs = Counter(rule.pack for rule in book())
    of_estate = {"fleet", "estate"}
    folders = {path.name for path in (POLICIES / "packs").iterdir() if path.is_dir()}
    assert set(packs) == folders - of_estate
    assert min(packs.values()) >= 5
    assert len(book()) >= 100


def test_every_rule_is_claimed_by_a_control_or_left_out_on_purpose():
    claimed = {
        claim.rule
        for framework in frameworks().values()
        for control in framework.controls
        for claim in control.claims
    }
    assert set(RULES) - claimed == set(UNCLAIMED)


@pytest.mark.parametrize(
    ("framework", "full", "partial", "manual"),
    [("pci-dss-4.0.1", 38, 144, 98), ("gdpr", 0, 31, 37)],
)
def test_a_framework_holds_all_its_controls(framework, full, partial, manual):
    controls = frameworks()[framework].controls
    count = Counter(control.verifiable for control in controls)
    assert (count[Verifiable.FULL], count[Verifiable.PARTIAL], count[Verifiable.MANUAL]) == (
        full,
        partial,
        manual,
    )
    assert len(controls) == full + partial + manual
    assert all(control.title.endswith(".") and len(control.title) <= LONGEST_TITLE for control in controls)


def test_the_requirements_stand_in_their_groups():
    count = Counter(control.group for control in frameworks()["pci-dss-4.0.1"].controls)
    by_group = {"1": 19, "2": 11, "3": 29, "4": 6, "5": 13, "6": 19, "7": 12, "8": 29, "9": 27, "10": 27}
    assert count == by_group | {"11": 21, "12": 37, "A1": 7, "A2": 3, "A3": 20}


def test_superseded_requirements_name_their_heirs():
    found = {c.id: c.superseded_by for c in frameworks()["pci-dss-4.0.1"].controls if c.superseded_by}
    assert found == {"6.4.1": "6.4.2", "8.3.10": "8.3.10.1", "10.7.1": "10.7.2"}


def test_questionnaires_hold_as_many_requirements_as_were_counted():
    saqs = Counter(saq for control in frameworks()["pci-dss-4.0.1"].controls for saq in control.saq)
    assert saqs == {"P2PE": 21, "B-IP": 50, "C": 124, "A": 27, "A-EP": 139}


def test_nothing_that_rests_on_a_register_alone_claims_a_rule():
    for framework in frameworks().values():
        for control in framework.controls:
            observing = [claim.rule for claim in control.claims if claim.rule not in books().estate]
            assert control.evidence is not EvidenceKind.DECLARED or not observing, control.id


def test_limits_of_the_standard_are_the_defaults():
    limits = {
        ("passwords-lockout", "tries"): 10,
        ("passwords-lockout", "seconds"): 30 * 60,
        ("passwords-length", "length"): 12,
        ("passwords-history", "count"): 4,
        ("accounts-password-age", "days"): 90,
        ("sshd-idle-timeout", "seconds"): 15 * 60,
        ("tls-suite-strength", "bits"): 112,
    }
    assert {name: book()[name[0]].params[name[1]] for name in limits} == limits
    assert all("PCI DSS 4.0.1" in book()[rule].spec.params[param].doc for rule, param in limits)


def test_profiles_select_what_they_say():
    loaded = load_profiles([POLICIES / "profiles"], book(), frameworks().values())
    profiles = {profile.id: profile for profile in loaded}
    by_hand = {name for name, profile in profiles.items() if not profile.questionnaires}
    narrow = {"network", "host", "segmentation", "discovery", "parking"}
    assert by_hand == {"default", "payment-terminal", "everything", *narrow}
    searching = {rule.id for rule in book() if rule.pack == "discovery"}
    looking = {rule.id for rule in book() if rule.pack == "reach"}
    assert set(profiles["default"].rules) == set(RULES) - searching - looking
    read = {scanner for name in profiles["default"].rules for scanner in book()[name].rule.scanners}
    assert not read & {"reach", "discovery"}, "they ask much of a host or of others, and are sent on request"
    parts = [set(profiles[name].rules) for name in narrow]
    assert set.union(*parts) == set(RULES)
    assert {rule.pack for rule in tailored(profiles["segmentation"], book())} == {"reach"}
    assert {rule.pack for rule in tailored(profiles["network"], book())} == {
        "ports",
        "tls",
        "ssh",
        "http",
        "services",
        "dns",
    }
    assert {rule.pack for rule in tailored(profiles["host"], book())} == {
        "packages",
        "vulnerabilities",
        "config",
        "kiosk",
    }
    outside = {*profiles["network"].rules, *profiles["parking"].rules}
    assert set(profiles["payment-terminal"].rules) < outside


QUESTIONNAIRES = {
    Questionnaire.P2PE: 21,
    Questionnaire.B_IP: 50,
    Questionnaire.C: 124,
    Questionnaire.A: 27,
    Questionnaire.A_EP: 138,
    Questionnaire.D_MERCHANT: 233,
    Questionnaire.D_SERVICE_PROVIDER: 256,
}
"""How many controls each contains that are in force."""


@pytest.mark.parametrize(("questionnaire", "count"), QUESTIONNAIRES.items())
def test_a_framework_is_narrowed_to_the_controls_of_a_questionnaire(questionnaire, count):
    whole = frameworks()["pci-dss-4.0.1"]
    asked = narrowed(whole, questionnaire)
    assert len(asked.controls) == count
    assert {group.id for group in asked.groups} == {control.group for control in asked.controls}
    assert narrowed(whole, None) == whole


def test_the_profile_of_a_questionnaire_selects_the_rules_that_bear_on_its_controls():
    loaded = load_profiles([POLICIES / "profiles"], book(), frameworks().values())
    profiles = {profile.id: profile for profile in loaded}
    terminal = profiles["saq-b-ip"]
    assert terminal.questionnaires == {"pci-dss-4.0.1": Questionnaire.B_IP}
    asked = narrowed(frameworks()["pci-dss-4.0.1"], Questionnaire.B_IP)
    claimed = {claim.rule for control in asked.controls for claim in control.claims}
    assert set(terminal.rules) == (claimed & set(RULES)) | {"parking-kiosk-no-gateway"}
    assert {"parking-saq-c-no-tunnel", "reach-saq-c-alone"} <= set(profiles["saq-c"].rules)
    assert {"parking-p2pe-listed", "discovery-card-numbers"} <= set(profiles["saq-p2pe"].rules)
    assert set(terminal.rules) < set(profiles["saq-d-merchant"].rules)


def test_the_example_of_the_documentation_loads_and_passes_its_own_cases(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
    shown = load_rules([tmp_path], FACTS)
    outcomes = run_tests(shown)
    assert {outcome.name for outcome in outcomes} >= {"modern", "one old endpoint", "silent endpoint"}
    assert not [problems_of(outcome) for outcome in outcomes if not outcome.passed]
    assert all(rule.severity is Severity.HIGH for rule in shown)


def test_the_example_of_a_waiver_in_the_documentation_loads(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "waivers.md").read_text(encoding="utf-8")
    example = tmp_path / "example.yaml"
    example.write_text(text.split("```yaml\n", 1)[1].split("```", 1)[0], encoding="utf-8")
    (loaded,) = load_waivers([example], book())
    assert loaded.waiver.compensating_rule in RULES
    assert loaded.subject is not None


def test_the_example_of_a_profile_in_the_documentation_loads(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
    folders = [POLICIES / "profiles", tmp_path]
    loaded = load_profiles(folders, book(), frameworks().values())
    acme = {profile.id: profile for profile in loaded}["acme-pci"]
    assert acme.left_out
    assert acme.severities


def test_the_limits_by_country_and_purpose_are_the_same_in_every_rule():
    names = {"camera-clash-none": "table"}
    rules = ("retention-folders-lawful", "retention-stores-lawful", "discovery-images-lawful", *names)
    tables = [book()[rule].params[names.get(rule, "days")] for rule in rules]
    assert tables[0]
    assert all(table == tables[0] for table in tables)
