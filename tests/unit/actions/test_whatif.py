"""What if: the same facts judged otherwise; nothing is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.actions.choose import Order
from compliance.actions.scan import scan
from compliance.actions.whatif import Question, told_answer, try_out
from compliance.model.errors import BadRule, UnknownName
from compliance.model.observation import Seen, Task
from scanners.tls.facts import TlsFacts
from tests.unit.actions.house import AT, PACKS, Bringer, endpoint, service_in

TLS = TlsFacts(endpoints=(endpoint(443), endpoint(80)))


@pytest.fixture
def service(tmp_path):
    found = service_in(tmp_path)
    seen = Seen(task=Task(host="kiosk-7", scanner="tls"), at=AT, facts=TLS)
    scan(replace(found, dispatcher=Bringer((seen,))), Order(hosts=("kiosk-7",)), lambda _step: None)
    return found


def changes(answer):
    return [(c.rule, c.key, c.before, c.after) for c in answer.changes]


def rules_file(folder, old, new):
    path = folder / "tried.yaml"
    assert old in PACKS
    path.write_text(PACKS.replace(old, new))
    return (path,)


def everything_kept(service):
    with service.store.begin() as unit:
        return unit.scans.all(), unit.findings.all(), unit.scans.read(unit.scans.newest())


def test_the_same_rules_change_nothing(service):
    answer = try_out(service, Question())
    assert answer.changes == ()
    assert list(told_answer(answer))[-1].startswith("nothing would change; 1 of 2 rules pass (50 %")


def test_a_rule_of_the_same_id_takes_the_others_place(service, tmp_path):
    files = rules_file(tmp_path, "default: 100", "default: 10")
    assert changes(try_out(service, Question(rules=files))) == [("lamp-bright", "tcp/80", "fail", "pass")]


def test_a_rule_that_is_new_is_asked_besides(service, tmp_path):
    path = tmp_path / "new.yaml"
    path.write_text(PACKS[: PACKS.index("  - id: lamp-clean")].replace("lamp-bright", "lamp-new"))
    assert changes(try_out(service, Question(rules=(path,)))) == [
        ("lamp-new", "tcp/80", "", "fail"),
        ("lamp-new", "tcp/443", "", "pass"),
    ]


def test_another_profile_changes_limits_and_leaves_out(service):
    assert changes(try_out(service, Question(profile="dim"))) == [
        ("lamp-bright", "tcp/80", "fail", "pass"),
        ("lamp-clean", "", "pass", "notselected"),
    ]


def test_on_a_later_day_facts_are_too_old(service, tmp_path):
    files = rules_file(tmp_path, "    require: e.port", "    max_age: 48h\n    require: e.port")
    assert try_out(service, Question(rules=files)).changes == ()
    late = try_out(service, Question(rules=files, as_of=AT + timedelta(days=3)))
    assert ("lamp-bright", "", "", "unknown") in changes(late)


def test_waivers_are_tried_too(service, tmp_path):
    path = tmp_path / "w.yaml"
    path.write_text(
        "format: waivers/v1\nwaivers:\n  - {id: W-1, rule: lamp-bright, hosts: 'true', reason: R,"
        " requested_by: a, approved_by: b, approved_on: 2026-02-01, until: 2026-04-01}\n"
    )
    waived = try_out(service, Question(waivers=(path,)))
    assert changes(waived) == [("lamp-bright", "tcp/80", "fail", "fail (waived)")]
    over = try_out(service, Question(waivers=(path,), as_of=AT + timedelta(days=90)))
    assert over.changes == ()


def test_nothing_is_kept(service, tmp_path):
    before = everything_kept(service)
    try_out(service, Question(rules=rules_file(tmp_path, "default: 100", "default: 9000"), profile="dim"))
    assert everything_kept(service) == before


def test_what_is_not_there_and_what_is_wrong_is_named(service, tmp_path):
    with pytest.raises(UnknownName, match="no profile is called"):
        try_out(service, Question(profile="dimm"))
    with pytest.raises(UnknownName, match="no finished scan 'nix' is kept"):
        try_out(service, Question(scan="nix"))
    with pytest.raises(BadRule, match="Endpoint has no field 'prt'"):
        try_out(service, Question(rules=rules_file(tmp_path, "e.port >=", "e.prt >=")))
