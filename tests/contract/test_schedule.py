from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.actions.schedule import run_due, schedule
from compliance.model.schedule import Run, RunState, Schedule
from compliance.wiring import open_service


@pytest.fixture
def service(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPLIANCE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COMPLIANCE_SCAN__TIMEOUT_SECONDS", "1")
    return open_service(None)


def daily(service, folder, **other):
    """Every night at three, put on the schedule four days and an hour ago."""
    words = {
        "name": "nightly",
        "cron": "0 3 * * *",
        "timezone": "UTC",
        "hosts": ("127.0.0.1",),
        "profile": "network",
    }
    begun = service.clock().replace(hour=2, minute=0) - timedelta(days=4)
    return Schedule(**{**words, "folder": str(folder), "created": begun, **other})


def at_noon(service):
    """The service at noon today, whatever the time is."""
    noon = service.clock().replace(hour=12)
    return replace(service, clock=lambda: noon)


def runs(service):
    with service.store.begin() as unit:
        return unit.schedules.runs("nightly")


def test_the_newest_due_scan_is_made_and_those_nobody_kept_are_written_down_as_missed(service, tmp_path):
    later = at_noon(service)
    schedule(later, daily(service, tmp_path))
    (run,) = run_due(later)
    assert run.state is RunState.DONE
    assert sorted(each.state for each in runs(service)) == [RunState.DONE, *[RunState.MISSED] * 4]
    assert {file.suffix for file in tmp_path.iterdir() if file.name.startswith("nightly-")} == {
        ".html",
        ".pdf",
    }
    assert run_due(later) == ()


def test_a_time_that_another_daemon_took_is_not_run_again(service, tmp_path):
    later = at_noon(service)
    wanted = daily(service, tmp_path)
    schedule(later, wanted)
    due = later.clock().replace(hour=3, minute=0, second=0, microsecond=0)
    with service.store.begin() as unit:
        assert unit.schedules.claim(Run(schedule=wanted.name, due=due, state=RunState.RUNNING, started=due))
    assert run_due(later) == ()


def test_a_folder_that_is_gone_fails_the_run_in_words_and_keeps_the_scan(service, tmp_path):
    later = at_noon(service)
    schedule(later, daily(service, tmp_path / "gone"))
    (run,) = run_due(later)
    assert run.state is RunState.FAILED
    assert "gone" in run.detail
    with service.store.begin() as unit:
        assert unit.scans.newest()
