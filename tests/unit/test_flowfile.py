"""Files of declared flows: what they allow, and every mistake in them with its place."""

from datetime import date
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest

from compliance.model.errors import BadRule
from compliance.model.flow import ZoneClass
from compliance.policy.flowfile import load_flows
from compliance.policy.schemas import file_schema
from compliance.policy.yaml_source import load_yaml

PAGE = Path(__file__).parents[2] / "docs" / "reach.md"
EXAMPLE = PAGE.read_text().split("```yaml\n", 1)[1].split("```", 1)[0]


def written(folder: Path, text: str) -> Path:
    file = folder / "flows.yaml"
    file.write_text(text)
    return file


def test_the_example_of_the_documentation_loads_and_keeps_to_its_schema(tmp_path):
    file = written(tmp_path, EXAMPLE)
    register = load_flows(file)
    assert [zone.zone_class for zone in register.zones] == [
        ZoneClass.CARDHOLDER_DATA,
        ZoneClass.CONNECTED,
        ZoneClass.GUEST,
    ]
    assert [zone.is_wireless for zone in register.zones] == [None, False, True]
    assert register.ports("kiosks", "cde", date(2026, 12, 24)) == {443, 8443}
    schema = jsonschema_rs.validator_for(msgspec.json.decode(file_schema("flows-v1")))
    schema.validate(load_yaml(file).data)


@pytest.mark.parametrize(
    ("day", "ports"),
    [
        (date(2026, 10, 1), set()),
        (date(2026, 10, 2), {443, 8443}),
        (date(2027, 10, 1), {443, 8443}),
        (date(2027, 10, 2), set()),
    ],
)
def test_a_flow_counts_from_its_approval_to_its_last_day(tmp_path, day, ports):
    assert load_flows(written(tmp_path, EXAMPLE)).ports("kiosks", "cde", day) == ports


def test_a_flow_leads_one_way_and_flows_add_up(tmp_path):
    more = EXAMPLE + (
        "  - {from: kiosks, to: cde, ports: '22', purpose: care, approved_by: Ada, approved_on: 2026-10-02}\n"
    )
    register = load_flows(written(tmp_path, more))
    assert register.ports("kiosks", "cde", date(2026, 12, 24)) == {22, 443, 8443}
    assert register.ports("cde", "kiosks", date(2026, 12, 24)) == set()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    to: cde", "    to: ced", "8:9: there is no zone 'ced'; did you mean 'cde'?"),
        ("from: kiosks", "from: internet", "7:11: there is no zone 'internet'"),
        ("    to: cde", "    to: kiosks", "8:9: a flow leads from one zone to another"),
        ("443,8443", "443,84430", "9:12: 84430 is no port"),
        ("approved_on: 2026-10-02", "approved_on: 2026-13-02", "12:18: '2026-13-02' is no day"),
        ("until: 2027-10-01", "until: 2025-10-01", "13:12: it ends before it was approved"),
        ("approved_by: Ada Mann", "approved_by: ' '", "11:18: approved_by says nothing"),
        ("name: kiosks, zone", "name: cde, zone", "4:12: the zone 'cde' stands here twice"),
        ("name: lounge", "name: internet", "5:12: 'internet' is no name of a zone"),
        ("class: guest", "class: gast", "invalid enum value 'gast'"),
        ("    purpose:", "    purpsoe:", "there is no field 'purpsoe'"),
        ("format: flows/v1", "format: flows/v2", "1:9: invalid enum value 'flows/v2'"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, old, new, told):
    assert old in EXAMPLE
    with pytest.raises(BadRule) as refused:
        load_flows(written(tmp_path, EXAMPLE.replace(old, new, 1)))
    assert told in str(refused.value.message)


def test_all_mistakes_are_told_at_once(tmp_path):
    text = EXAMPLE.replace("    to: cde", "    to: ced").replace("443,8443", "x")
    with pytest.raises(BadRule) as refused:
        load_flows(written(tmp_path, text))
    assert refused.value.message.count("flows.yaml:") == 2
