"""Judgements by digest: equal digests, equal verdicts; and what changes which digest."""

from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.actions.choose import Order
from compliance.actions.pack import kept_scan
from compliance.actions.scan import scan
from compliance.model.observation import NotSeen, Seen, Task
from scanners import PartialList, Reason
from scanners.tls.facts import TlsFacts
from tests.unit.actions.house import AT, PACKS, PROFILES, Bringer, endpoint, service_in

TASK = Task(host="kiosk-7", scanner="tls")
TLS = TlsFacts(endpoints=(endpoint(443), endpoint(80, "dust")))
SEEN = Seen(task=TASK, at=AT, facts=TLS)


def judged(folder, observation=SEEN, profile="default", **service):
    folder.mkdir(exist_ok=True)
    found = service_in(folder, **service)
    looking = replace(found, dispatcher=Bringer((observation,)))
    done = scan(looking, Order(hosts=("kiosk-7",), profile=profile), lambda _step: None)
    kept = kept_scan(found, done.id)
    assert kept.judgement == done.judgement
    return done.judgement, done.results


def test_the_same_facts_rules_and_time_give_the_same_digests_and_verdicts(tmp_path):
    assert judged(tmp_path / "a") == judged(tmp_path / "b")


@pytest.mark.parametrize(
    ("observation", "is_same"),
    [
        (SEEN, True),
        (replace(SEEN, facts=TlsFacts(endpoints=(endpoint(443), endpoint(81, "dust")))), False),
        (replace(SEEN, facts=TlsFacts(endpoints=PartialList(TLS.endpoints))), False),
        (replace(SEEN, facts=TlsFacts()), False),
        (replace(SEEN, at=AT + timedelta(seconds=1)), False),
        (NotSeen(task=TASK, at=AT, reason=Reason.UNREACHABLE, detail="x"), False),
    ],
)
def test_other_facts_or_another_time_are_another_judgement(tmp_path, observation, is_same):
    before, _ = judged(tmp_path / "a")
    after, _ = judged(tmp_path / "b", observation)
    assert (before.hosts == after.hosts) is is_same
    assert (before.rules, before.profile) == (after.rules, after.profile)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("title: Lamps are bright", "title: Lamps shine", set()),
        ("severity: high", "severity: low", set()),
        ("rationale: One sees more.", "rationale: Otherwise one stumbles.", set()),
        ("e.port >= params.least", "e.port > params.least", {"semantics"}),
        ("for_each: {e:", "for_each: {e:  ", set()),
        ("default: 100", "default: 101", {"params"}),
        ("require: e.port >=", "when_empty: fail\n    require: e.port >=", {"semantics"}),
        ("for_each:", "applies: host.declared\n    for_each:", {"semantics"}),
    ],
)
def test_only_what_decides_is_in_a_rules_digest(tmp_path, old, new, changes):
    assert old in PACKS
    before, _ = judged(tmp_path / "a")
    after, _ = judged(tmp_path / "b", rules=PACKS.replace(old, new, 1))
    one, other = before.rules["lamp-bright"], after.rules["lamp-bright"]
    assert {name for name in ("semantics", "params") if getattr(one, name) != getattr(other, name)} == changes
    assert before.rules["lamp-clean"] == after.rules["lamp-clean"]


def test_a_profile_that_sets_a_parameter_changes_its_digest_and_that_of_the_profile(tmp_path):
    before, _ = judged(tmp_path / "a")
    text = PROFILES["default"] + "set: {lamp-bright.least: 7}\n"
    after, results = judged(tmp_path / "b", profiles={"default": text})
    assert before.rules["lamp-bright"].params != after.rules["lamp-bright"].params
    assert before.rules["lamp-bright"].semantics == after.rules["lamp-bright"].semantics
    assert before.profile != after.profile
    assert results


def test_what_the_inventory_declares_is_part_of_a_judgement(tmp_path):
    found = service_in(tmp_path)
    looking = replace(found, dispatcher=Bringer((SEEN,)))
    order = Order(hosts=("kiosk-7",))
    before = scan(looking, order, lambda _step: None).judgement
    with found.store.begin() as unit:
        unit.hosts.put(replace(unit.hosts.named("kiosk-7"), zone="dmz"))
    after = scan(looking, order, lambda _step: None).judgement
    assert before.hosts["kiosk-7"].declared != after.hosts["kiosk-7"].declared
    assert before.hosts["kiosk-7"].seen == after.hosts["kiosk-7"].seen
