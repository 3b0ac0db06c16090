"""What a report says: nothing unseen passes, leaves a denominator, or goes without a name."""

from dataclasses import replace
from datetime import date

import pytest

from compliance.model.framework import Status, Verifiable
from compliance.model.judgement import Judgement, RuleDigest
from compliance.model.result import Verdict
from compliance.model.rule import Severity
from compliance.model.scan import Scan
from compliance.model.waiver import Remark, Remarked, Standing, Waiver
from compliance.report.bounds import bounded
from compliance.report.content import URGENT, content
from compliance.report.headline import Tone
from compliance.report.page import Medium, page
from compliance.report.standards import state
from compliance.report.tally import tally
from compliance.report.words import Look, State
from tests.samples import sample_rules, sample_scan

SCAN = sample_scan()
SAID = content(SCAN, sample_rules())


def _only(*verdicts: Verdict) -> Scan:
    return replace(SCAN, results=tuple(r for r in SCAN.results if r.verdict in verdicts), assessments=())


def test_what_was_not_decided_stays_in_the_denominator():
    counts = {verdict: SCAN.count(verdict) for verdict in Verdict}
    assert SAID.checks.passed == counts[Verdict.PASS] > 0
    assert SAID.checks.failed == counts[Verdict.FAIL] > 0
    assert SAID.checks.not_seen == counts[Verdict.UNKNOWN] > 0
    assert SAID.checks.total == counts[Verdict.PASS] + counts[Verdict.FAIL] + counts[Verdict.UNKNOWN]


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.ERROR, Verdict.NOTCHECKED])
def test_an_undecided_verdict_never_counts_as_passing(verdict):
    results = tuple(replace(r, verdict=verdict) for r in SCAN.results[:3])
    assert tally(results).not_seen == tally(results).total == 3
    said = content(replace(SCAN, results=results, assessments=()), sample_rules())
    assert said.headline.tone is Tone.UNSEEN
    assert sum(len(row.hosts) for row in said.undecided) == 3


def test_one_check_that_bears_on_two_controls_counts_once():
    assert tally([*SCAN.results, *SCAN.results]) == tally(SCAN.results)


def test_a_share_is_rounded_down_so_that_only_all_of_them_are_a_hundred():
    passing = [r for r in SCAN.results if r.verdict is Verdict.PASS]
    many = [replace(passing[0], key=f"tcp/{n}") for n in range(999)]
    assert tally([*many, replace(passing[0], verdict=Verdict.ERROR)]).percent_passed == 99
    assert tally(many).percent_passed == 100


def test_the_headline_names_every_host_that_was_not_seen():
    assert SAID.headline.tone is Tone.BAD
    assert "13 checks fail on 5 of 6 hosts, 3 of them critical." in SAID.headline.sentence
    assert "Not seen at all: camera-hub.south.example." in SAID.headline.reason
    assert "gate-exit-1.north.example and pay-station-2.north.example" in SAID.headline.reason
    assert "does not count as passing" in SAID.headline.reason


def test_without_failures_a_host_that_was_not_seen_still_spoils_the_headline():
    said = content(_only(Verdict.PASS), sample_rules())
    assert said.headline.tone is Tone.UNSEEN
    assert said.headline.sentence == "No check fails, but not everything could be seen."
    assert "camera-hub.south.example" in said.headline.reason


def test_only_when_everything_was_seen_and_passes_does_the_headline_say_so():
    names = set(SAID.coverage.named(Look.SEEN))
    seen = tuple(host for host in SCAN.hosts if host.name in names)
    scan = replace(
        _only(Verdict.PASS),
        hosts=seen,
        observations=tuple(o for o in SCAN.observations if o.task.host in names),
    )
    scan = replace(scan, results=tuple(r for r in scan.results if r.host in names))
    said = content(scan, sample_rules())
    assert said.headline.tone is Tone.GOOD
    assert said.headline.sentence == f"All {len(scan.results)} checks pass."


