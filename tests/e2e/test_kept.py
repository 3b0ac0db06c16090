import subprocess
import zipfile

import pytest

from tests.e2e.command import compliance
from tests.servers.tls import free_port, old_server


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A state folder in which one scan of an old server was kept."""
    folder = tmp_path_factory.mktemp("state")
    with old_server(folder) as port:
        done = compliance("scan", "127.0.0.1", "--ports", str(port), "--scanners", "tls", state=folder)
    assert done.code == 1
    return folder


def test_a_pack_verifies_with_sha256sum_alone_and_holds_the_raw_facts(state, tmp_path):
    done = compliance("report", "pack", "-o", str(tmp_path / "evidence.zip"), state=state)
    assert done.code == 0, done.err
    with zipfile.ZipFile(tmp_path / "evidence.zip") as packed:
        packed.extractall(tmp_path / "pack")
        assert {"report.pdf", "SHA256SUMS", "facts/127.0.0.1/tls.json"} <= set(packed.namelist())
    words = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(words, cwd=tmp_path / "pack", capture_output=True, check=False).returncode == 0
    (tmp_path / "pack" / "facts" / "127.0.0.1" / "tls.json").write_text("{}")
    assert subprocess.run(words, cwd=tmp_path / "pack", capture_output=True, check=False).returncode == 1


def test_a_report_of_a_kept_scan_can_be_written_again(state, tmp_path):
    done = compliance(
        "report", "write", str(tmp_path / "again.html"), state=state, COMPLIANCE_ORGANISATION="Garage <3>"
    )
    assert done.code == 0, done.err
    page = (tmp_path / "again.html").read_text()
    assert "TLSv1.0" in page
    assert "Compliance report of Garage &lt;3&gt;" in page


def test_scans_are_listed(state):
    listed = compliance("report", "list", state=state)
    assert listed.code == 0
    assert "127.0.0.1" in listed.out


def test_without_a_scan_there_is_nothing_to_report_and_that_is_said(tmp_path):
    listed = compliance("report", "list", state=tmp_path)
    assert (listed.code, listed.out) == (0, "")
    assert "no scan was kept yet" in listed.err
    missing = compliance("report", "pack", "-o", str(tmp_path / "x.zip"), state=tmp_path)
    assert missing.code == 2
    assert not (tmp_path / "x.zip").exists()


def test_a_host_of_the_inventory_is_scanned_as_it_was_declared(tmp_path):
    port = free_port()
    words = ("--address", "127.0.0.1", "--ports", str(port), "--zone", "cde", "--scope", "cardholder-data")
    assert compliance("hosts", "add", "kiosk-7", *words, state=tmp_path).code == 0
    assert "kiosk-7  127.0.0.1  -  cde" in compliance("hosts", "list", state=tmp_path).out
    done = compliance("scan", "kiosk-7", "--scanners", "tls", "--format", "json", state=tmp_path)
    (host,) = done.document["hosts"]
    assert (host["name"], host["address"], host["zone"], host["declared"]) == (
        "kiosk-7",
        "127.0.0.1",
        "cde",
        True,
    )
    assert f"tcp/{port}" in str(done.document["not_seen"])


def test_a_retired_host_is_gone_from_the_inventory(tmp_path):
    compliance("hosts", "add", "old-1", "--address", "127.0.0.1", state=tmp_path)
    assert compliance("hosts", "retire", "old-1", state=tmp_path).code == 0
    assert "old-1" not in compliance("hosts", "list", state=tmp_path).out
    assert compliance("hosts", "retire", "old-1", state=tmp_path).code == 2


def test_what_is_due_is_scanned_and_reported_once(tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    words = (
        "schedule",
        "add",
        "weekly",
        "127.0.0.1",
        "--into",
        str(reports),
        "--profile",
        "network",
        "--day",
        "*",
    )
    added = compliance(*words, "--at", "03:00", state=tmp_path)
    assert added.code == 0, added.err
    assert "next scan" in added.err
    assert "weekly" in compliance("schedule", "list", state=tmp_path).out
    early = compliance("daemon", "--once", state=tmp_path)
    assert "0 scheduled scans ran" in early.err
    assert not list(reports.iterdir())
    assert compliance("schedule", "remove", "weekly", state=tmp_path).code == 0
    assert compliance("schedule", "remove", "weekly", state=tmp_path).code == 2


def test_doctor_finds_this_installation_whole(tmp_path):
    done = compliance("doctor", state=tmp_path)
    assert done.code == 0, done.out
    assert "MISSING" not in done.out
    assert "rules" in done.out


def test_facts_are_printed_unjudged(tmp_path):
    done = compliance("facts", "localhost", "--scanners", "config,packages", state=tmp_path)
    (host,) = done.document["hosts"]
    assert host["observations"]["packages"]["facts"]["manager"] == "dpkg"
    assert not (tmp_path / "nothing").exists()


def test_a_rule_is_told_whole(tmp_path):
    done = compliance("rules", "show", "tls-protocol-floor", state=tmp_path)
    assert done.code == 0
    for part in ("Why", "How to mend it", "pci-dss-4.0.1 4.2.1", "packs/tls/"):
        assert part in done.out
    assert compliance("rules", "show", "tls-protocol-flor", state=tmp_path).code == 2
