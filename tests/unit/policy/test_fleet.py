"""The fleet: what all hosts show together, and that a host nobody saw lets nothing pass."""

from datetime import UTC, datetime
from importlib.resources import files

import pytest

from compliance.model.errors import BadRule
from compliance.model.host import Address, Host
from compliance.model.observation import NotSeen, Seen, Task
from compliance.model.result import Verdict
from compliance.policy.cases import problems_of, run_tests
from compliance.policy.evaluate import Subject
from compliance.policy.fleet import FLEET, fleet_results, fleet_witness
from compliance.policy.load import load_books, load_rules
from compliance.policy.mutants import mutation
from compliance.policy.removals import removal
from scanners import UNKNOWN, Gap, PartialList, Reason
from scanners.config.facts import ConfigFacts
from scanners.config.identityfacts import AuthorizedKey
from scanners.tls.facts import Certificate, Endpoint, TlsFacts
from tests.unit.policy.schemas import FACTS

AT = datetime(2026, 3, 1, tzinfo=UTC)
SSH = "fleet-ssh-key-one-site"
SITE, ZONE = "fleet-tls-key-one-site", "fleet-tls-key-cardholder-zone"


@pytest.fixture(scope="module")
def fleet():
    return load_books([files("policies") / "packs" / "fleet"], FACTS)[1]


def host(name, site="north", zone="cde"):
    return Host(name=name, address=Address("127.0.0.1"), site=site, zone=zone)


def endpoint(key, port=443, reached="answered"):
    certificate = UNKNOWN if key is None else Certificate(spki_sha256=key)
    return Endpoint(locus=f"tcp/{port}", port=port, reached=reached, certificate=certificate)


def seen(where, *keys, endpoints=None):
    shown = endpoints if endpoints is not None else tuple(endpoint(key) for key in keys)
    task = Task(host=where.name, scanner="tls")
    return Subject(host=where, observations=(Seen(task=task, at=AT, facts=TlsFacts(endpoints=shown)),))


def blind(where):
    task = Task(host=where.name, scanner="tls")
    lost = NotSeen(task=task, at=AT, reason=Reason.UNREACHABLE, detail="refused")
    return Subject(host=where, observations=(lost,))


def told(fleet, *subjects, others=(), rule=SITE):
    return {r.key: r.verdict for r in fleet_results(fleet, fleet_witness(subjects, others)) if r.rule == rule}


NORTH, SOUTH = host("kiosk-1"), host("kiosk-2", site="south", zone="dmz")
A, B = "a" * 64, "b" * 64
KEY_A, KEY_B = f"tls-key/{A[:16]}", f"tls-key/{B[:16]}"


def test_the_shipped_fleet_rules_pass_their_tests_and_every_mutant_is_noticed(fleet):
    outcomes = run_tests(fleet)
    assert len(outcomes) >= 12
    assert not [problems_of(outcome) for outcome in outcomes if not outcome.passed]
    assert not mutation(fleet).survivors
    assert not removal(fleet).leaks
    for loaded in fleet.loaded.values():
        assert {case.expect for case in loaded.spec.tests} >= {Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN}


def test_one_key_at_two_sites_fails_and_says_where(fleet):
    found = [
        r for r in fleet_results(fleet, fleet_witness([seen(NORTH, A), seen(SOUTH, A)], [])) if r.rule == SITE
    ]
    (result,) = found
    assert (result.host, result.key, result.verdict) == (FLEET, KEY_A, Verdict.FAIL)
    assert result.message == (
        "One key answers at kiosk-1 tcp/443, kiosk-2 tcp/443, which stand at north, south"
    )
    assert result.observed_at == AT
    assert {each.path for each in result.evidence} == {
        f"fleet.tls_keys[{KEY_A}].sites", f"fleet.tls_keys[{KEY_A}].places",
    }  # fmt: skip


def test_keys_of_their_own_pass_where_every_host_was_seen(fleet):
    assert told(fleet, seen(NORTH, A), seen(SOUTH, B)) == {KEY_A: Verdict.PASS, KEY_B: Verdict.PASS}


@pytest.mark.parametrize(
    "hidden",
    [
        {"others": (host("kiosk-3"),)},
        {"more": blind(host("kiosk-3"))},
        {"more": Subject(host=host("kiosk-3"), observations=())},
        {"more": seen(host("kiosk-3"), endpoints=(endpoint(None, reached="silent"),))},
        {"more": seen(host("kiosk-3"), endpoints=(endpoint(None),))},
        {"more": seen(host("kiosk-3"), endpoints=PartialList(()))},
        {"more": seen(host("kiosk-3", site=None), A)},
    ],
    ids=["not scanned", "unreachable", "not asked", "silent", "no key read", "cut short", "no site"],
)
def test_nothing_passes_while_a_host_was_not_seen_whole(fleet, hidden):
    subjects = [seen(NORTH, A), *([hidden["more"]] if "more" in hidden else [])]
    found = told(fleet, *subjects, others=hidden.get("others", ()))
    assert Verdict.PASS not in found.values()
    assert found[KEY_A] is Verdict.UNKNOWN


def test_what_is_seen_to_be_wrong_fails_even_while_a_host_was_not_seen(fleet):
    found = told(fleet, seen(NORTH, A), seen(SOUTH, A), others=[host("kiosk-3")])
    assert found == {KEY_A: Verdict.FAIL, "": Verdict.UNKNOWN}


def test_what_was_not_seen_is_named(fleet):
    results = fleet_results(fleet, fleet_witness([seen(NORTH, A), blind(SOUTH)], [host("kiosk-9")]))
    messages = {r.message for r in results if r.verdict is Verdict.UNKNOWN and r.rule != SSH}
    assert all("not seen whole: kiosk-2, kiosk-9" in message for message in messages)


