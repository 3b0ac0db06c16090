"""What parts of an inventory say together, and that what one of them leaves out is never made up."""

from datetime import date

import msgspec
import pytest

from compliance.model.inventory import Inventory
from compliance.policy.estatejoined import INSPECTION, MALWARE, assessment_days, inspected, watched
from scanners import UNKNOWN


def document(**parts):
    return msgspec.convert({"format": "inventory/v1", **parts}, Inventory)


def analysis(name, **more):
    return {"id": name, "controls": [INSPECTION], "reviewed": "2026-01-01", **more}


def test_a_terminal_is_joined_with_the_analysis_that_it_names():
    terminals = [
        {"serial": "1", "attended": False, "inspect_days": 7, "risk_analysis": "A"},
        {"serial": "2", "attended": True, "risk_analysis": "B"},
    ]
    registers = {"risk_analyses": [analysis("A", days=7), {"id": "B", "days": 3}]}
    first, second = inspected(document(terminals=terminals, registers=registers))
    assert (first.analysed, first.allowed_days, first.analysis_reviewed) == (True, 7, date(2026, 1, 1))
    assert first.analysis_shared is False
    assert second.analysed is False, "an entry for something else is no analysis of inspections"


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        ({"attended": True, "risk_analysis": "A"}, True),
        ({"attended": False, "risk_analysis": "A"}, False),
        ({"attended": True, "risk_analysis": "B"}, False),
        ({"attended": True}, UNKNOWN),
        ({"risk_analysis": "A"}, UNKNOWN),
    ],
)
def test_an_analysis_is_shared_where_an_attended_terminal_names_it(other, shared):
    terminals = [{"serial": "1", "attended": False, "risk_analysis": "A"}, {"serial": "2", **other}]
    assert inspected(document(terminals=terminals))[0].analysis_shared is shared


def test_the_newest_inspection_counts():
    looks = [{"on": "2026-01-02", "result": "suspicious"}, {"on": "2026-01-01", "result": "sound"}]
    terminals = [{"serial": "1", "inspections": looks}, {"serial": "2", "inspections": []}, {"serial": "3"}]
    found = inspected(document(terminals=terminals))
    assert [each.last_result for each in found[:2]] == ["suspicious", ""]
    assert found[2].last_result is UNKNOWN
    assert found[0].analysed is UNKNOWN


HOSTS = [
    {"name": "cam", "site": "north", "role": "anpr-camera"},
    {"name": "db", "site": "south", "role": "database"},
    {"name": "rec", "site": "east", "role": "other", "folders": [{"path": "/v", "category": "video"}]},
    {"name": "pc", "site": "west", "role": "workstation"},
    {"name": "new", "site": "new"},
]
SITES = [{"name": name} for name in ("north", "south", "east", "west", "new")]


def test_a_site_has_cameras_by_role_store_or_folder():
    stores = [{"name": "plates", "hosts": ["db"], "categories": ["plates"]}]
    found = watched(document(sites=SITES, hosts=HOSTS, stores=stores))
    assert [each.cameras for each in found[:4]] == [1, 1, 1, 0]
    assert found[4].cameras is UNKNOWN, "a host without a role may be a camera"


def test_assessments_and_changes_are_told_by_site_or_host():
    registers = {
        "impact_assessments": [
            {"id": "D1", "sites": ["north", "south"], "reviewed": "2026-01-01"},
            {"id": "D2", "sites": ["north"], "reviewed": "2026-02-01"},
        ],
        "change_records": [{"id": "C1", "hosts": ["cam"], "reviewed": "2026-03-01"}],
    }
    north, south, east, *_ = watched(document(sites=SITES, hosts=HOSTS, registers=registers))
    assert (north.assessed, north.last_assessment) == (True, date(2026, 2, 1))
    assert (north.changed, north.last_change) == (True, date(2026, 3, 1))
    assert (south.changed, east.assessed) == (False, False)


def test_a_change_that_says_no_site_may_be_at_each():
    records = [{"id": "C1", "sites": ["north"], "reviewed": "2026-03-01"}, {"id": "C2"}]
    found = watched(document(sites=SITES, hosts=HOSTS, registers={"change_records": records}))
    assert (found[0].changed, found[0].last_change, found[1].changed) == (True, UNKNOWN, UNKNOWN)
    assert found[0].assessed is UNKNOWN


def test_the_shortest_time_of_the_malware_analyses_holds():
    entries = [{"id": "A", "controls": [MALWARE], "days": 90}, {"id": "B", "controls": [MALWARE], "days": 30}]
    assert assessment_days(document(registers={"risk_analyses": entries})) == 30
    unsaid = [*entries, {"id": "C", "controls": [MALWARE]}]
    assert assessment_days(document(registers={"risk_analyses": unsaid})) is UNKNOWN
    assert assessment_days(document()) is UNKNOWN


def test_an_estate_without_terminals_or_sites_is_not_known():
    assert inspected(document()) is UNKNOWN
    assert watched(document(sites=SITES)) is UNKNOWN
