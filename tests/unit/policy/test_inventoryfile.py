"""Inventory files: every mistake at its place, and nothing that was not said."""

import pytest

from compliance.model.errors import BadRule
from compliance.policy.inventorycsv import load_table
from compliance.policy.inventoryfile import load_inventory
from scanners import UNKNOWN

GOOD = """\
format: inventory/v1
sites: [{name: north, country: LU}]
zones: [{name: cde, zone_class: cardholder-data, networks: [10.1.0.0/24]}]
hosts:
  - name: kiosk-1
    address: 192.0.2.7
    site: north
    zone: cde
    role: pay-station
    expected_ports: [{port: tcp/22, why: management, approved: 2026-01-05}]
certificates: []
registers:
  policies:
    - {id: P1, controls: [pci-dss-4.0.1/1.1.1], owner: ciso, reviewed: 2026-05-01}
"""
CONTROLS = {"pci-dss-4.0.1/1.1.1"}


def load(tmp_path, text):
    file = tmp_path / "inventory.yaml"
    file.write_text(text)
    return load_inventory(file, CONTROLS)


def test_a_document_keeps_apart_what_is_empty_and_what_is_not_declared(tmp_path):
    found = load(tmp_path, GOOD)
    assert found.certificates == ()
    assert found.terminals is UNKNOWN
    assert found.registers.procedures is UNKNOWN
    assert found.hosts[0].channel is UNKNOWN
    assert found.registers.policies[0].reviewed.year == 2026


@pytest.mark.parametrize(
    ("old", "new", "place", "text"),
    [
        ("inventory/v1", "inventory/v2", "1:9", "format: inventory/v1"),
        ("country: LU", "country: lux", "2:32", "two capital letters"),
        ("10.1.0.0/24", "10.1.0.0/99", "3:61", "10.1.0.0/99"),
        ("zone: cde", "zone: cda", "8:11", "did you mean 'cde'?"),
        ("role: pay-station", "role: kiosk", "9:11", "kiosk"),
        ("tcp/22", "tcp22", "10:29", "tcp/443"),
        ("tcp/22", "tcp/70000", "10:29", "is no port"),
        ("2026-01-05", "2026-13-05", "10:64", "date"),
        ("address: 192.0.2.7", "address: -oProxy", "6:14", "no host name"),
        ("certificates: []", "certificates: yes", "11:15", "expected a list"),
        ("policies:", "polices:", "13:3", "did you mean 'policies'?"),
        ("4.0.1/1.1.1", "4.0.1/1.1.99", "14:27", "there is no control"),
        ("owner: ciso", "ownr: ciso", "14:49", "did you mean 'owner'?"),
        ("certificates: []", "certs: []", "11:1", "there is no field 'certs'"),
        ("registers:\n", "registers: []\n#", "12:12", "map"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_column(tmp_path, old, new, place, text):
    assert old in GOOD
    with pytest.raises(BadRule) as caught:
        load(
            tmp_path,
            GOOD.replace(old, new, 1)
            if "registers" not in old
            else GOOD.split("registers:", maxsplit=1)[0] + "registers: []\n",
        )
    assert f"inventory.yaml:{place}: " in caught.value.message
    assert text in caught.value.message


def test_all_mistakes_are_told_at_once(tmp_path):
    with pytest.raises(BadRule) as caught:
        load(tmp_path, GOOD.replace("tcp/22", "tcp22").replace("zone: cde", "zone: x").replace("LU", "Lux"))
    assert len([line for line in caught.value.message.splitlines() if ".yaml:" in line]) == 3


def test_a_name_that_stands_twice_is_told(tmp_path):
    with pytest.raises(BadRule, match="'P1' stands already in line 14"):
        load(tmp_path, GOOD + "    - {id: P1}\n")


def test_a_table_of_hosts_declares_only_what_its_cells_say(tmp_path):
    file = tmp_path / "hosts.csv"
    file.write_text(
        "name,address,role,scopes,expected_ports\ngate,192.0.2.9,gate-controller,personal-data,tcp/22=ssh;tcp/443\nx,,,,\n"
    )
    gate, other = load_table(file).hosts
    assert [each.port for each in gate.expected_ports] == ["tcp/22", "tcp/443"]
    assert gate.expected_ports[0].why == "ssh"
    assert gate.scopes == ("personal-data",)
    assert other.expected_ports is UNKNOWN
    file.write_text(
        "name,passed_ports,expected_units,critical_paths,takes_terminals\n"
        "gw,tcp/443=pages,cron;ssh.socket,/opt/kiosk,yes\n"
    )
    (gateway,) = load_table(file).hosts
    assert [each.why for each in gateway.passed_ports] == ["pages"]
    assert (gateway.expected_units, gateway.critical_paths) == (("cron", "ssh.socket"), ("/opt/kiosk",))
    assert gateway.takes_terminals is True


def test_a_table_with_serials_holds_terminals(tmp_path):
    file = tmp_path / "terminals.csv"
    file.write_text("serial,host,pts_expires,attended,inspect_days\nA1,kiosk-1,2027-04-30,no,30\n")
    (terminal,) = load_table(file).terminals
    assert (terminal.pts_expires.year, terminal.attended, terminal.inspect_days) == (2027, False, 30)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,adress\nx,y\n", ":1:2: there is no field 'adress'"),
        ("name,role\nx,kiosk\n", ":2:2: Invalid enum value 'kiosk'"),
        ("name,role\nx\n", ":2:1: it has 1 cells"),
        ("name\nx\nx\n", ":3:1: 'x' stands already in line 2"),
        ("name,address\nx,-oProxy\n", "no host name"),
        ("address\n192.0.2.1\n", "name among them"),
        ("", "name among them"),
    ],
)
def test_a_mistake_in_a_table_is_told_with_its_line(tmp_path, text, told):
    file = tmp_path / "hosts.csv"
    file.write_text(text)
    with pytest.raises(BadRule) as caught:
        load_table(file)
    assert told in caught.value.message


def test_more_than_rules_may_look_through_is_refused(tmp_path):
    ports = ", ".join(f"{{port: tcp/{number}}}" for number in range(1, 502))
    text = GOOD.replace("{port: tcp/22, why: management, approved: 2026-01-05}", ports)
    with pytest.raises(BadRule, match="501 expected_ports are declared of one host; at most 500"):
        load(tmp_path, text)


def test_leavers_are_read_and_bounded_as_rules_can_look_through_them(tmp_path):
    few = load(tmp_path, f"{GOOD}leavers: [{{name: Eve}}]\n")
    assert [each.name for each in few.leavers] == ["Eve"]
    many = ", ".join(f"{{name: p{number}}}" for number in range(501))
    with pytest.raises(BadRule, match="501 leavers; at most 500 are allowed"):
        load(tmp_path, f"{GOOD}leavers: [{many}]\n")


def test_a_list_that_is_too_long_is_refused(tmp_path):
    sites = ", ".join(f"{{name: s{number}}}" for number in range(1000))
    with pytest.raises(BadRule, match="1001 sites; at most 1000 are allowed"):
        load(tmp_path, GOOD.replace("{name: north, country: LU}", f"{{name: north, country: LU}}, {sites}"))
