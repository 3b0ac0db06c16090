"""Fleet rules in a scan: asked after all hosts, remembered, fixed only where everybody was seen."""

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest

from compliance.actions.choose import Order
from compliance.actions.explain import Question, explain, told_answer
from compliance.actions.judge import with_waivers
from compliance.actions.scan import scan
from compliance.model.errors import BadRule, UnknownName
from compliance.model.finding import State
from compliance.model.host import Address
from compliance.model.observation import Seen, Task
from compliance.model.result import Verdict
from compliance.policy.fleet import FLEET
from compliance.report.content import content
from compliance.report.document import scan_document
from scanners.tls.facts import Certificate, Endpoint, TlsFacts
from tests.unit.actions.house import AT, KIOSK, Bringer, service_in

OTHER = replace(KIOSK, name="kiosk-8", address=Address("127.0.0.2"), site="south")
RULE, KEY = "fleet-tls-key-one-site", f"tls-key/{'a' * 16}"


@pytest.fixture
def service(tmp_path):
    found = service_in(tmp_path, fleet_packs=[files("policies") / "packs" / "fleet"])
    with found.store.begin() as unit:
        unit.hosts.put(OTHER)
    return found


def scanned(service, hours=0, **keys):
    """Scan the hosts named, each with the key that it shows."""
    brought = tuple(
        Seen(
            task=Task(host=name.replace("_", "-"), scanner="tls"),
            at=AT + timedelta(hours=hours),
            facts=TlsFacts(
                endpoints=(
                    Endpoint(
                        locus="tcp/443",
                        port=443,
                        reached="answered",
                        server_name="",
                        certificate=Certificate(spki_sha256=key * 64),
                    ),
                )
            ),
        )
        for name, key in keys.items()
    )
    looking = replace(service, dispatcher=Bringer(brought))
    names = tuple(look.task.host for look in brought)
    return scan(looking, Order(hosts=names), lambda _step: None)


def fleet_results(done):
    return {(r.rule, r.key): r.verdict for r in done.results if r.host == FLEET}


def state(service):
    with service.store.begin() as unit:
        return {(f.rule, f.key): f.state for f in unit.findings.all() if f.host == FLEET}


def test_one_host_alone_is_no_fleet(service):
    assert fleet_results(scanned(service, kiosk_7="a")) == {}


def test_a_key_at_two_sites_is_found_remembered_and_fixed(service):
    done = scanned(service, kiosk_7="a", kiosk_8="a")
    assert fleet_results(done)[RULE, KEY] is Verdict.FAIL
    assert state(service) == {(RULE, KEY): State.OPEN}
    again = scanned(service, hours=1, kiosk_7="a", kiosk_8="b")
    assert fleet_results(again)[RULE, KEY] is Verdict.PASS
    assert state(service) == {(RULE, KEY): State.FIXED}


def test_a_key_that_is_gone_is_fixed_only_where_every_host_was_seen(service):
    scanned(service, kiosk_7="a", kiosk_8="a")
    third = replace(OTHER, name="kiosk-9", address=Address("127.0.0.3"))
    with service.store.begin() as unit:
        unit.hosts.put(third)
    partial = scanned(service, hours=1, kiosk_7="b", kiosk_8="c")
    assert Verdict.PASS not in fleet_results(partial).values()
    assert state(service) == {(RULE, KEY): State.OPEN}
    scanned(service, hours=2, kiosk_7="b", kiosk_8="c", kiosk_9="c")
    assert state(service) == {(RULE, KEY): State.FIXED}


def test_a_scan_of_one_host_leaves_what_the_fleet_showed(service):
    scanned(service, kiosk_7="a", kiosk_8="a")
    scanned(service, hours=1, kiosk_7="b")
    assert state(service) == {(RULE, KEY): State.OPEN}


def test_the_fleet_stands_in_reports_and_json(service):
    done = scanned(service, kiosk_7="a", kiosk_8="a")
    cases = {case.rule: case for case in content(done, service.policies.rules).failures}
    assert cases[RULE].title == "A TLS key is used at one site"
    assert cases[RULE].hosts == (FLEET,)
    assert b'"host": "(fleet)"' in scan_document(done)


def test_a_verdict_on_the_fleet_is_explained(service):
    scanned(service, kiosk_7="a", kiosk_8="a")
    answer = explain(service, Question(rule=RULE, host=FLEET))
    assert answer.verdict is Verdict.FAIL
    (explanation,) = answer.explanations
    assert {g.path: g.seen for step in explanation.steps for g in step.grounds} == {
        f"fleet.tls_keys[{KEY}].sites[1]": "south",
        f"fleet.tls_keys[{KEY}].sites[0]": "north",
    }
    assert "(fleet)" in told_answer(answer)
    with pytest.raises(UnknownName, match="no rule of the fleet is called 'lamp-clean'"):
        explain(service, Question(rule="lamp-clean", host=FLEET))


WAIVER = """
format: waivers/v1
waivers:
  - id: W-1
    rule: fleet-tls-key-one-site
    hosts: "true"
    key: {key}
    reason: One service moves between the sites.
    requested_by: ann
    approved_by: bob
    approved_on: 2026-02-01
    until: 2026-06-30
"""


def test_a_failure_of_the_fleet_is_waived_by_its_place(service, tmp_path):
    file = tmp_path / "w.yaml"
    file.write_text(WAIVER.format(key=KEY))
    done = scanned(with_waivers(service, [file]), kiosk_7="a", kiosk_8="a")
    (result,) = [r for r in done.results if r.verdict is Verdict.FAIL and r.rule == RULE]
    assert result.waived_by == "W-1"
    assert done.waivers[0].remarks == ()
    file.write_text(WAIVER.replace("    key: {key}\n", ""))
    with pytest.raises(BadRule, match="a rule of no single host is waived place by place"):
        with_waivers(service, [file])