def test_a_scan_in_which_nothing_was_seen_says_that_nothing_is_known():
    dead = tuple(o for o in SCAN.observations if o.task.host == "camera-hub.south.example")
    hosts = tuple(h for h in SCAN.hosts if h.name == "camera-hub.south.example")
    said = content(replace(SCAN, hosts=hosts, observations=dead, results=(), assessments=()), {})
    assert said.headline.tone is Tone.UNSEEN
    assert said.headline.sentence == "Nothing is known: not even the one host could be seen."
    assert content(
        replace(SCAN, hosts=(), observations=(), results=(), assessments=()), {}
    ).headline.sentence == ("Nothing was looked at: this scan has no host.")


def test_a_host_that_no_scanner_was_sent_to_counts_as_not_seen():
    said = content(replace(SCAN, observations=()), sample_rules())
    assert said.coverage.named(Look.NOT_SEEN) == tuple(host.name for host in SCAN.hosts)
    assert said.coverage.blanks[0].reason == "no scanner was run"
    assert len(said.coverage.blanks[0].hosts) == 6


def test_every_blank_of_the_scan_is_told_with_its_reason():
    told = {
        (host, scanner, row.part)
        for row in SAID.coverage.blanks
        for host in row.hosts
        for scanner in row.scanners
    }
    assert told == {(blank.host, blank.scanner, blank.path) for blank in SCAN.blanks}
    assert {"nothing answered", "no login was given", "not permitted to look"} <= {
        row.reason for row in SAID.coverage.blanks
    }


def test_every_undecided_check_is_told_with_its_host():
    told = sum(len(row.hosts) for row in SAID.undecided)
    assert told == SCAN.count(Verdict.UNKNOWN)


def test_do_these_first_is_grouped_by_rule_and_worst_first():
    ranks = [case.severity.rank for case in SAID.urgent]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] == Severity.CRITICAL.rank
    assert len({case.rule for case in SAID.urgent}) == len(SAID.urgent) <= URGENT
    assert SAID.urgent[0].hosts == ("gate-entry-1.north.example", "web-booking.central.example")
    assert SAID.urgent[0].controls == ("PCI DSS 2.2.7, 4.2.1", "GDPR 32(1)(a)")
    assert SAID.urgent[0].fix.startswith("nginx: ssl_protocols")


def test_a_rule_that_is_not_known_any_more_is_still_told():
    said = content(SCAN, {})
    assert said.failures[0].title == said.failures[0].rule
    assert sum(case.count for case in said.failures) == SCAN.count(Verdict.FAIL)


def test_manual_controls_are_never_passing():
    rows = [control for standard in SAID.standards for g in standard.groups for control in g.controls]
    by_people = [row for row in rows if row.decided_by == "people"]
    assert {row.state for row in by_people} == {State.MANUAL}
    assert len(by_people) > 200
    assert SAID.standards[0].total == sum(SAID.standards[0].counts.values()) == 300


@pytest.mark.parametrize(
    ("verifiable", "status", "counts", "expected"),
    [
        (Verifiable.MANUAL, Status.PASSING, (3, 0, 0), State.MANUAL),
        (Verifiable.MANUAL, Status.FAILING, (3, 1, 0), State.FAILING),
        (Verifiable.FULL, Status.PASSING, (3, 0, 1), State.INCOMPLETE),
        (Verifiable.FULL, Status.PASSING, (0, 0, 0), State.UNTESTED),
        (Verifiable.FULL, Status.NOT_APPLICABLE, (0, 0, 1), State.INCOMPLETE),
        (Verifiable.FULL, Status.NOT_APPLICABLE, (0, 0, 0), State.NOT_APPLICABLE),
        (Verifiable.PARTIAL, Status.PASSING, (3, 0, 0), State.PASSING),
        (Verifiable.PARTIAL, Status.NOT_TESTED, (0, 0, 0), State.UNTESTED),
    ],
)
def test_a_control_is_never_shown_better_than_its_counts(verifiable, status, counts, expected):
    first = SCAN.assessments[0].controls[0]
    passed, failed, unknown = counts
    control = replace(first.control, verifiable=verifiable)
    given = replace(first, control=control, status=status, passed=passed, failed=failed, unknown=unknown)
    assert state(given) is expected


