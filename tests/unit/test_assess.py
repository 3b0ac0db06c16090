"""A framework seen through results: what may be said of a control, and what must not."""

import pytest

from compliance.model.framework import (
    Claim,
    Control,
    ControlStatus,
    EvidenceKind,
    Framework,
    Group,
    Status,
    Verifiable,
)
from compliance.model.host import Address, Host, Scope
from compliance.model.result import Result, Verdict
from compliance.model.rule import Severity
from compliance.policy.assess import assess

KIOSK = Host(name="kiosk", address=Address("192.0.2.1"))
SERVER = Host(name="server", address=Address("192.0.2.2"))
CAMERA = Host(name="camera", address=Address("192.0.2.3"), scopes=frozenset({Scope.PERSONAL_DATA}))


def framework(*rules: str) -> Framework:
    return Framework(
        id="standard",
        title="Standard",
        version="1",
        scope=Scope.CARDHOLDER_DATA,
        groups=(Group(id="1", title="First"),),
        controls=(
            Control(
                id="1.1",
                title="What is wanted.",
                group="1",
                verifiable=Verifiable.FULL,
                evidence=EvidenceKind.MEASURED,
                claims=tuple(Claim(rule=rule, reason="It bears on it.") for rule in rules),
            ),
        ),
    )


def result(host: Host, rule: str, verdict: Verdict, key: str = "") -> Result:
    return Result(
        host=host.name, rule=rule, key=key, verdict=verdict, severity=Severity.HIGH, message="", fix=""
    )


def seen(results, hosts=(KIOSK,), rules=("a",)) -> ControlStatus:
    (control,) = assess(framework(*rules), results, hosts).controls
    return control


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([Verdict.PASS], Status.PASSING),
        ([Verdict.PASS, Verdict.NOTAPPLICABLE], Status.PASSING),
        ([Verdict.PASS, Verdict.FAIL], Status.FAILING),
        ([Verdict.FAIL, Verdict.UNKNOWN], Status.FAILING),
        ([Verdict.PASS, Verdict.UNKNOWN], Status.INCOMPLETE),
        ([Verdict.PASS, Verdict.ERROR], Status.INCOMPLETE),
        ([Verdict.UNKNOWN], Status.INCOMPLETE),
        ([Verdict.NOTAPPLICABLE], Status.NOT_APPLICABLE),
        ([Verdict.NOTCHECKED], Status.NOT_TESTED),
        ([Verdict.NOTSELECTED], Status.NOT_TESTED),
        ([], Status.NOT_TESTED),
    ],
)
def test_the_status_of_a_control_follows_its_results(verdicts, status):
    results = [result(KIOSK, "a", verdict, key=str(number)) for number, verdict in enumerate(verdicts)]
    assert seen(results).status is status


def test_a_host_without_a_result_leaves_the_control_incomplete():
    assert seen([result(KIOSK, "a", Verdict.PASS)], hosts=(KIOSK, SERVER)).status is Status.INCOMPLETE


def test_a_claimed_rule_that_was_not_run_leaves_the_control_incomplete():
    assert seen([result(KIOSK, "a", Verdict.PASS)], rules=("a", "b")).status is Status.INCOMPLETE


def test_a_rule_that_a_profile_left_out_leaves_the_control_incomplete():
    results = [result(KIOSK, "a", Verdict.PASS), result(KIOSK, "b", Verdict.NOTSELECTED)]
    assert seen(results, rules=("a", "b")).status is Status.INCOMPLETE


def test_one_failure_is_final_even_where_others_were_not_seen():
    assert seen([result(KIOSK, "a", Verdict.FAIL)], hosts=(KIOSK, SERVER)).status is Status.FAILING


def test_a_control_without_claims_is_not_tested():
    assert seen([result(KIOSK, "a", Verdict.PASS)], rules=()).status is Status.NOT_TESTED


def test_unknown_results_are_counted_and_shown():
    results = [
        result(KIOSK, "a", Verdict.PASS, "1"),
        result(KIOSK, "a", Verdict.UNKNOWN, "2"),
        result(KIOSK, "a", Verdict.ERROR, "3"),
        result(KIOSK, "a", Verdict.FAIL, "4"),
        result(KIOSK, "other", Verdict.FAIL),
    ]
    found = seen(results)
    assert (found.passed, found.failed, found.unknown) == (1, 1, 2)
    assert found.results == tuple(results[:4])


def test_only_hosts_of_the_framework_s_scope_are_spoken_of():
    results = [result(KIOSK, "a", Verdict.PASS), result(CAMERA, "a", Verdict.FAIL)]
    assessment = assess(framework("a"), results, (KIOSK, CAMERA))
    assert assessment.hosts == ("kiosk",)
    assert assessment.controls[0].status is Status.PASSING
    assert assessment.controls[0].results == (results[0],)


def test_no_host_in_scope_leaves_everything_untested():
    assessment = assess(framework("a"), [result(CAMERA, "a", Verdict.PASS)], (CAMERA,))
    assert assessment.hosts == ()
    assert assessment.controls[0].status is Status.NOT_TESTED
