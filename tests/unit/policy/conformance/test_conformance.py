"""The CEL specification's own tests: those that rules can need pass; a manifest says of the rest why not."""

import pytest

from tests.unit.policy.conformance.cases import FOLDER, all_cases, compiled, excluded, interpreted, outcome

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the specification's test files are not at {FOLDER}"
)

TIERS = {"slow": interpreted, "fast": compiled}
CORE_SHARE = 0.99


@pytest.fixture(scope="module")
def cases():
    return all_cases()


@pytest.mark.parametrize("tier", TIERS)
def test_every_test_that_is_not_excluded_passes(cases, tier):
    left_out = excluded()
    wrong = {
        case.id: found for case in cases if case.id not in left_out and (found := outcome(case, TIERS[tier]))
    }
    assert wrong == {}
    assert len(cases) - len(left_out) > 1300


def test_the_manifest_names_only_tests_that_exist_and_would_not_pass(cases):
    left_out = excluded()
    assert set(left_out) <= {case.id for case in cases}
    assert [case.id for case in cases if case.id in left_out and not outcome(case, interpreted)] == []
    assert all(left_out.values())


@pytest.mark.parametrize("tier", TIERS)
def test_of_the_core_language_at_least_99_in_100_tests_pass(cases, tier):
    """Core is what needs no messages and no extension; what is missed of it is marked in the manifest."""
    left_out = excluded()
    missed = {test for test, reason in left_out.items() if reason.startswith("missed:")}
    core = [c for c in cases if not c.file.endswith("_ext") and (c.id not in left_out or c.id in missed)]
    passed = sum(not outcome(case, TIERS[tier]) for case in core)
    print(f"{tier} tier: {passed} of {len(core)} core tests pass ({100 * passed / len(core):.2f} %)")
    assert len(core) >= 1060
    assert passed / len(core) >= CORE_SHARE
    assert passed == len(core) - len(missed)
