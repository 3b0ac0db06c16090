"""The life of findings: what moves them, and what never may."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from compliance.model.finding import Change, Finding, Kind, State
from compliance.model.host import Address, Host
from compliance.model.lifecycle import Coverage, coverage, reconcile
from compliance.model.observation import NotSeen, Seen, Task
from compliance.model.result import Result, Verdict
from compliance.model.rule import Rule, Severity
from scanners import UNKNOWN, Facts, Gap, Reason

T0 = datetime(2026, 1, 5, 8, tzinfo=UTC)
LATER = T0 + timedelta(days=7)
PLACE = ("kiosk", "tls-floor", "")
LOOKED = Coverage(seen=frozenset({PLACE[:2]}))
NOWHERE = Coverage()
MOVES_NOTHING = [v for v in Verdict if v not in {Verdict.PASS, Verdict.FAIL, Verdict.NOTAPPLICABLE}]


def finding(state: State = State.OPEN, *, key: str = "", last_seen: datetime = T0) -> Finding:
    return Finding(
        host="kiosk",
        rule="tls-floor",
        key=key,
        state=state,
        first_seen=min(T0, last_seen),
        last_seen=last_seen,
        severity=Severity.HIGH,
        message="old",
    )


def result(verdict: Verdict, *, key: str = "", at: datetime | None = LATER, message: str = "new") -> Result:
    return Result(
        host="kiosk",
        rule="tls-floor",
        key=key,
        verdict=verdict,
        severity=Severity.HIGH,
        message=message,
        fix="mend it",
        observed_at=at,
    )


def kinds(changes: tuple[Change, ...]) -> list[Kind]:
    return [change.event.kind for change in changes]


def applied(known: list[Finding], changes: tuple[Change, ...]) -> list[Finding]:
    after = {f.identity: f for f in known} | {c.finding.identity: c.finding for c in changes}
    return list(after.values())


def test_a_failure_opens_a_finding_dated_by_its_facts():
    (change,) = reconcile([], [result(Verdict.FAIL)], NOWHERE, LATER + timedelta(days=90))
    assert change.event.kind is Kind.OPENED
    assert change.event.at == LATER
    assert change.finding.first_seen == change.finding.last_seen == LATER
    assert change.finding.state is State.OPEN


def test_a_failure_seen_again_confirms_and_keeps_the_first_day():
    (change,) = reconcile([finding()], [result(Verdict.FAIL)], NOWHERE, LATER)
    assert change.event.kind is Kind.CONFIRMED
    assert (change.finding.first_seen, change.finding.last_seen) == (T0, LATER)
    assert change.finding.message == "new"


@pytest.mark.parametrize("state", [State.FIXED, State.RETIRED])
def test_a_failure_that_comes_back_reopens_the_same_finding(state):
    (change,) = reconcile([finding(state)], [result(Verdict.FAIL)], NOWHERE, LATER)
    assert change.event.kind is Kind.REOPENED
    assert change.finding.first_seen == T0


def test_a_pass_fixes_and_keeps_when_it_last_failed():
    (change,) = reconcile([finding()], [result(Verdict.PASS)], NOWHERE, LATER)
    assert change.event.kind is Kind.FIXED
    assert change.finding.last_seen == T0
    assert change.event.at == LATER


def test_old_facts_judged_again_move_nothing():
    new = finding(last_seen=LATER)
    assert reconcile([new], [result(Verdict.PASS, at=T0)], LOOKED, LATER) == ()
    assert reconcile([new], [result(Verdict.FAIL, at=T0)], LOOKED, LATER) == ()
    assert reconcile([finding(State.FIXED)], [result(Verdict.FAIL, at=T0)], LOOKED, LATER) == ()


@pytest.mark.parametrize("verdict", MOVES_NOTHING)
@pytest.mark.parametrize("state", list(State))
def test_what_was_not_judged_moves_nothing(verdict, state):
    assert reconcile([finding(state)], [result(verdict)], LOOKED, LATER) == ()


def test_a_place_that_is_gone_is_fixed_only_where_somebody_looked():
    assert kinds(reconcile([finding()], [], LOOKED, LATER)) == [Kind.FIXED]
    assert reconcile([finding()], [], NOWHERE, LATER) == ()


def test_a_port_that_is_gone_is_fixed_only_if_it_answered():
    known = [finding(key="tcp/8443")]
    assert reconcile(known, [], LOOKED, LATER) == ()
    elsewhere = Coverage(seen=LOOKED.seen, ports={"kiosk": frozenset({443})})
    assert reconcile(known, [], elsewhere, LATER) == ()
    there = Coverage(seen=LOOKED.seen, ports={"kiosk": frozenset({443, 8443})})
    assert kinds(reconcile(known, [], there, LATER)) == [Kind.FIXED]


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.ERROR])
def test_a_place_is_not_gone_while_the_whole_rule_was_blind(verdict):
    known = [finding(key="package/openssl")]
    assert reconcile(known, [result(verdict, key="")], LOOKED, LATER) == ()


def test_a_rule_that_no_longer_applies_fixes_only_where_somebody_looked():
    assert kinds(reconcile([finding()], [result(Verdict.NOTAPPLICABLE)], LOOKED, LATER)) == [Kind.FIXED]
    assert reconcile([finding()], [result(Verdict.NOTAPPLICABLE)], NOWHERE, LATER) == ()


@pytest.mark.parametrize(
    "covered",
    [Coverage(retired_hosts=frozenset({"kiosk"})), Coverage(retired_rules=frozenset({"tls-floor"}))],
    ids=["host", "rule"],
)
def test_a_retired_host_or_rule_retires_what_is_open_and_opens_nothing(covered):
    assert kinds(reconcile([finding()], [], covered, LATER)) == [Kind.RETIRED]
    assert reconcile([finding(State.FIXED)], [result(Verdict.FAIL)], covered, LATER) == ()
    assert reconcile([], [result(Verdict.FAIL)], covered, LATER) == ()


class Answering(Facts, frozen=True, kw_only=True):
    answered: str = ""


def rule(*scanners: str) -> Rule:
    return Rule(
        id="+".join(scanners),
        pack="p",
        title="t",
        severity=Severity.LOW,
        rationale="",
        remediation="",
        scanners=scanners,
    )


def test_coverage_needs_every_scanner_of_the_rule_and_facts_without_a_gap_over_all():
    hosts = [Host(name=name, address=Address(name)) for name in ("a", "b", "c")]
    gap = Gap(path="", reason=Reason.PARTIAL)
    seen = [
        Seen(task=Task(host="a", scanner="ports"), at=T0, facts=Answering(answered="22,80-81")),
        Seen(task=Task(host="a", scanner="tls"), at=T0, facts=Facts()),
        Seen(task=Task(host="b", scanner="ports"), at=T0, facts=Facts(gaps=(gap,))),
        NotSeen(task=Task(host="c", scanner="ports"), at=T0, reason=Reason.UNREACHABLE, detail=""),
    ]
    covered = coverage(hosts, seen, [rule("ports"), rule("ports", "tls"), rule("ssh")])
    assert covered.seen == {("a", "ports"), ("a", "ports+tls")}
    assert covered.ports == {"a": {22, 80, 81}}


def test_ports_asked_for_by_number_cover_where_no_scanner_says_more():
    host = Host(name="a", address=Address("a"), ports=(443,))
    covered = coverage(
        [host], [Seen(task=Task(host="a", scanner="tls"), at=T0, facts=Facts())], [rule("tls")]
    )
    assert covered.includes(("a", "tls", "tcp/443"))
    assert not covered.includes(("a", "tls", "tcp/8443"))


class Datagram(Struct, frozen=True, kw_only=True):
    port: int
    state: str


class Heard(Answering, frozen=True, kw_only=True):
    udp: tuple[Datagram, ...] = UNKNOWN


def heard(**words):
    facts = Heard(answered="161", **words)
    return coverage(
        [Host(name="a", address=Address("a"))],
        [Seen(task=Task(host="a", scanner="ports"), at=T0, facts=facts)],
        [rule("ports")],
    )


def test_a_udp_port_is_covered_where_it_said_something_whatever_tcp_says_at_that_number():
    listed = tuple(
        Datagram(port=port, state=state)
        for port, state in ((53, "answered"), (69, "closed"), (161, "no-answer"))
    )
    covered = heard(udp=listed)
    assert covered.includes(("a", "ports", "udp/53"))
    assert covered.includes(("a", "ports", "udp/69"))
    assert not covered.includes(("a", "ports", "udp/161"))
    assert covered.includes(("a", "ports", "tcp/161"))
    assert not covered.includes(("a", "ports", "tcp/53"))
    assert not covered.includes(("a", "ports", "udp/123"))


def test_no_udp_port_is_covered_where_nobody_asked():
    assert not heard().includes(("a", "ports", "udp/161"))


def test_a_silent_udp_port_fixes_nothing_and_one_that_refuses_does():
    known = [replace(finding(key="udp/161"), host="a", rule="ports")]
    silent = heard(udp=(Datagram(port=161, state="no-answer"),))
    assert reconcile(known, [], silent, LATER) == ()
    closed = heard(udp=(Datagram(port=161, state="closed"),))
    assert kinds(reconcile(known, [], closed, LATER)) == [Kind.FIXED]


KEYS = st.sampled_from(["", "tcp/443", "tcp/8443", "package/openssl"])
TIMES = st.sampled_from([T0, LATER, None])
FINDINGS = st.lists(
    st.builds(
        lambda state, key, last: finding(state, key=key, last_seen=last),
        st.sampled_from(State),
        KEYS,
        st.sampled_from([T0, LATER]),
    ),
    unique_by=lambda f: f.identity,
)
RESULTS = st.lists(
    st.builds(lambda v, key, at: result(v, key=key, at=at), st.sampled_from(Verdict), KEYS, TIMES),
    unique_by=lambda r: r.key,
)
ON_443 = Coverage(seen=LOOKED.seen, ports={"kiosk": frozenset({443})})
COVERAGES = st.sampled_from([NOWHERE, LOOKED, ON_443, Coverage(retired_hosts=frozenset({"kiosk"}))])


@given(FINDINGS, RESULTS, COVERAGES)
def test_the_same_results_again_change_nothing(known, results, covered):
    after = applied(known, reconcile(known, results, covered, LATER))
    assert reconcile(after, results, covered, LATER) == ()


@given(FINDINGS, RESULTS, COVERAGES)
def test_unknown_and_error_never_change_anything_at_their_place(known, results, covered):
    unseen = {r.key for r in results if r.verdict in {Verdict.UNKNOWN, Verdict.ERROR}}
    changes = reconcile(known, results, covered, LATER)
    assert [c for c in changes if c.event.key in unseen and c.event.kind is not Kind.RETIRED] == []


@given(FINDINGS, RESULTS, COVERAGES)
def test_nothing_is_fixed_without_a_pass_or_coverage(known, results, covered):
    passed = {r.key for r in results if r.verdict is Verdict.PASS}
    for change in reconcile(known, results, covered, LATER):
        if change.event.kind is Kind.FIXED:
            assert change.event.key in passed or covered.includes(change.finding.identity)


@given(FINDINGS, RESULTS, COVERAGES)
def test_every_failure_that_is_new_is_open_afterwards(known, results, covered):
    after = {f.identity: f for f in applied(known, reconcile(known, results, covered, LATER))}
    before = {f.identity for f in known}
    for failing in (r for r in results if r.verdict is Verdict.FAIL):
        place = (failing.host, failing.rule, failing.key)
        assert place in before or covered.retires(place) or after[place].state is State.OPEN


@given(FINDINGS, RESULTS, COVERAGES)
def test_first_seen_never_moves_and_last_seen_never_goes_back(known, results, covered):
    before = {f.identity: f for f in known}
    for change in reconcile(known, results, covered, LATER):
        old = before.get(change.finding.identity)
        if old is not None:
            assert change.finding.first_seen == old.first_seen
            assert change.finding.last_seen >= old.last_seen
