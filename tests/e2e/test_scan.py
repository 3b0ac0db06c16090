import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest

from tests.e2e.command import compliance
from tests.servers.tls import free_port, old_server

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "scan-v1.schema.json"


def test_an_old_server_with_an_expired_certificate_fails_with_what_was_seen(tmp_path):
    with old_server(tmp_path) as port:
        done = compliance("scan", "127.0.0.1", "--ports", str(port), "--format", "json", state=tmp_path)
    assert done.code == 1
    failing = {r["rule"]: r for r in done.document["results"] if r["result"] == "fail"}
    floor, expired = failing["tls-protocol-floor"], failing["tls-certificate-in-date"]
    assert floor["key"] == expired["key"] == f"tcp/{port}"
    assert "TLSv1.0" in floor["message"]
    assert any("TLSv1.0" in each["seen"] for each in floor["evidence"])
    assert expired["evidence"]
    assert floor["fix"]
    assert {"framework": "pci-dss-4.0.1", "id": "4.2.1"} in floor["controls"]


def test_the_same_server_down_is_not_seen_and_never_fine(tmp_path):
    port = free_port()
    done = compliance("scan", "127.0.0.1", "--ports", str(port), "--format", "json", state=tmp_path)
    assert done.code == 3
    document = done.document
    reasons = {(blank["scanner"], blank["reason"]) for blank in document["not_seen"]}
    assert ("tls", "unreachable") in reasons
    floor = [r for r in document["results"] if r["rule"] == "tls-protocol-floor"]
    assert [r["result"] for r in floor] == ["unknown"]
    assert document["summary"]["fail"] == 0
    assert document["summary"]["unknown"] > 0


def test_ports_that_were_not_asked_for_are_not_called_closed(tmp_path):
    words = ("scan", "127.0.0.1", "--ports", str(free_port()), "--scanners", "ports", "--format", "json")
    done = compliance(*words, state=tmp_path)
    telnet = [r["result"] for r in done.document["results"] if r["rule"] == "ports-telnet-closed"]
    assert telnet == ["unknown"]
    assert done.code == 3


def test_rules_about_other_ports_do_not_call_themselves_not_applicable(tmp_path):
    with old_server(tmp_path) as port:
        words = ("scan", "127.0.0.1", "--ports", str(port), "--scanners", "ports,tls,ssh", "--format", "json")
        done = compliance(*words, state=tmp_path)
    found = {r["result"] for r in done.document["results"] if r["rule"].startswith("ssh-")}
    assert found == {"unknown"}
    floor = {r["key"]: r["result"] for r in done.document["results"] if r["rule"] == "tls-protocol-floor"}
    assert floor == {f"tcp/{port}": "fail", "": "unknown"}


def test_json_keeps_to_its_schema(tmp_path):
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()), validate_formats=True)
    with old_server(tmp_path) as port:
        done = compliance("scan", "127.0.0.1", "--ports", str(port), "--format", "json", state=tmp_path)
    validator.validate(done.document)
    counted = sum(done.document["summary"].values())
    assert counted == len(done.document["results"])


def test_csv_holds_every_result_and_everything_not_seen(tmp_path):
    words = ("scan", "127.0.0.1", "--ports", str(free_port()), "--scanners", "tls")
    done = compliance(*words, "--format", "csv", state=tmp_path)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert {"unknown", "not-seen"} <= {row["result"] for row in rows}


def test_the_table_says_what_is_wrong_how_to_mend_it_and_what_was_not_seen(tmp_path):
    with old_server(tmp_path) as port:
        done = compliance("scan", "127.0.0.1", "--ports", str(port), state=tmp_path, COLUMNS="80")
    assert done.code == 1
    assert "\x1b" not in done.out
    assert f"tcp/{port}" in done.out
    assert "  saw " in done.out
    assert "  fix " in done.out
    assert "NOT SEEN" in done.out
    assert "no login" in done.out
    assert max(map(len, done.out.splitlines())) <= 100
    severities = [line.split()[0] for line in done.out.splitlines() if line and line[0].isupper()]
    ranked = [s for s in severities if s in {"CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"}]
    assert ranked == sorted(ranked, key=["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"].index)
    assert done.out.rstrip().splitlines()[-1].startswith("1 host: ")


