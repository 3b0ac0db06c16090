"""Scans with other profiles: what was not asked fixes nothing, what was not seen opens nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.actions.choose import Order
from compliance.actions.judge import with_waivers
from compliance.actions.pack import kept_scan
from compliance.actions.scan import scan
from compliance.model.finding import State
from compliance.model.observation import NotSeen, Seen, Task
from compliance.model.result import Verdict
from scanners import Reason
from scanners.tls.facts import TlsFacts
from tests.unit.actions.house import AT, PROFILES, Bringer, endpoint, service_in

TASK = Task(host="kiosk-7", scanner="tls")


def saw(*endpoints, hours=0):
    return Seen(task=TASK, at=AT + timedelta(hours=hours), facts=TlsFacts(endpoints=endpoints))


def scanned(service, profile, *observations):
    looking = replace(service, dispatcher=Bringer(observations))
    return scan(looking, Order(hosts=("kiosk-7",), profile=profile), lambda _step: None)


def open_findings(service):
    with service.store.begin() as unit:
        return {(f.rule, f.key) for f in unit.findings.all() if f.state is State.OPEN}


@pytest.fixture
def service(tmp_path):
    return service_in(tmp_path)


DUSTY = ("lamp-clean", "")


@pytest.mark.parametrize("profile", ["bright", "dim"])
def test_a_rule_that_a_profile_does_not_ask_fixes_nothing(service, profile):
    scanned(service, "default", saw(endpoint(443, "dust")))
    assert open_findings(service) == {DUSTY}
    scanned(service, profile, saw(endpoint(443), hours=1))
    assert open_findings(service) == {DUSTY}
    scanned(service, "default", saw(endpoint(443), hours=2))
    assert open_findings(service) == set()


def test_what_is_left_out_is_a_result_that_says_why(service):
    done = scanned(service, "dim", saw(endpoint(443)))
    (left,) = [result for result in done.results if result.verdict is Verdict.NOTSELECTED]
    assert (left.rule, left.message) == ("lamp-clean", "left out by the profile: nobody sees the dust")


def test_what_is_unknown_may_fail_in_what_is_shown_but_opens_no_finding(tmp_path):
    strict = PROFILES["default"] + "unknown_as: {high: fail}\n"
    service = service_in(tmp_path, profiles={"default": strict})
    blind = NotSeen(task=TASK, at=AT, reason=Reason.UNREACHABLE, detail="refused")
    done = scanned(service, "default", blind)
    assert {r.rule: r.verdict for r in done.results} == {
        "lamp-bright": Verdict.FAIL,
        "lamp-clean": Verdict.UNKNOWN,
    }
    assert open_findings(service) == set()


def test_a_host_that_left_the_profiles_scope_is_not_mended(tmp_path):
    scoped = {"default": PROFILES["default"], "dmz": PROFILES["default"].replace("id: default", "id: dmz")}
    scoped["dmz"] += "scope: host.zone == 'dmz'\n"
    service = service_in(tmp_path, profiles=scoped)
    scanned(service, "default", saw(endpoint(443, "dust")))
    done = scanned(service, "dmz", saw(endpoint(443), hours=1))
    assert {result.verdict for result in done.results} == {Verdict.NOTAPPLICABLE}
    assert open_findings(service) == {DUSTY}


WAIVERS = """
format: waivers/v1
waivers:
  - id: W-1
    rule: lamp-clean
    hosts: host.zone == 'cde'
    reason: The cleaner is ill.
    requested_by: ann
    approved_by: bob
    approved_on: 2026-02-01
    until: 2026-03-02
"""


def test_a_waiver_is_worked_out_on_the_day_of_looking_and_never_stored(service, tmp_path):
    file = tmp_path / "w.yaml"
    file.write_text(WAIVERS)
    waiving = with_waivers(service, [file])
    done = scanned(waiving, "default", saw(endpoint(443, "dust")))
    assert [(r.rule, r.waived_by) for r in done.results if r.verdict is Verdict.FAIL] == [
        ("lamp-clean", "W-1")
    ]
    assert done.waived == done.count(Verdict.FAIL) == 1
    assert kept_scan(waiving, "").waived == 1
    assert kept_scan(service, "").waived == 0
    later = replace(waiving, clock=lambda: AT + timedelta(days=2))
    seen_later = kept_scan(later, "")
    assert seen_later.waived == 0
    assert [each.remark.value for each in seen_later.waivers[0].remarks] == ["expired"]
    assert open_findings(service) == {DUSTY}
