"""Zones and flows of an inventory, as errands read them: what is not declared is never taken for nothing."""

from datetime import date

import pytest

from compliance.dispatch.errand import Estate, errand_of
from compliance.model.declared import declared_flows, declared_hosts
from compliance.model.errors import BadRule
from compliance.policy.inventoryfile import load_inventory

DAY = date(2026, 11, 1)
TEXT = """\
format: inventory/v1
zones:
  - {name: cde, zone_class: cardholder-data}
  - {name: yard, zone_class: connected, wireless: true}
hosts:
  - {name: kiosk-1, address: 192.0.2.7, zone: cde, ports: "443,80"}
  - {name: gate-1, address: 192.0.2.9, zone: yard, login: ops}
flows:
- {from: yard, to: cde, ports: "443", purpose: p, approved_by: A, approved_on: 2026-10-02, until: 2026-12-31}
"""


def load(tmp_path, text=TEXT):
    file = tmp_path / "inventory.yaml"
    file.write_text(text)
    return load_inventory(file)


def errand(document):
    hosts = declared_hosts(document)
    return errand_of(hosts[1], Estate(hosts=hosts, register=declared_flows(document)), DAY)


def test_flows_of_the_inventory_are_what_errands_call_declared(tmp_path):
    found = errand(load(tmp_path))
    assert found.is_wireless is True
    (kiosk,) = found.destinations
    assert kiosk.declared_ports == frozenset({443})


def test_without_flows_nobody_knows_which_path_is_declared(tmp_path):
    found = errand(load(tmp_path, TEXT.partition("flows:")[0]))
    assert found.is_wireless is True
    assert found.destinations[0].declared_ports is None


def test_an_empty_list_of_flows_declares_that_nothing_is_wanted(tmp_path):
    found = errand(load(tmp_path, TEXT.partition("flows:")[0] + "flows: []\n"))
    assert found.destinations[0].declared_ports == frozenset()


def test_a_flow_that_is_over_allows_nothing(tmp_path):
    found = errand(load(tmp_path, TEXT.replace("2026-12-31", "2026-10-31")))
    assert found.destinations[0].declared_ports == frozenset()


def test_an_inventory_without_zones_and_flows_is_no_register(tmp_path):
    assert declared_flows(load(tmp_path, "format: inventory/v1\n")) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("from: yard", "from: yrad", "9:10: there is no zone 'yrad'; did you mean 'yard'?"),
        ("to: cde", "to: yard", "9:20: a flow leads from one zone to another"),
        ('ports: "443"', "ports: all", "9:32: "),
        ("until: 2026-12-31", "until: 2026-01-01", "it ends before it was approved"),
        ("purpose: p,", 'purpose: " ",', "purpose says nothing"),
    ],
)
def test_what_is_wrong_with_a_flow_is_said_at_its_place(tmp_path, old, new, said):
    with pytest.raises(BadRule) as told:
        load(tmp_path, TEXT.replace(old, new))
    assert said in str(told.value)


def test_a_folder_has_an_absolute_path(tmp_path):
    folder = "zone: cde, folders: [{path: plates}], "
    with pytest.raises(BadRule, match="is no absolute path"):
        load(tmp_path, TEXT.replace("zone: cde, ", folder, 1))