def test_fail_on_decides_the_exit_code_and_not_what_is_shown(tmp_path):
    with old_server(tmp_path) as port:
        words = ("scan", "127.0.0.1", "--ports", str(port), "--scanners", "tls", "--format", "json")
        strict = compliance(*words, "--fail-on", "low", state=tmp_path)
        never = compliance(*words, "--profile", "network", "--fail-on", "critical", state=tmp_path)
    assert strict.code == 1
    worst = {r["severity"] for r in never.document["results"] if r["result"] == "fail"}
    assert never.code == (1 if "critical" in worst else 0)
    assert never.document["summary"]["fail"] > 0


def test_a_scan_writes_reports_that_hold_the_findings(tmp_path):
    page, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    with old_server(tmp_path) as port:
        done = compliance(
            "scan",
            "127.0.0.1",
            "--ports",
            str(port),
            "--report",
            str(page),
            "--report",
            str(paper),
            state=tmp_path,
        )
    assert done.code == 1
    assert f"tcp/{port}" in page.read_text()
    assert paper.read_bytes().startswith(b"%PDF-")
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".report")]


def test_one_host_that_is_down_leaves_the_others_as_they_are(tmp_path):
    with old_server(tmp_path) as port:
        done = compliance(
            "scan",
            "127.0.0.1",
            "127.0.0.66",
            "--ports",
            str(port),
            "--format",
            "json",
            state=tmp_path,
        )
    assert done.code == 1
    assert {blank["host"] for blank in done.document["not_seen"]} >= {"127.0.0.66"}
    assert any(r["result"] == "fail" and r["host"] == "127.0.0.1" for r in done.document["results"])


@pytest.mark.parametrize(
    "command",
    ["scan", "facts", "judge", "explain", "rules", "hosts", "schedule", "daemon", "report", "doctor"],
)
def test_every_command_has_a_help(command, tmp_path):
    done = compliance(command, "--help", state=tmp_path)
    assert done.code == 0
    assert "Usage: " in done.out


WAIVERS = """
format: waivers/v1
waivers:
  - id: W-{number}
    rule: {rule}
    hosts: "true"
    reason: The terminal is replaced this month.
    requested_by: ann
    approved_by: bob
    approved_on: {today}
    until: {today}
"""


def test_what_is_waived_still_fails_but_does_not_count_for_the_exit_code(tmp_path):
    with old_server(tmp_path) as port:
        words = ("scan", "127.0.0.1", "--ports", str(port), "--scanners", "tls", "--format", "json")
        before = compliance(*words, "--fail-on", "low", state=tmp_path)
        failing = sorted({r["rule"] for r in before.document["results"] if r["result"] == "fail"})
        today = datetime.now(UTC).date().isoformat()
        file, gone = tmp_path / "w.yaml", tmp_path / "gone.yaml"
        text = [WAIVERS.format(number=n, rule=rule, today=today) for n, rule in enumerate(failing)]
        file.write_text(text[0] + "".join(each.split("waivers:\n")[1] for each in text[1:]))
        gone.write_text(WAIVERS.format(number="x", rule="no-such-rule", today=today))
        more = ("--waivers", str(file), "--waivers", str(gone), "--fail-on", "low")
        after = compliance(*words, *more, state=tmp_path)
        table = compliance(*words[:-2], *more, state=tmp_path)
    assert before.code == 1
    assert after.code in {0, 3}
    assert after.document["summary"] == before.document["summary"]
    assert all(r["waived_by"] for r in after.document["results"] if r["result"] == "fail")
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text())).validate(after.document)
    assert "[waived by W-0]" in table.out
    assert "W-x  no-such-rule: unknown-rule" in table.out
    assert f"{len(failing)} waived)" in table.out


def test_a_waiver_file_with_a_mistake_stops_a_scan_before_it_begins(tmp_path):
    file = tmp_path / "w.yaml"
    file.write_text(WAIVERS.format(number=1, rule="tls-protocol-floor", today="2026-02-31"))
    done = compliance("scan", "127.0.0.1", "--waivers", str(file), state=tmp_path)
    assert done.code == 4
    assert "w.yaml:10:18: '2026-02-31' is no day" in done.err
