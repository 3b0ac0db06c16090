"""The estate in the life of a scan: judged where something is declared, remembered, assessed."""

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest

from compliance.actions.choose import Order
from compliance.actions.explain import Question, explain
from compliance.actions.inventory import import_inventory
from compliance.actions.judge import with_waivers
from compliance.actions.pack import kept_scan
from compliance.actions.scan import scan
from compliance.actions.whatif import Question as What
from compliance.actions.whatif import try_out
from compliance.model.finding import State
from compliance.model.framework import (
    Basis,
    Claim,
    Control,
    EvidenceKind,
    Framework,
    Group,
    Register,
    Status,
    Verifiable,
)
from compliance.model.host import Scope
from compliance.model.observation import Seen, Task
from compliance.model.result import Verdict
from compliance.policy.estate import ESTATE
from scanners.tls.facts import TlsFacts
from tests.unit.actions.house import AT, Bringer, endpoint, service_in

SEEN = Seen(task=Task(host="kiosk-7", scanner="tls"), at=AT, facts=TlsFacts(endpoints=(endpoint(443),)))
PACK = files("policies") / "packs" / "estate"
INVENTORY = """\
format: inventory/v1
hosts: [{name: kiosk-7, address: 127.0.0.1, role: pay-station, scopes: [cardholder-data]}]
vendors: [{name: acquirer, kinds: [service-provider], attestation: AOC, attestation_expires: 2026-02-01}]
registers:
  policies: [{id: P1, controls: [std/1], owner: ciso, reviewed: 2025-12-01}]
"""


def control(name, **more):
    return Control(
        id=name,
        title=f"{name}.",
        group="g",
        verifiable=Verifiable.MANUAL,
        evidence=EvidenceKind.DECLARED,
        **more,
    )


POLICY = Register(kind="policies", days=366, basis=Basis.OURS)
STANDARD = Framework(
    id="std",
    title="Standard",
    version="1",
    scope=Scope.CARDHOLDER_DATA,
    groups=(Group(id="g", title="G"),),
    controls=(
        control("1", register=POLICY),
        control("2", register=POLICY),
        control("3", register=Register(kind="trainings", days=366, basis=Basis.OURS)),
        control("4", claims=(Claim(rule="vendors-attested", reason="they are attested"),)),
    ),
)


@pytest.fixture
def service(tmp_path):
    found = service_in(tmp_path, fleet_packs=[PACK])
    policies = replace(found.policies, frameworks=(STANDARD,))
    return replace(found, policies=policies, dispatcher=Bringer((SEEN,)))


def imported(service, tmp_path, text=INVENTORY):
    file = tmp_path / "inventory.yaml"
    file.write_text(text)
    import_inventory(service, file)


def scanned(service):
    return scan(service, Order(hosts=("kiosk-7",)), lambda _step: None)


def said(done, rule):
    return {result.key: result.verdict for result in done.results if result.rule == rule}


def test_without_an_inventory_nothing_is_said_of_the_estate(service):
    done = scanned(service)
    assert not [result for result in done.results if result.host == ESTATE]
    assert {each.status for each in done.assessments[0].controls} == {Status.NOT_TESTED}
    assert done.judgement.inventory == ""


def test_a_register_is_judged_control_by_control(service, tmp_path):
    imported(service, tmp_path)
    done = scanned(service)
    assert said(done, "register-policies") == {"std/1": Verdict.PASS, "std/2": Verdict.FAIL}
    assert said(done, "register-trainings") == {"std/3": Verdict.UNKNOWN}
    assert said(done, "vendors-attested") == {"vendor/acquirer": Verdict.FAIL}
    assert said(done, "terminals-inspected") == {"": Verdict.UNKNOWN}
    statuses = {each.control.id: each.status for each in done.assessments[0].controls}
    assert statuses == {
        "1": Status.TRACKED,
        "2": Status.FAILING,
        "3": Status.INCOMPLETE,
        "4": Status.FAILING,
    }


