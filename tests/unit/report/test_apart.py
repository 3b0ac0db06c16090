"""What is of no single host: sections with counts, and one line for a register that is not kept."""

from dataclasses import replace
from datetime import UTC, datetime

from compliance.model.host import Address, Host
from compliance.model.result import ESTATE, FLEET, Result, Verdict
from compliance.model.rule import Severity
from compliance.model.scan import Scan
from compliance.report.apart import apart
from compliance.report.cases import failures, undecided
from compliance.report.content import content

T0 = datetime(2026, 11, 1, tzinfo=UTC)


def result(rule, key, verdict=Verdict.UNKNOWN, host=ESTATE, message=""):
    said = {"severity": Severity.HIGH, "message": message, "fix": "", "evidence": (), "observed_at": T0}
    return Result(host=host, rule=rule, key=key, verdict=verdict, **said)


def scan_of(*results):
    return Scan(
        id="s",
        started=T0,
        finished=T0,
        version="1",
        profile="default",
        hosts=(),
        observations=(),
        results=results,
    )


def unkept(*controls):
    return [
        result("register-role-assignments", one, message=f"estate.controls[{one}].entries is not known")
        for one in controls
    ]


def test_a_register_that_is_not_kept_is_one_row():
    (row,) = undecided(scan_of(*unkept("gdpr/1", "gdpr/2", "gdpr/3")), {})
    assert (row.where, row.apart) == ("3 controls", ESTATE)
    assert row.why == "the inventory keeps no registers.role_assignments"


def test_a_register_that_is_kept_but_unclear_is_not_called_missing():
    odd = result("register-role-assignments", "gdpr/9", message="the entry has no day")
    (row,) = undecided(scan_of(*unkept("gdpr/1"), odd), {})
    assert row.why == "not declared of gdpr/1, gdpr/9"


def test_rows_of_hosts_are_never_merged():
    rows = undecided(scan_of(*(result("x", key, host="kiosk-1", message=key) for key in "ab")), {})
    assert [row.where for row in rows] == ["a", "b"]
    assert not any(row.apart for row in rows)


def test_each_section_counts_its_own_and_says_what_to_type_where_it_has_none():
    declared, together = apart(scan_of(*unkept("gdpr/1"), result("y", "", Verdict.FAIL)))
    assert (declared.checks.failed, declared.checks.not_seen) == (1, 1)
    assert together.checks.total == 0
    assert "compliance scan --all" in together.empty
    assert "compliance hosts import" in declared.empty


def test_the_headline_counts_no_estate_among_the_hosts():
    done = scan_of(result("y", "", Verdict.FAIL), result("z", "k", Verdict.FAIL, host=FLEET))
    looked = replace(done, hosts=(Host(name="kiosk-1", address=Address("192.0.2.7")),))
    assert {case.apart for case in failures(done, {})} == {ESTATE, FLEET}
    assert (
        content(looked, {}).headline.sentence == "2 checks fail in what is declared (1) and across hosts (1)."
    )
