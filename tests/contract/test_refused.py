"""Hosts that the settings exclude are not touched; hours and paces that they set are kept."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.actions.choose import Order
from compliance.actions.enrol import enrol
from compliance.actions.scan import scan
from compliance.actions.schedule import run_due, schedule
from compliance.actions.see import see
from compliance.dispatch.refuse import refuser
from compliance.model.errors import BadPorts, BadSettings, BadWindow, OutsideWindow
from compliance.model.host import Address, Host
from compliance.model.observation import NotSeen
from compliance.model.schedule import RunState, Schedule
from compliance.wiring import open_service
from scanners import Facts, Means, Need, Pace, Reason, Target


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPLIANCE_STATE", str(tmp_path / "state"))

    def put(**words):
        for name, word in words.items():
            monkeypatch.setenv(f"COMPLIANCE_SCAN__{name.upper()}", word)
        return open_service(None)

    return put


@contextlib.contextmanager
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def is_touched(server: socket.socket) -> bool:
    try:
        line, _ = server.accept()
    except BlockingIOError:
        return False
    line.close()
    return True


def quietly(_step):
    return None


def test_an_excluded_host_is_not_seen_by_any_scanner_and_gets_no_packet(settings):
    service = settings(excluded='["127.0.0.0/8"]', timeout_seconds="1")
    with listener() as server:
        port = server.getsockname()[1]
        order = Order(
            hosts=("127.0.0.1",), scanners=("ports", "tls", "ssh", "http", "services"), ports=(port,)
        )
        done = scan(service, order, quietly)
        assert not is_touched(server)
    assert len(done.observations) == 5
    for observation in done.observations:
        assert isinstance(observation, NotSeen)
        assert observation.reason is Reason.NOT_PERMITTED
        assert "127.0.0.0/8" in observation.detail
    assert not any(result.verdict == "pass" for result in done.results)


def test_a_host_beside_the_excluded_ones_is_touched_so_that_the_test_above_can_fail(settings):
    service = settings(excluded='["127.0.0.2"]', timeout_seconds="1")
    with listener() as server:
        see(
            service, Order(hosts=("127.0.0.1",), scanners=("ssh",), ports=(server.getsockname()[1],)), quietly
        )
        assert is_touched(server)


@pytest.mark.parametrize(
    ("excluded", "host"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.0/24", "192.0.2.255"),
        ("192.0.2.0/24", "::ffff:192.0.2.9"),
        ("2001:db8::/32", "2001:db8::1"),
        ("127.0.0.1", "localhost"),
        ("::1", "localhost"),
        ("kiosk.example", "KIOSK.example."),
        ("192.0.2.1", "no-such-name.invalid"),
    ],
)
def test_addresses_networks_and_names_are_refused(excluded, host):
    assert refuser([excluded])(Host(name=host, address=Address(host)))


@pytest.mark.parametrize(
    ("excluded", "host"), [("192.0.2.0/25", "192.0.2.200"), ("other.example", "192.0.2.1")]
)
def test_others_are_not_refused(excluded, host):
    assert refuser([excluded])(Host(name=host, address=Address(host))) == ""
    assert refuser([])(Host(name="no-such-name.invalid", address=Address("no-such-name.invalid"))) == ""


@pytest.mark.parametrize(
    ("name", "word", "error"),
    [
        ("excluded", '["10.0.0.0/33"]', BadSettings),
        ("excluded", '["-oProxyCommand=x"]', BadSettings),
        ("spared_ports", "9100-", BadPorts),
        ("window", "at night", BadWindow),
    ],
)
def test_a_setting_that_could_not_be_kept_stops_the_service_at_its_start(settings, name, word, error):
    with pytest.raises(error):
        settings(**{name: word})


class Asked:
    """A scanner that keeps its means."""

    name, facts, need = "ports", Facts, Need.NETWORK

    def __init__(self) -> None:
        self.means: list[Means] = []

    def scan(self, _target: Target, means: Means) -> Facts:
        self.means.append(means)
        return Facts()


@pytest.mark.parametrize(
    ("role", "declared", "met"),
    [
        ("payment-terminal", None, Pace.GENTLE),
        ("gate-controller", None, Pace.GENTLE),
        ("anpr-camera", None, Pace.GENTLE),
        ("anpr-camera", Pace.BRISK, Pace.BRISK),
        ("anpr-camera", Pace.NORMAL, Pace.NORMAL),
        ("database", None, Pace.NORMAL),
        (None, None, Pace.NORMAL),
    ],
)
def test_the_role_decides_the_pace_unless_the_host_declares_one(settings, role, declared, met):
    service = settings(spared_ports="9100-9101", host_rate="77")
    enrol(service, Host(name="device", address=Address("127.0.0.1"), role=role, pace=declared))
    asked = Asked()
    see(replace(service, scanners={"ports": asked}), Order(hosts=("device",), scanners=("ports",)), quietly)
    (means,) = asked.means
    assert means.pace is met
    assert means.spared_ports == {9100, 9101}
    assert means.host_rate == 77
    assert means.budget is not None


def test_all_hosts_share_one_budget(settings):
    asked = Asked()
    service = replace(settings(), scanners={"ports": asked})
    see(service, Order(hosts=("127.0.0.1", "127.0.0.2"), scanners=("ports",)), quietly)
    first, second = asked.means
    assert first.budget is second.budget


def at_hour(service, hour):
    moment = service.clock().replace(hour=hour, minute=30)
    return replace(service, clock=lambda: moment)


def test_outside_of_the_window_hosts_are_looked_at_only_by_whoever_insists(settings):
    service = at_hour(settings(window="22:00-05:00"), 12)
    order = Order(hosts=("127.0.0.1",), scanners=("ssh",), ports=(1,))
    for action in (scan, see):
        with pytest.raises(OutsideWindow, match="22:00-05:00") as refused:
            action(service, order, quietly)
        assert "--outside-window" in refused.value.hint
    assert see(service, replace(order, outside_window=True), quietly).observations
    assert see(at_hour(service, 23), order, quietly).observations


def test_a_scheduled_scan_waits_for_the_window_and_the_ledger_says_why(settings, tmp_path):
    service = settings(window="22:00-23:00", timeout_seconds="1", excluded='["127.0.0.0/8"]')
    noon, night = at_hour(service, 13), at_hour(service, 22)
    wanted = Schedule(
        name="nightly",
        cron="0 12 * * *",
        timezone="UTC",
        hosts=("127.0.0.1",),
        profile="network",
        folder=str(tmp_path),
        formats=("html",),
        created=noon.clock() - timedelta(days=1, hours=2),
    )
    schedule(noon, wanted)
    assert run_due(noon) == ()
    (run,) = run_due(night)
    assert run.state is RunState.DONE
    assert run.detail == "waited for the hours for scans (22:00-23:00 UTC)"
    with service.store.begin() as unit:
        missed, done = unit.schedules.runs("nightly")
    assert missed.state is RunState.MISSED
    assert "outside of the hours for scans (22:00-23:00 UTC)" in missed.detail
    assert done == run
