"""The demo estate: real servers of a small operator, and each family of findings found in them."""

import socket

import pytest

from compliance.actions.pack import kept_scan
from compliance.demo.authority import found_authority, issue
from compliance.demo.estate import ADDRESSES, estate
from compliance.demo.servers import Server, running
from compliance.model.errors import CannotStart
from compliance.model.result import Verdict
from compliance.wiring import open_service
from tests.e2e.command import compliance
from tests.servers.tls import free_port

FOUND = {
    ("discovery-card-numbers", "office-1"),
    ("discovery-images-fresh", "office-1"),
    ("reach-cardholder-zone-declared", "office-1"),
    ("vulnerabilities-critical-fixed", "office-1"),
    ("http-payment-scripts-authorised", "booking-1"),
    ("ports-all-declared", "camera-north-1"),
    ("services-login-asked", "gate-north-1"),
    ("ssh-key-exchange", "jump-1"),
    ("recovery-restore-tried", "(estate)"),
    ("tls-protocol-floor", "terminal-north-1"),
    ("tls-protocol-floor", "kiosk-north-2"),
    ("tls-certificate-in-date", "terminal-north-1"),
    ("fleet-tls-key-one-site", "(fleet)"),
}
"""Some of what is wrong, by rule and host."""


FAMILIES = (
    *("config", "discovery", "estate", "fleet", "http", "packages", "ports", "reach", "services", "ssh"),
    *("tls", "vulnerabilities"),
)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The ended command and the folder that it worked in."""
    folder = tmp_path_factory.mktemp("demo") / "estate"
    return compliance("demo", "--into", str(folder), "--quiet", state=folder.parent, timeout=300), folder


def test_the_demo_tells_each_family_of_findings(shown):
    done, _ = shown
    assert done.code == 0, done.err
    for family in FAMILIES:
        (line,) = [line for line in done.out.splitlines() if line.split()[:1] == [family]]
        assert int(line.split()[1]) > 0, line


def test_what_is_wrong_in_the_estate_is_found_where_it_is_wrong(shown):
    _, folder = shown
    done = kept_scan(open_service(folder / "compliance.toml"), "")
    failing = {(each.rule, each.host) for each in done.results if each.verdict is Verdict.FAIL}
    assert failing >= FOUND
    assert ("reach-flows-open", "path/camera-north-1/tcp/8080", Verdict.PASS) in {
        (each.rule, each.key, each.verdict) for each in done.results
    }


def test_waivers_stand_beside_what_they_cover(shown):
    done, _ = shown
    lines = [line for line in done.out.splitlines() if line.startswith("waiver ")]
    assert [line.split()[1] for line in lines] == ["DEMO-W-1,", "DEMO-CC-1,"]
    assert all(line.endswith(" 1 covered") for line in lines)
    assert "compensating-control" in lines[1]


def test_the_kept_facts_can_be_judged_by_a_questionnaire(shown):
    _, folder = shown
    words = ("judge", "--profile", "saq-b-ip", "--config", str(folder / "compliance.toml"))
    done = compliance(*words, state=folder.parent)
    assert done.code == 0, done.err
    assert "decided) after" in done.out


def test_the_demo_leaves_a_report_and_settings_for_other_commands(shown):
    _, folder = shown
    page = (folder / "report.html").read_text()
    assert "kiosk-north-2" in page
    assert "What is declared" in page
    assert "the inventory keeps no registers.procedures" in page
    assert "Worksheet of DEMO-CC-1" in page
    settings = str(folder / "compliance.toml")
    listed = compliance("hosts", "list", "--config", settings, state=folder.parent)
    assert all(name in listed.out for name in ADDRESSES)


def test_what_is_switched_off_is_not_seen_and_never_passes(shown):
    _, folder = shown
    words = ("scan", "terminal-south-1", "--scanners", "tls", "--format", "json", "--config")
    done = compliance(*words, str(folder / "compliance.toml"), state=folder.parent)
    own = [each for each in done.document["results"] if each["host"] == "terminal-south-1"]
    assert {each["result"] for each in own if each["rule"].startswith("tls-")} == {"unknown"}


def test_servers_end_with_the_block(tmp_path):
    with estate(tmp_path) as standing:
        place = (ADDRESSES["exports-1"], 8000)
        with socket.socket() as probe:
            assert probe.connect_ex(place) == 0
        assert "AGO-" not in standing.papers.inventory.read_text()
    with socket.socket() as probe:
        assert probe.connect_ex(place) != 0


def test_a_server_that_does_not_answer_is_told_with_its_last_words(tmp_path):
    dumb = Server(
        host="kiosk-9",
        package="coreutils",
        command=("ls", "/no-such-folder"),
        address="127.0.0.1",
        port=free_port(),
    )
    with (
        pytest.raises(CannotStart, match=r"kiosk-9 does not answer .*no-such-folder"),
        running([dumb], tmp_path),
    ):
        pass


def test_a_certificate_chains_to_the_authority(tmp_path):
    authority = found_authority(tmp_path)
    identity = issue(authority, "one", ("one.parking.example", "127.77.0.1"), days=(-1, 1))
    assert identity.key.stat().st_mode & 0o077 == 0
    assert authority.file.exists()