def test_a_port_that_does_not_speak_tls_hides_no_key(fleet):
    plain = seen(SOUTH, endpoints=(endpoint(None, 80, "not-tls"), endpoint(B)))
    assert told(fleet, seen(NORTH, A), plain) == {KEY_A: Verdict.PASS, KEY_B: Verdict.PASS}


def test_a_key_of_the_cardholder_zone_is_used_nowhere_else(fleet):
    assert told(fleet, seen(NORTH, A), seen(SOUTH, A), rule=ZONE) == {KEY_A: Verdict.FAIL}
    assert told(fleet, seen(NORTH, A), seen(SOUTH, B), rule=ZONE) == {
        KEY_A: Verdict.PASS,
        KEY_B: Verdict.PASS,
    }


def let_in(where, *fingerprints, cut=False):
    keys = tuple(
        AuthorizedKey(locus=f"ssh-key/ann/{each}", account="ann", kind="ssh-ed25519", fingerprint=each)
        for each in fingerprints
    )
    gaps = (Gap(path="ssh_keys", reason=Reason.PARTIAL),) if cut else ()
    facts = ConfigFacts(ssh_keys=PartialList(keys) if cut else keys, gaps=gaps)
    task = Task(host=where.name, scanner="config")
    return Subject(host=where, observations=(Seen(task=task, at=AT, facts=facts),))


def test_an_ssh_key_at_two_sites_fails_and_one_at_each_passes(fleet):
    shared, own = "SHA256:shared", "SHA256:own"
    subjects = (let_in(NORTH, shared, own), let_in(SOUTH, shared))
    assert told(fleet, *subjects, rule=SSH) == {"ssh-key/shared": Verdict.FAIL, "ssh-key/own": Verdict.PASS}
    (failed,) = [r for r in fleet_results(fleet, fleet_witness(subjects, [])) if r.key == "ssh-key/shared"]
    assert "kiosk-1 ann, kiosk-2 ann, which stand at north, south" in failed.message


def test_a_host_whose_keys_were_not_all_seen_lets_no_ssh_key_pass(fleet):
    for other in (let_in(SOUTH, cut=True), seen(SOUTH, A), blind(SOUTH)):
        found = told(fleet, let_in(NORTH, "SHA256:own"), other, rule=SSH)
        assert found == {"ssh-key/own": Verdict.UNKNOWN, "": Verdict.UNKNOWN}


def test_what_nobody_asked_of_ssh_does_not_touch_what_tls_showed(fleet):
    witness = fleet_witness([seen(NORTH, A), seen(SOUTH, B)], [])
    assert {gap.path for gap in witness.root.gaps} == {"ssh_keys"}
    assert "fleet.ssh_keys is not whole: not seen whole: kiosk-1, kiosk-2" in witness.why(["fleet.ssh_keys"])


def test_more_keys_than_the_fleet_can_hold_are_cut_short_and_said_to_be():
    many = tuple(endpoint(f"{number:064x}", number + 1) for number in range(5001))
    root = fleet_witness([seen(NORTH, endpoints=many), seen(SOUTH, A)], []).root
    assert isinstance(root.tls_keys, PartialList)
    assert tuple.__len__(root.tls_keys) == 5000


def test_fleet_rules_and_rules_of_a_host_are_kept_apart(tmp_path):
    rule = """
    title: T
    severity: low
    rationale: R
    remediation: F
"""
    head = "pack: p\nversion: 1.0.0\nrules:\n  - id: "
    (tmp_path / "a.yaml").write_text(f"format: rules/v1\n{head}of-host{rule}    require: host.declared\n")
    (tmp_path / "b.yaml").write_text(
        f"format: fleet/v1\n{head}of-fleet{rule}    require: fleet.tls_keys.all(k, k.places.size() > 0)\n"
    )
    hosts, fleet, _ = load_books([tmp_path], FACTS)
    assert ([rule.id for rule in hosts], [rule.id for rule in fleet]) == (["of-host"], ["of-fleet"])
    assert [rule.id for rule in load_rules([tmp_path], FACTS)] == ["of-host"]


@pytest.mark.parametrize(
    ("form", "require", "text"),
    [
        ("fleet/v1", "host.declared", "there is no 'host'"),
        ("rules/v1", "fleet.tls_keys.size() > 0", "there is no 'fleet'"),
        ("fleet/v1", "fleet.tls_kys.size() > 0", "did you mean 'tls_keys'"),
        ("fleet/v2", "host.declared", "invalid enum value 'fleet/v2'"),
    ],
)
def test_neither_kind_of_rule_reads_what_the_other_reads(tmp_path, form, require, text):
    (tmp_path / "a.yaml").write_text(
        f"format: {form}\npack: p\nversion: 1.0.0\nrules:\n  - id: x\n    title: T\n    severity: low\n"
        f"    rationale: R\n    remediation: F\n    require: {require}\n"
    )
    with pytest.raises(BadRule, match=text):
        load_books([tmp_path], FACTS)


def test_a_test_gives_the_facts_that_its_rule_reads(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "format: fleet/v1\npack: p\nversion: 1.0.0\nrules:\n  - id: x\n    title: T\n    severity: low\n"
        "    rationale: R\n    remediation: F\n    require: fleet.tls_keys.size() > 0\n"
        "    tests: [{name: n, host: {}, expect: unknown}]\n"
    )
    with pytest.raises(BadRule, match=r"a.yaml:11:13: the field 'fleet' is missing"):
        load_books([tmp_path], FACTS)
