"""The inventory by the command line: imported whole or not at all, shown, exported, imported again."""

import pytest

from tests.e2e.command import compliance

GOOD = """\
format: inventory/v1
zones: [{name: cde, zone_class: cardholder-data}]
hosts:
  - {name: kiosk-1, address: 127.0.0.1, zone: cde, role: pay-station, scopes: [cardholder-data]}
  - {name: gate, address: 127.0.0.2, role: gate-controller}
registers:
  policies: [{id: P1, controls: [pci-dss-4.0.1/1.1.1], owner: ciso, reviewed: 2026-05-01}]
"""


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "inventory.yaml"
    file.write_text(GOOD)
    return file


def test_an_import_says_what_it_adds_changes_and_retires(state, file):
    first = compliance("hosts", "import", str(file), state=state)
    assert first.code == 0
    assert "+ hosts: kiosk-1" in first.out
    assert "+ registers.policies: P1" in first.out
    assert "0 added, 0 changed, 0 retired" in compliance("hosts", "import", str(file), state=state).err
    file.write_text(
        GOOD.replace("pay-station", "web").replace(
            "  - {name: gate, address: 127.0.0.2, role: gate-controller}\n", ""
        )
    )
    again = compliance("hosts", "import", str(file), state=state)
    assert "~ hosts: kiosk-1" in again.out
    assert "- hosts: gate" in again.out
    listed = compliance("hosts", "list", state=state).out
    assert "gate" not in listed
    assert "web" in listed


def test_a_dry_run_changes_nothing(state, file):
    dry = compliance("hosts", "import", "--dry-run", str(file), state=state)
    assert "+ hosts: kiosk-1" in dry.out
    assert compliance("hosts", "list", state=state).out == ""


def test_a_bad_file_changes_nothing_and_is_told_by_line(state, file):
    compliance("hosts", "import", str(file), state=state)
    file.write_text(GOOD.replace("zone: cde, role", "zone: cda, role").replace("kiosk-1", "kiosk-9"))
    bad = compliance("hosts", "import", str(file), state=state)
    assert bad.code == 4
    assert "inventory.yaml:4:47: there is no zone 'cda'" in bad.err
    listed = compliance("hosts", "list", state=state).out
    assert "kiosk-1" in listed
    assert "kiosk-9" not in listed


def test_what_is_exported_can_be_imported_elsewhere(state, file, tmp_path):
    compliance("hosts", "import", str(file), state=state)
    compliance("hosts", "add", "by-hand", "--address", "127.0.0.3", "--role", "juke-box", state=state)
    out = tmp_path / "out.yaml"
    out.write_text(compliance("hosts", "export", state=state).out)
    other = tmp_path / "other"
    assert compliance("hosts", "import", str(out), state=other).code == 0
    assert compliance("hosts", "list", state=other).out.count("\n") == 3
    assert compliance("hosts", "export", state=other).out == out.read_text()


def test_a_host_that_was_added_by_hand_is_not_retired_by_an_import(state, file):
    compliance("hosts", "add", "by-hand", "--address", "127.0.0.3", state=state)
    compliance("hosts", "import", str(file), state=state)
    assert "by-hand" in compliance("hosts", "list", state=state).out


def test_a_table_adds_hosts_and_retires_none(state, file, tmp_path):
    compliance("hosts", "import", str(file), state=state)
    table = tmp_path / "more.csv"
    table.write_text("name,address,role\ncam-1,127.0.0.9,anpr-camera\n")
    assert "+ hosts: cam-1" in compliance("hosts", "import", str(table), state=state).out
    assert compliance("hosts", "list", state=state).out.count("\n") == 3


def test_a_host_is_shown_with_all_that_is_declared_of_it(state, file):
    compliance("hosts", "import", str(file), state=state)
    shown = compliance("hosts", "show", "kiosk-1", state=state)
    assert "zone_class: cardholder-data" in shown.out
    assert compliance("hosts", "show", "nobody", state=state).code == 2
