"""Schedules: which hosts are scanned when, and what became of each time that was due."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Hosts that are scanned by the clock, and the folder that the reports go to."""

    name: str
    cron: str
    """Minute, hour, day of month, month, day of week by name (crontab(5))."""
    timezone: str
    """IANA time zone that the cron expression is in."""
    hosts: tuple[str, ...]
    profile: str
    folder: str
    formats: tuple[str, ...] = ("html", "pdf")
    created: datetime
    """No time before this one is due."""


class RunState(StrEnum):
    """What became of a scan that was due."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One time at which a schedule was due, and what became of it."""

    schedule: str
    due: datetime
    state: RunState
    scan: str = ""
    """Id of the scan that was made; empty if there is none."""
    detail: str = ""
    started: datetime | None = None
    finished: datetime | None = None