def test_a_control_outside_every_group_is_not_lost():
    assessment = SCAN.assessments[0]
    stray = replace(assessment.framework, groups=assessment.framework.groups[1:])
    said = content(replace(SCAN, assessments=(replace(assessment, framework=stray),)), sample_rules())
    assert said.standards[0].total == 300
    assert said.standards[0].groups[-1].title == "Others"


def test_the_hosts_that_were_seen_least_stand_first_so_that_no_bound_hides_them():
    looks = [host.look for host in SAID.coverage.hosts]
    assert looks == [Look.NOT_SEEN, Look.PARTLY, Look.PARTLY, Look.SEEN, Look.SEEN, Look.SEEN]
    assert bounded(SAID, 10).coverage.hosts[0].name == "camera-hub.south.example"


def test_a_bounded_content_counts_everything_that_it_leaves_out():
    small = bounded(SAID, 20)
    lost = small.left_out
    assert sum(len(case.places) for case in small.failures) + lost.findings == SCAN.count(Verdict.FAIL)
    assert len(small.undecided) + lost.undecided == len(SAID.undecided)
    assert len(small.coverage.hosts) + lost.hosts == 6
    assert len(small.coverage.blanks) + lost.blanks == len(SAID.coverage.blanks)
    assert sum(len(s.shown) for s in small.standards) + lost.controls == 365
    assert min(lost.findings, lost.undecided, lost.hosts, lost.blanks, lost.controls) > 0
    assert (small.headline, small.numbers, small.urgent) == (SAID.headline, SAID.numbers, SAID.urgent)
    assert small.standards[0].counts == SAID.standards[0].counts


def test_a_bound_that_is_wide_enough_leaves_nothing_out():
    assert bounded(SAID, 2000) == SAID


def test_waivers_stand_in_the_report_and_change_no_count():
    scan = sample_scan()
    first = next(result for result in scan.results if result.verdict is Verdict.FAIL)
    waiver = Waiver(
        id="W-1",
        rule=first.rule,
        hosts="true",
        reason="<b>ill</b>",
        requested_by="ann",
        approved_by="bob",
        approved_on=date(2026, 1, 1),
        until=date(2026, 2, 1),
    )
    remark = Remarked(remark=Remark.EXPIRED, text="its last day was 2026-02-01")
    marked = tuple(replace(r, waived_by="W-1") if r is first else r for r in scan.results)
    standing = Standing(waiver=waiver, covered=((first.host, first.key),), remarks=(remark,))
    plain, told = (
        content(each, sample_rules()) for each in (scan, replace(scan, results=marked, waivers=(standing,)))
    )
    assert told.checks == replace(plain.checks, waived=1)
    assert told.numbers[0].note.endswith("; 1 waived")
    (row,) = told.waivers
    assert (row.id, row.covered, row.remarks) == ("W-1", 1, ("expired: its last day was 2026-02-01",))
    shown = page(told, Medium.SCREEN)
    assert "Waived by W-1; it stays a failure." in shown
    assert "&lt;b&gt;ill&lt;/b&gt;" in shown
    assert "waivers" not in page(plain, Medium.SCREEN)


def test_a_report_says_what_its_results_were_made_from():
    rule = RuleDigest(semantics="1" * 64, params="2" * 64)
    judgement = Judgement(engine="1.2.3", profile="abcdef0123456789" * 4, rules={"x": rule}, hosts={})
    (note,) = [
        note
        for note in content(replace(SCAN, judgement=judgement), sample_rules()).method
        if note.term == "Judged from"
    ]
    assert "compliance 1.2.3, the profile abcdef0123456789, 1 rule and" in note.text
    assert "Judged from" not in {note.term for note in SAID.method}
