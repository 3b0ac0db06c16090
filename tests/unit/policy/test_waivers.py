"""Waivers: never another verdict, never for ever, never approved by whoever asked."""

from datetime import UTC, date, datetime

import pytest

from compliance.model.errors import BadRule
from compliance.model.host import Address, Host
from compliance.model.observation import NotSeen, Seen, Task
from compliance.model.result import Verdict
from compliance.policy.evaluate import Subject, evaluate
from compliance.policy.load import load_rules
from compliance.policy.waive import Occasion, waived
from compliance.policy.waiverfile import load_waivers
from scanners import Reason
from scanners.config.facts import ConfigFacts
from scanners.config.sshdfacts import Sshd
from scanners.tls.facts import Endpoint, TlsFacts
from tests.unit.policy.schemas import FACTS, PACK

AT = datetime(2026, 3, 1, tzinfo=UTC)
TODAY = date(2026, 3, 1)
GOOD = """\
format: waivers/v1
waivers:
  - id: W-1
    rule: tls-protocol-floor
    hosts: host.name == 'kiosk-7'
    reason: The firmware knows no better.
    requested_by: ann
    approved_by: bob
    approved_on: 2026-02-01
    until: 2026-06-30
"""


@pytest.fixture(scope="module")
def book():
    return load_rules([PACK], FACTS)


def waivers(tmp_path, book, text):
    path = tmp_path / "w.yaml"
    path.write_text(text)
    return load_waivers([path], book)


def host(name):
    return Host(name=name, address=Address("127.0.0.1"), zone="cde")


def subject(name="kiosk-7", sshd="no"):
    def old(port):
        return Endpoint(locus=f"tcp/{port}", port=port, reached="answered", protocols=("TLSv1.0",))

    tls = Seen(task=Task(host=name, scanner="tls"), at=AT, facts=TlsFacts(endpoints=(old(443), old(9443))))
    config = ConfigFacts(sshd=Sshd(installed=True, permit_root_login=sshd))
    return Subject(
        host=host(name),
        observations=(tls, Seen(task=Task(host=name, scanner="config"), at=AT, facts=config)),
    )


def look(tmp_path, book, text, *subjects, today=TODAY, inventory=()):
    subjects = subjects or (subject(),)
    results = [result for one in subjects for result in evaluate(book, one)]
    occasion = Occasion(book=book, subjects=subjects, inventory=inventory, today=today)
    marked, (standing,) = waived(waivers(tmp_path, book, text), results, occasion)
    assert [(r.key, r.verdict) for r in marked] == [(r.key, r.verdict) for r in results]
    assert {(r.host, r.key) for r in marked if r.waived_by} == set(standing.covered)
    return sorted(key for _, key in standing.covered), [each.remark.value for each in standing.remarks]


def test_a_waived_failure_stays_a_failure_and_is_marked(tmp_path, book):
    results = list(evaluate(book, subject()))
    occasion = Occasion(book=book, subjects=[subject()], inventory=(), today=TODAY)
    marked, _ = waived(waivers(tmp_path, book, GOOD), results, occasion)
    failing = [result for result in marked if result.verdict is Verdict.FAIL]
    assert [(result.key, result.waived_by) for result in failing] == [("tcp/443", "W-1"), ("tcp/9443", "W-1")]
    assert not any(result.waived_by for result in results)


@pytest.mark.parametrize(
    ("more", "covered", "remarks"),
    [
        ("", ["tcp/443", "tcp/9443"], []),
        ("    key: tcp/443\n", ["tcp/443"], []),
        ("    subject: endpoint.port == 9443\n", ["tcp/9443"], []),
        ("    subject: host.zone == 'dmz'\n", [], ["unused"]),
        ("    key: tcp/1\n", [], ["unused"]),
        ("    covers: [unknown]\n", [], ["unused"]),
        ("    compensating_rule: sshd-root-login\n", ["tcp/443", "tcp/9443"], []),
        ("    compensating_rule: no-such-rule\n", [], ["void", "unused"]),
        ("    matched: 1\n", ["tcp/443", "tcp/9443"], []),
    ],
)
def test_what_a_waiver_covers_and_what_is_said_against_it(tmp_path, book, more, covered, remarks):
    assert look(tmp_path, book, GOOD + more) == (covered, remarks)


def test_a_waiver_is_void_where_the_rule_that_makes_up_for_it_does_not_pass(tmp_path, book):
    text = GOOD + "    compensating_rule: sshd-root-login\n"
    covered, remarks = look(tmp_path, book, text, subject(sshd="yes"))
    assert (covered, remarks[0]) == ([], "void")


