"""Zones behind a filtering router, looked at from inside them by the command line."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.zones import Zones, address, why_not, zones

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")

FLOWS = """
format: flows/v1
zones:
  - {name: cde, zone_class: cardholder-data, wireless: false}
  - {name: kiosks, zone_class: connected, wireless: false}
  - {name: guest, zone_class: guest, wireless: true}
  - {name: far, zone_class: out-of-scope}
flows:
  - from: kiosks
    to: cde
    ports: 443,8443
    purpose: payments
    approved_by: Ada
    approved_on: 2026-01-01
"""


@dataclass(frozen=True, kw_only=True)
class Estate:
    """The zones, and the settings of whoever looks at them."""

    net: Zones
    config: Path

    def run(self, *words: str):
        return self.net.compliance("desk", *words, "--config", str(self.config))

    def reach(self, host: str) -> tuple[dict[str, str], dict]:
        """The states of the paths into the card zone, by port, and all facts."""
        done = self.run("facts", host, "--scanners", "reach", "--quiet")
        assert done.stdout, done.stderr
        facts = json.loads(done.stdout)["hosts"][0]["observations"]["reach"]["facts"]
        paths = facts.get("paths", [])
        return {path["port"]: path.get("state") for path in paths if path["destination"] == "pos-1"}, facts

    def verdicts(self, host: str) -> tuple[int, dict[tuple[str, str], str]]:
        """The exit code of a scan by the profile for it, and its verdicts by rule and place."""
        done = self.run("scan", host, "--profile", "segmentation", "--format", "json", "--quiet")
        results = json.loads(done.stdout)["results"]
        return done.returncode, {(each["rule"], each["key"]): each["result"] for each in results}


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    folder = tmp_path_factory.mktemp("zones")
    with zones(folder) as net, contextlib.ExitStack() as stack:
        into = ["-d", address("cde"), "-p", "tcp"]
        from_kiosk, from_guest = ["-s", address("kiosks"), *into], ["-s", address("guest"), *into]
        net.rule(*from_kiosk, "--dport", "443", "-j", "ACCEPT")
        net.rule(*from_kiosk, "--dport", "5900", "-j", "REJECT", "--reject-with", "icmp-admin-prohibited")
        net.rule(*from_kiosk, "--dport", "3306", "-j", "ACCEPT")
        net.rule(*from_kiosk, "-m", "multiport", "--dports", "22,5432", "-j", "DROP")
        net.rule(*from_guest, "--dport", "5432", "-j", "ACCEPT")
        net.rule(*from_guest, "-m", "multiport", "--dports", "22,443", "-j", "DROP")
        net.rule(*into, "-j", "REJECT", "--reject-with", "tcp-reset")
        net.run("kiosks", "ip", "route", "add", "unreachable", "198.18.9.0/24")
        pins = stack.enter_context(net.sshd("kiosks"))
        pins += stack.enter_context(net.sshd("guest", "AllowTcpForwarding no\n"))
        stack.enter_context(net.listen("cde", 22, 443, 3389, 5432, 5900))
        (folder / "known_hosts").write_text(pins)
        (folder / "flows.yaml").write_text(FLOWS)
        config = folder / "compliance.toml"
        config.write_text(
            f'database = "sqlite:///{folder}/state.db"\n'
            f'[ssh]\nkeys = ["{net.key}"]\nknown_hosts = "{folder}/known_hosts"\n'
            f'[scan]\ntimeout_seconds = 1\n[reach]\nflows = "{folder}/flows.yaml"\n'
            'egress_probes = ["198.18.1.2:9"]\n'
        )
        made = Estate(net=net, config=config)
        for name, place, zone, role in (
            ("pos-1", address("cde"), "cde", "database"),
            ("kiosk-7", address("kiosks"), "kiosks", "pay-station"),
            ("wifi-1", address("guest"), "guest", "other"),
            ("far-1", "198.18.9.2", "far", "other"),
        ):
            words = ["--address", place, "--zone", zone, "--role", role, "--pace", "brisk"]
            done = made.run("hosts", "add", name, *words, "--login", "root" if zone != "cde" else "")
            assert done.returncode == 0, done.stderr
        yield made


def test_a_filtering_router_is_seen_from_behind_it(estate: Estate) -> None:
    states, facts = estate.reach("kiosk-7")
    assert states[443] == "open"
    assert states[3306] == "closed", "let through, and nobody listens"
    assert states[3389] == "closed", "reset in the host's name"
    assert states[5900] == "filtered", "a router's word"
    assert states[22] == states[5432] == "filtered", "dropped"
    assert facts["vantage"]["how"] == ["forward"]
    declared = {path["port"]: path["declared"] for path in facts["paths"] if path["destination"] == "pos-1"}
    assert declared[443] is True
    assert declared[5432] is False
    assert 8443 in declared, "what a flow names is tried"
    assert {path["destination"] for path in facts["paths"]} == {"pos-1", "wifi-1", "far-1"}
    assert {path["state"] for path in facts["paths"] if path["destination"] == "far-1"} == {"filtered"}
    assert [path["state"] for path in facts["egress"]] == ["closed"]


def test_a_hole_in_the_filter_is_found_though_forwarding_is_off(estate: Estate) -> None:
    states, facts = estate.reach("wifi-1")
    assert states[5432] == "open"
    assert states[443] == states[22] == "filtered"
    assert facts["vantage"]["how"][0] in {"nc", "bash"}
    assert facts["vantage"]["wireless"] is True


def test_what_is_declared_passes_and_a_store_may_still_not_answer_a_pay_station(estate: Estate) -> None:
    code, verdicts = estate.verdicts("kiosk-7")
    declared = "reach-cardholder-zone-declared"
    into = {key: result for (rule, key), result in verdicts.items() if rule == declared}
    assert into["path/pos-1/tcp/443"] == "pass"
    assert set(into.values()) == {"pass"}
    assert len(into) > 10
    assert verdicts["reach-flows-open", "path/pos-1/tcp/8443"] == "fail", "declared, and nobody listens"
    assert verdicts["reach-cardholder-zone-isolated", ""] == "notapplicable"
    assert verdicts["reach-card-stores-hidden", "path/pos-1/tcp/443"] == "fail"
    assert code == 1


def test_a_guest_that_reaches_a_card_store_fails_by_each_rule_about_it(estate: Estate) -> None:
    code, verdicts = estate.verdicts("wifi-1")
    place = "path/pos-1/tcp/5432"
    failing = {rule for (rule, key), result in verdicts.items() if key == place and result == "fail"}
    assert failing == {
        "reach-cardholder-zone-declared",
        "reach-cardholder-zone-isolated",
        "reach-card-stores-hidden",
        "reach-management-closed",
        "reach-wireless-declared",
    }
    others = {each for each, result in verdicts.items() if result == "fail" and each[1] != place}
    assert others == {("reach-management-closed", "path/kiosk-7/tcp/22")}
    assert code == 1


def test_a_default_scan_of_one_host_touches_no_other(estate: Estate) -> None:
    done = estate.run("scan", "pos-1", "--ports", "443", "--format", "json", "--quiet")
    (host,) = json.loads(done.stdout)["hosts"]
    assert "reach" not in json.dumps(host)


def test_a_look_is_taken_from_the_inventory_alone(estate: Estate) -> None:
    done = estate.run("facts", address("kiosks"), "--scanners", "reach", "--login", "root", "--quiet")
    facts = json.loads(done.stdout)["hosts"][0]["observations"]["reach"]["facts"]
    assert "paths" not in facts
    assert "it stands in no inventory" in json.dumps(facts["gaps"])
    assert done.returncode == 3
