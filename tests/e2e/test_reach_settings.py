"""What a person may write about zones: mistakes are told with their place; a look from here needs no root."""

import socket
from pathlib import Path

from tests.e2e.command import compliance

FLOWS = """format: flows/v1
zones:
  - {name: cde, zone_class: cardholder-data}
  - {name: office, zone_class: out-of-scope}
flows: []
"""


def configured(folder: Path, flows: str = FLOWS, more: str = "") -> str:
    (folder / "flows.yaml").write_text(flows)
    config = folder / "compliance.toml"
    config.write_text(f'[reach]\nflows = "{folder}/flows.yaml"\n{more}')
    return str(config)


def test_a_mistake_in_the_file_of_flows_is_told_with_its_place(tmp_path):
    config = configured(tmp_path, FLOWS.replace("cardholder-data", "cardholder"))
    ended = compliance("scan", "localhost", "--scanners", "reach", "--config", config, state=tmp_path)
    assert ended.code == 4
    assert "flows.yaml:3:29: invalid enum value 'cardholder'" in ended.err


def test_a_probe_that_is_no_address_with_a_port_is_a_mistake_of_the_settings(tmp_path):
    config = configured(tmp_path, more='egress_probes = ["198.18.0.1"]\n')
    ended = compliance("scan", "localhost", "--scanners", "reach", "--config", config, state=tmp_path)
    assert ended.code == 4
    assert "reach.egress_probes" in ended.err


def test_a_look_from_this_machine_judges_what_answers(tmp_path):
    config = configured(tmp_path)
    with socket.create_server(("127.0.9.40", 0)) as listener:
        port = listener.getsockname()[1]
        for name, address, zone in (("here", "localhost", "office"), ("pos-1", "127.0.9.40", "cde")):
            words = ["--address", address, "--zone", zone, "--role", "web", "--ports", str(port)]
            assert compliance("hosts", "add", name, *words, "--config", config, state=tmp_path).code == 0
        words = ["--profile", "segmentation", "--format", "json", "--config", config]
        ended = compliance("scan", "here", *words, state=tmp_path)
    assert ended.code == 1
    failing = {(each["rule"], each["key"]) for each in ended.document["results"] if each["result"] == "fail"}
    place = f"path/pos-1/tcp/{port}"
    assert failing == {("reach-cardholder-zone-declared", place), ("reach-cardholder-zone-isolated", place)}


def test_a_host_that_the_settings_exclude_is_not_tried_and_nothing_passes_for_it(tmp_path):
    config = configured(tmp_path, more='[scan]\nexcluded = ["127.0.9.42"]\nspared_ports = "23"\n')
    for name, address, zone in (
        ("here", "localhost", "office"),
        ("pos-1", "127.0.9.41", "cde"),
        ("pos-2", "127.0.9.42", "cde"),
    ):
        words = ["--address", address, "--zone", zone, "--role", "web", "--config", config]
        assert compliance("hosts", "add", name, *words, state=tmp_path).code == 0
    ended = compliance("facts", "here", "--scanners", "reach", "--config", config, state=tmp_path)
    facts = ended.document["hosts"][0]["observations"]["reach"]["facts"]
    assert {path["destination"] for path in facts["paths"]} == {"pos-1"}
    assert 23 not in {path["port"] for path in facts["paths"]}
    told = {gap["detail"] for gap in facts["gaps"] if gap["path"] == "paths" and gap["reason"] == "partial"}
    assert told == {
        "hosts that were not tried, because they are excluded by the settings: pos-2",
        "ports that were not tried, because the settings spare them: 23",
    }