def test_its_last_day_is_the_last_one_in_utc(tmp_path, book):
    assert look(tmp_path, book, GOOD, today=date(2026, 6, 30))[1] == []
    assert look(tmp_path, book, GOOD, today=date(2026, 7, 1)) == ([], ["expired"])
    assert look(tmp_path, book, GOOD, today=date(2026, 1, 31)) == ([], ["not-yet"])


def test_a_rule_that_is_not_there_is_reported(tmp_path, book):
    text = GOOD.replace("tls-protocol-floor", "tls-gone")
    assert look(tmp_path, book, text) == ([], ["unknown-rule"])


def test_a_waiver_that_grew_is_reported(tmp_path, book):
    text = GOOD.replace("host.name == 'kiosk-7'", "host.name.startsWith('kiosk')") + "    matched: 1\n"
    inventory = (host("kiosk-7"), host("kiosk-8"), host("db-1"))
    assert look(tmp_path, book, text, inventory=inventory)[1] == ["more-hosts"]
    assert look(tmp_path, book, text, inventory=inventory[:1])[1] == []


def test_a_waiver_that_cannot_be_told_to_mean_a_host_does_not(tmp_path, book):
    text = GOOD.replace("host.name == 'kiosk-7'", "host.site == 'north'")
    assert look(tmp_path, book, text) == ([], ["unclear"])


def test_other_hosts_are_not_waived(tmp_path, book):
    covered, remarks = look(tmp_path, book, GOOD, subject("kiosk-8"))
    assert (covered, remarks) == ([], [])


def test_an_error_or_an_unknown_is_waived_only_where_it_is_named(tmp_path, book):
    blind = NotSeen(
        task=Task(host="kiosk-7", scanner="tls"), at=AT, reason=Reason.UNREACHABLE, detail="refused"
    )
    unseen = Subject(host=host("kiosk-7"), observations=(blind,))
    assert look(tmp_path, book, GOOD, unseen) == ([], ["unused"])
    assert look(tmp_path, book, GOOD + "    covers: [fail, unknown]\n", unseen) == ([""], [])


@pytest.mark.parametrize(
    ("old", "new", "place", "text"),
    [
        ("approved_by: bob", "approved_by: Ann", "8:18", "nobody approves what they asked for themselves"),
        ("until: 2026-06-30", "until: 2027-02-02", "10:12", "ends within 365 days of its approval"),
        ("until: 2026-06-30", "until: 2026-01-31", "10:12", "it ends before it was approved"),
        ("until: 2026-06-30", "until: 2026-02-30", "10:12", "'2026-02-30' is no day"),
        ("until: 2026-06-30", "until: 20260630", "10:12", "expected text, found a whole number"),
        ("until: 2026-06-30", "until: 2026-06-30T00:00:00Z", "10:12", "is no day; write it as 2027-03-31"),
        ("    until: 2026-06-30\n", "", "3:5", "the field 'until' is missing"),
        ("host.name ==", "host.nam ==", "5:17", "host has no field 'nam'"),
        ("hosts: host.name == 'kiosk-7'", "hosts: host.name", "5:17", "this must be bool"),
        ("reason: The firmware knows no better.", 'reason: " "', "6:13", "reason says nothing"),
        ("    until", "    covers: [error]\n    until", "10:14", "invalid enum value 'error'"),
        ("    until", "    covers: []\n    until", "10:13", "covers nothing"),
        ("    until", "    subject: e.port == 1\n    until", "10:14", "there is no 'e'"),
        ("    until", "    subject: endpoint.port == 1\n    key: x\n    until", "11:10", "not both"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(tmp_path, book, old, new, place, text):
    assert old in GOOD
    with pytest.raises(BadRule) as caught:
        waivers(tmp_path, book, GOOD.replace(old, new, 1))
    heads = [line for line in caught.value.message.splitlines() if "w.yaml:" in line]
    assert any(f"w.yaml:{place}: " in head and text in head for head in heads), heads


def test_a_critical_rule_is_waived_for_ninety_days_at_most(tmp_path, book):
    (tmp_path / "r").mkdir()
    rules = (PACK / "example.yaml").read_text().replace("severity: high", "severity: critical", 1)
    (tmp_path / "r" / "r.yaml").write_text(rules)
    critical = load_rules([tmp_path / "r"], FACTS)
    with pytest.raises(BadRule, match="a waiver of a critical rule ends within 90 days"):
        waivers(tmp_path, critical, GOOD)
    assert waivers(tmp_path, critical, GOOD.replace("06-30", "05-02"))


def test_an_id_stands_once_and_a_folder_that_is_not_there_is_named(tmp_path, book):
    second = GOOD.split("waivers:\n")[1]
    with pytest.raises(BadRule, match="the id 'W-1' is taken by"):
        waivers(tmp_path, book, GOOD + second)
    with pytest.raises(BadRule, match="there is no such file or folder of waivers"):
        load_waivers([tmp_path / "none"], book)
