"""The evidence pack: whole, the same every time, and checked with nothing but sha256sum."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from subprocess import run
from zipfile import ZipFile

import pytest

from compliance.model.errors import ReportFailed
from compliance.model.observation import Seen
from compliance.report.content import content
from compliance.report.pack import facts_name, pack
from tests.samples import sample_rules, sample_scan

SCAN = sample_scan()
SAID = content(SCAN, sample_rules())
FILES = {"results.json": b'{"format": "scan/v1"}'} | {
    facts_name(o.task.host, o.task.scanner): f'{{"of": "{o.task.host}"}}'.encode()
    for o in SCAN.observations
    if isinstance(o, Seen)
}


@pytest.fixture(scope="module")
def packed() -> bytes:
    return pack(SAID, SCAN, FILES)


def _verified(folder: Path) -> int:
    done = run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode


def test_the_pack_holds_the_report_the_results_and_every_fact(packed):
    names = ZipFile(BytesIO(packed)).namelist()
    assert names == sorted(names)
    assert set(names) == {"report.pdf", "report.html", "README.txt", "SHA256SUMS", *FILES}


def test_the_command_of_its_readme_verifies_it_and_finds_a_flipped_byte(packed, tmp_path):
    ZipFile(BytesIO(packed)).extractall(tmp_path)
    assert "sha256sum -c --strict SHA256SUMS" in (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert _verified(tmp_path) == 0
    for name in ("report.pdf", "README.txt", "results.json", min(FILES)):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        assert _verified(tmp_path) != 0
        (tmp_path / name).write_bytes(whole)
    assert _verified(tmp_path) == 0
    (tmp_path / min(FILES)).unlink()
    assert _verified(tmp_path) != 0


def test_the_list_names_every_file_but_itself(packed):
    archive = ZipFile(BytesIO(packed))
    listed = {line.split("  ", 1)[1] for line in archive.read("SHA256SUMS").decode().splitlines()}
    assert listed == set(archive.namelist()) - {"SHA256SUMS"}


def test_the_readme_names_what_could_not_be_seen(packed):
    text = ZipFile(BytesIO(packed)).read("README.txt").decode()
    assert "camera-hub.south.example: config, packages, ports and tls (nothing answered)" in text
    assert "pay-station-2.north.example: config and packages (no login was given)" in text
    assert max(map(len, text.splitlines())) < 100


def test_the_same_scan_gives_the_same_bytes_in_whatever_order_its_files_come(packed):
    assert pack(SAID, SCAN, dict(reversed(FILES.items()))) == packed


def test_a_pack_without_the_facts_it_rests_on_is_refused():
    for name in ("results.json", min(FILES)):
        fewer = {key: value for key, value in FILES.items() if key != name}
        with pytest.raises(ReportFailed, match="would lack"):
            pack(SAID, SCAN, fewer)


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        "facts/../../x",
        "a\nb",
        "a\\b",
        "README.TXT",
        "sha256sums",
        "Report.pdf",
        "",
        "a//b",
        ".x",
    ],
)
def test_a_name_that_leaves_the_pack_or_hides_a_file_is_refused(name):
    with pytest.raises(ReportFailed, match="cannot be the name"):
        pack(SAID, SCAN, FILES | {name: b""})


def test_hosts_with_odd_names_get_a_plain_file_name():
    assert facts_name("fe80::1", "tls") == "facts/fe80%3A%3A1/tls.json"
    assert facts_name("../../etc", "a b") == "facts/%2E.%2F..%2Fetc/a%20b.json"
    seen = next(o for o in SCAN.observations if isinstance(o, Seen))
    odd = replace(seen, task=replace(seen.task, host="::1"))
    scan = replace(SCAN, observations=(odd,))
    files = {"results.json": b"{}", facts_name("::1", odd.task.scanner): b"{}"}
    assert pack(content(scan, {}), scan, files)
