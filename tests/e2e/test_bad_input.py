import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.command import compliance
from tests.servers.tls import babbling, bad_server, flooding, free_port, garbage, resetting, silent


@pytest.mark.parametrize(
    "host",
    [
        "-oN x",
        "127.0.0.1 -oN written",
        "host\nother",
        "a;touch written",
        "$(touch written)",
        "`id`",
        "-oProxyCommand=touch written",
        "p\u0430yment.example",
        "kiosk\u202e7",
        "../etc/passwd",
        "127.0.0.1/8",
        "fe80::1%eth0",
        "",
        "x" * 300,
    ],
)
def test_a_word_that_names_no_host_is_refused_before_anything_is_touched(host, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    done = compliance("scan", "--", host, state=tmp_path / "state")
    assert done.code == 2
    assert done.out == ""
    assert "is no host name or IP address" in done.err
    assert not (tmp_path / "written").exists()
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("ports", ["0", "65536", "22-21", "http", "1,,2", "-1", "22;id", "1-99999"])
def test_a_port_out_of_range_is_a_mistake_of_the_command_line(ports, tmp_path):
    done = compliance("scan", "127.0.0.1", f"--ports={ports}", state=tmp_path)
    assert done.code == 2
    assert "--ports" in done.err


def test_an_unknown_scanner_is_named_with_what_there_is(tmp_path):
    done = compliance("scan", "127.0.0.1", "--scanners", "tsl", state=tmp_path)
    assert done.code == 2
    assert "no scanner is called 'tsl'" in done.err
    assert "tls" in done.err


def test_an_unknown_profile_is_named_with_what_there_is(tmp_path):
    done = compliance("scan", "127.0.0.1", "--profile", "defualt", state=tmp_path)
    assert done.code == 2
    assert "there is: default" in done.err


def test_a_rule_file_with_a_typo_is_shown_at_its_place(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "own.yaml").write_text(
        "format: rules/v1\npack: own\nversion: 1.0.0\nrules:\n"
        "  - id: own-rule\n    title: T\n    severity: high\n    rationale: R\n    remediation: F\n"
        "    require: host.config.sshd.permit_root_logn == 'no'\n    tests: []\n"
    )
    done = compliance("rules", "check", str(folder), state=tmp_path)
    assert done.code == 4
    assert f"{folder / 'own.yaml'}:10:" in done.err
    assert "permit_root_login" in done.err


def test_rules_of_ones_own_that_are_broken_stop_a_scan_before_it_begins(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "own.yaml").write_text("format: rules/v1\npack: [\n")
    settings = tmp_path / "settings.toml"
    settings.write_text(f"rule_folders = ['{folder}']\n")
    done = compliance("scan", "127.0.0.1", "--config", str(settings), state=tmp_path)
    assert done.code == 4
    assert "own.yaml:" in done.err


def test_a_misspelt_setting_is_named(tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text("databse = 'x'\n")
    done = compliance("scan", "127.0.0.1", "--config", str(settings), state=tmp_path)
    assert done.code == 4
    assert "databse" in done.err


def test_a_settings_file_that_is_no_toml_is_named(tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text("scan = [\n")
    done = compliance("scan", "127.0.0.1", "--config", str(settings), state=tmp_path)
    assert done.code == 4
    assert str(settings) in done.err


@pytest.mark.parametrize("name", ["nowhere/report.html", "report.docx", "report"])
def test_a_report_that_cannot_be_written_is_refused_before_the_scan(name, tmp_path):
    words = ("scan", "127.0.0.1", "--ports", "1", "--scanners", "tls", "--report", str(tmp_path / name))
    done = compliance(*words, state=tmp_path / "state")
    assert done.code == 4
    assert str(tmp_path / name) in done.err
    assert done.out == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
@pytest.mark.parametrize("full", ["report", "database"])
def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(full, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    state = small if full == "database" else tmp_path / "state"
    script = (
        'mount -t tmpfs -o size=64k none "$1" && head -c 60000 /dev/zero > "$1/filler"; shift; '
        '"$@"; code=$?; ls -a "$0"; exit $code'
    )
    words = [sys.executable, "-m", "compliance", "scan", "127.0.0.1", "--ports", str(free_port())]
    words += [
        "--scanners",
        "tls",
        "--quiet",
        "--report",
        str((small if full == "report" else tmp_path) / "report.html"),
    ]
    ran = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, str(small), str(small), *words],
        capture_output=True,
        timeout=60,
        text=True,
        env={**os.environ, "COMPLIANCE_STATE": str(state)},
        check=False,
    )
    assert ran.returncode == 4, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "No space left" in ran.stderr or "full" in ran.stderr
    assert "report.html" not in ran.stdout
    if full == "report":
        assert "unreachable" in ran.stdout


@pytest.mark.parametrize("server", [silent, resetting, garbage, babbling, flooding])
def test_a_target_that_misbehaves_is_not_seen_and_the_scan_goes_on(server, tmp_path):
    with bad_server(server) as port:
        words = ("scan", "127.0.0.1", "--ports", str(port), "--scanners", "tls", "--format", "json")
        done = compliance(*words, state=tmp_path, COMPLIANCE_SCAN__TIMEOUT_SECONDS="1")
    assert done.code in {1, 3}
    floor = [r for r in done.document["results"] if r["rule"] == "tls-protocol-floor"]
    assert "pass" not in {r["result"] for r in floor}
    assert floor
    assert len(done.out) < 1_000_000
    assert any(blank["scanner"] == "tls" for blank in done.document["not_seen"])


def test_a_reader_that_goes_away_is_no_trace(tmp_path):
    ran = subprocess.run(
        f"{sys.executable} -m compliance rules list --json | head -c 10",
        shell=True,
        capture_output=True,
        timeout=60,
        env={**os.environ, "COMPLIANCE_STATE": str(tmp_path)},
        check=False,
    )
    assert len(ran.stdout) == 10
    assert b"Traceback" not in ran.stderr
    assert b"BrokenPipe" not in ran.stderr


def test_an_interrupt_ends_a_scan_at_once_and_without_a_trace(tmp_path):
    with bad_server(silent) as port:
        words = ["scan", "127.0.0.1", "--ports", str(port), "--scanners", "ports,tls"]
        running = subprocess.Popen(
            [sys.executable, "-m", "compliance", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "COMPLIANCE_STATE": str(tmp_path), "COMPLIANCE_SCAN__TIMEOUT_SECONDS": "60"},
            start_new_session=True,
        )
        while not (tmp_path / "compliance.db").exists():
            assert running.poll() is None
            time.sleep(0.05)
        time.sleep(1)
        os.killpg(running.pid, signal.SIGINT)
        _out, err = running.communicate(timeout=15)
    assert running.returncode == 4
    assert b"interrupted" in err
    assert b"Traceback" not in err
