"""Coverage: the numbers are those of the shipped rules, and what is missing is said."""

from dataclasses import replace

import pytest

from compliance.actions.coverage import Reach, coverage, coverage_document, told_totals, totals
from compliance.model.errors import UnknownName
from compliance.model.framework import Basis, Verifiable
from compliance.policy.assess import register_rule
from compliance.wiring import open_policies
from tests.schemas import DOCS, page

PCI, GDPR = "pci-dss-4.0.1", "gdpr"


@pytest.fixture(scope="module")
def policies():
    return open_policies(None)


@pytest.fixture(scope="module")
def covered(policies):
    return {(each.framework, each.control.id): each for each in coverage(policies)}


def test_the_page_of_coverage_is_what_the_command_says():
    assert (DOCS / "coverage.md").read_text(encoding="utf-8") == page(), "make schemas"


@pytest.mark.parametrize(("framework", "count"), [(PCI, 280), (GDPR, 68)])
def test_every_control_is_counted_once(policies, framework, count):
    found = coverage(policies, framework)
    assert sum(totals(found).values()) == len({each.control.id for each in found}) == count
    assert next(told_totals(found)).endswith(f", of {count}")


def test_a_control_is_decided_only_where_it_can_be_and_nothing_is_missing(covered):
    decided = [each for each in covered.values() if each.reach is Reach.DECIDED]
    assert decided
    assert all(each.control.verifiable is Verifiable.FULL and not each.missing for each in decided)
    short = [
        each
        for each in covered.values()
        if each.control.verifiable is Verifiable.FULL and each not in decided
    ]
    assert all(each.missing for each in short), "each shortfall says what is missing"


def test_no_manual_control_is_measured_and_all_are_tracked(covered):
    manual = [each for each in covered.values() if each.control.verifiable is Verifiable.MANUAL]
    assert {each.reach for each in manual} == {Reach.TRACKED}


def test_what_is_not_reached_names_all_that_there_is_to_check(covered):
    for each in covered.values():
        if each.reach is Reach.NOT_REACHED:
            assert not each.rules
            assert each.missing == tuple(check.text for check in each.control.checks)


def test_a_profile_with_fewer_rules_reaches_less(policies):
    everything, some = totals(coverage(policies, PCI)), totals(coverage(policies, PCI, "network"))
    assert some["measured"] < everything["measured"]
    assert some["tracked"] + some["not-reached"] > everything["tracked"] + everything["not-reached"]


def test_a_rule_that_is_not_in_force_leaves_its_check_missing(policies, covered):
    whole = covered[PCI, "8.3.7"]
    assert whole.reach is Reach.DECIDED
    without = replace(
        policies, profiles={"p": replace(policies.profiles["host"], rules=("accounts-root-only",))}
    )
    (less,) = [each for each in coverage(without, PCI, "p") if each.control.id == "8.3.7"]
    assert less.reach is Reach.NOT_REACHED
    assert less.missing == tuple(check.text for check in whole.control.checks)


def test_every_rule_of_a_check_bears_on_its_control(policies):
    for framework in policies.frameworks:
        for control in framework.controls:
            bears = {claim.rule for claim in control.claims}
            bears |= {register_rule(control.register.kind)} if control.register else set()
            stray = {rule for check in control.checks for rule in check.rules} - bears
            assert not stray, f"{control.id}: claim {stray} in the framework, with the reason"


def test_every_register_that_a_control_names_has_its_rule(policies):
    registers = [
        control.register
        for framework in policies.frameworks
        for control in framework.controls
        if control.register
    ]
    assert {register_rule(register.kind) for register in registers} <= set(policies.estate.loaded)
    assert {register.days for register in registers if register.basis is Basis.OURS} == {366}


def test_twenty_nine_requirements_are_closed_to_the_customised_approach(policies):
    (pci,) = [each for each in policies.frameworks if each.id == PCI]
    closed = {control.id for control in pci.controls if not control.is_customisable}
    assert len(closed) == 29
    assert {"3.3.1", "3.3.2", "11.3.2", "A2.1.1", "A3.5.1"} <= closed


def test_a_framework_or_profile_that_is_not_there_is_told(policies):
    with pytest.raises(UnknownName):
        coverage(policies, "pci")
    with pytest.raises(UnknownName):
        coverage(policies, PCI, "nobody")


def test_the_document_names_rules_and_what_is_missing(policies):
    text = coverage_document(coverage(policies, GDPR)).decode()
    assert '"coverage": "tracked"' in text
    assert '"format": "coverage/v1"' in text