def test_what_was_seen_this_time_counts_as_seen_lately(service, tmp_path):
    imported(service, tmp_path)
    assert said(scanned(service), "hosts-seen-lately") == {"host/kiosk-7": Verdict.PASS}


def test_a_host_that_was_typed_is_a_stranger(service, tmp_path):
    imported(service, tmp_path)
    other = replace(SEEN, task=Task(host="192.0.2.77", scanner="tls"))
    looking = replace(service, dispatcher=Bringer((other,)))
    done = scan(looking, Order(hosts=("192.0.2.77",)), lambda _step: None)
    assert said(done, "hosts-strangers-none") == {"host/192.0.2.77": Verdict.FAIL}


def test_failures_of_the_estate_are_remembered_and_mended(service, tmp_path):
    imported(service, tmp_path)
    scanned(service)
    place = (ESTATE, "vendors-attested", "vendor/acquirer")
    with service.store.begin() as unit:
        (before,) = [each for each in unit.findings.known([ESTATE]) if each.identity == place]
    assert before.state is State.OPEN
    imported(service, tmp_path, INVENTORY.replace("2026-02-01", "2026-12-01"))
    later = replace(SEEN, at=AT + timedelta(days=1))
    scanned(replace(service, dispatcher=Bringer((later,))))
    with service.store.begin() as unit:
        (after,) = [each for each in unit.findings.known([ESTATE]) if each.identity == place]
    assert after.state is State.FIXED


def test_a_judgement_names_the_inventory_and_is_judged_again_by_it(service, tmp_path):
    imported(service, tmp_path)
    done = scanned(service)
    assert len(done.judgement.inventory) == 64
    assert kept_scan(service, done.id).judgement == done.judgement
    imported(service, tmp_path, INVENTORY.replace("2026-02-01", "2026-12-01"))
    assert not try_out(service, What(scan=done.id)).changes
    answer = explain(service, Question(rule="vendors-attested", host=ESTATE, scan=done.id))
    assert answer.verdict is Verdict.FAIL


def test_a_failure_of_the_estate_is_waived_by_its_place(service, tmp_path):
    imported(service, tmp_path)
    file = tmp_path / "w.yaml"
    file.write_text(
        "format: waivers/v1\nwaivers:\n"
        "  - {id: W1, rule: vendors-attested, hosts: 'true', key: vendor/acquirer, reason: late,"
        " requested_by: a, approved_by: b, approved_on: 2026-02-02, until: 2026-04-01}\n"
    )
    done = scanned(with_waivers(service, [file]))
    (result,) = [result for result in done.results if result.rule == "vendors-attested"]
    assert (result.verdict, result.waived_by) == (Verdict.FAIL, "W1")


def test_a_host_that_comes_after_the_first_scans_needs_a_change_record(service, tmp_path):
    imported(service, tmp_path)
    scanned(service)
    later = replace(SEEN, task=Task(host="kiosk-8", scanner="tls"), at=AT + timedelta(days=30))
    both = INVENTORY.replace(
        "hosts: [", "hosts: [{name: kiosk-8, address: 127.0.0.8, role: pay-station, owner: ops}, "
    )
    after = replace(service, dispatcher=Bringer((later,)), clock=lambda: AT + timedelta(days=30))
    imported(after, tmp_path, both + "  change_records: []\n")
    done = scan(after, Order(hosts=("kiosk-8",)), lambda _step: None)
    assert said(done, "hosts-new-recorded") == {"host/kiosk-8": Verdict.FAIL}
    imported(after, tmp_path, both + "  change_records: [{id: C1, hosts: [kiosk-8]}]\n")
    done = scan(after, Order(hosts=("kiosk-8",)), lambda _step: None)
    assert said(done, "hosts-new-recorded") == {"host/kiosk-8": Verdict.PASS}
