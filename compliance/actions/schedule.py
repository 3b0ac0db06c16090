"""Scans by the week: put on the schedule, taken off it, and run when they are due."""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.cron import CronTrigger

from compliance.actions.choose import Order, chosen_profile
from compliance.actions.report import write_reports
from compliance.actions.scan import scan
from compliance.actions.service import Service
from compliance.model.errors import BadSchedule, ComplianceError, UnknownName
from compliance.model.host import Address
from compliance.model.schedule import Run, RunState, Schedule

log = logging.getLogger(__name__)

MOST_MADE_UP_FOR = 1000
"""Missed times that are written down one by one; a clock that jumped must not fill the database."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A time of the week as it was typed: days (`mon,thu` or `*`), a time (`03:00`), an IANA time zone."""

    days: str
    time: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A schedule, what became of its last time, and when the next is due."""

    schedule: Schedule
    last: Run | None
    due: datetime


def cron_expression(when: When) -> str:
    """The time as a cron expression with days by name; raises `BadSchedule`."""
    days = tuple(day.strip().lower() for day in when.days.split(","))
    if days != ("*",) and not set(days) <= set(_WEEKDAYS):
        raise BadSchedule(
            f"{ascii(when.days)[:60]} are no days of the week", hint="write mon or mon,thu or *"
        )
    try:
        time = datetime.strptime(when.time, "%H:%M")  # noqa: DTZ007 (a time of day; its zone stands beside it)
        ZoneInfo(when.timezone)
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise BadSchedule(
            f"{ascii(when.time)[:20]} in {ascii(when.timezone)[:40]} is no time of day in a time zone",
            hint="write the time as 03:00 and the zone as Europe/Vienna",
        ) from error
    return f"{time.minute} {time.hour} * * {','.join(days)}"


def schedule(service: Service, wanted: Schedule) -> datetime:
    """Put it on the schedule, in place of one of the same name; gives the time that is due next."""
    Address(wanted.name)
    chosen_profile(service, wanted.profile)
    with service.store.begin() as unit:
        unit.schedules.put(wanted)
    return _next_due(wanted, service.clock())


def scheduled(service: Service) -> tuple[Entry, ...]:
    """Everything that is on the schedule."""
    now = service.clock()
    with service.store.begin() as unit:
        return tuple(
            Entry(schedule=each, last=unit.schedules.last_run(each.name), due=_next_due(each, now))
            for each in unit.schedules.all()
        )


def unschedule(service: Service, name: str) -> None:
    """Take it off the schedule."""
    with service.store.begin() as unit:
        if unit.schedules.named(name) is None:
            raise UnknownName(f"no schedule is called {ascii(name)[:80]}", hint="compliance schedule list")
        unit.schedules.remove(name)


def run_due(service: Service) -> tuple[Run, ...]:
    """Run what is due, one after the other: the newest due time of each schedule; earlier ones are missed.

    Outside of the window for scans nothing is run; what is due then waits until it opens.
    """
    now = service.clock()
    if service.window is not None and not service.window.holds(now):
        return ()
    with service.store.begin() as unit:
        found = [(each, unit.schedules.last_run(each.name)) for each in unit.schedules.all()]
    runs = []
    for each, last in found:
        due = due_times(each, last.due if last else each.created, now)
        if due:
            _write_missed(service, each, due[:-1])
            if run := _run(service, each, due[-1]):
                runs.append(run)
    return tuple(runs)


def due_times(entry: Schedule, after: datetime, until: datetime) -> tuple[datetime, ...]:
    """The times at which it was due after the one and up to the other, oldest first; at most a thousand.

    A time of day that the autumn clock shows twice is due once.
    """
    trigger, times, at = _trigger(entry), deque[datetime](maxlen=MOST_MADE_UP_FOR), after.astimezone(UTC)
    while fires := trigger.get_next_fire_time(at, at + timedelta(seconds=1)):
        if fires > until:
            break
        if _wall(fires) != _wall(at.astimezone(fires.tzinfo)):
            times.append(fires)
        at = fires.astimezone(UTC)  # within one zone, arithmetic does not see the hour that comes twice
    return tuple(times)


def _wall(time: datetime) -> datetime:
    return time.replace(tzinfo=None, fold=0)


def _write_missed(service: Service, entry: Schedule, times: Sequence[datetime]) -> None:
    for due in times:
        missed = Run(
            schedule=entry.name,
            due=due,
            state=RunState.MISSED,
            detail=_why_missed(service, due),
        )
        with service.store.begin() as unit:
            unit.schedules.claim(missed)


def _why_missed(service: Service, due: datetime) -> str:
    window = service.window
    if window is None or window.holds(due):
        return "nobody kept the time; a later scan was made"
    return f"not run: it was due outside of the hours for scans ({window}); a later scan was made"


def _run(service: Service, entry: Schedule, due: datetime) -> Run | None:
    """Scan and write the reports; None if another daemon took this time."""
    window = service.window
    detail = f"waited for the hours for scans ({window})" if window and not window.holds(due) else ""
    begun = Run(schedule=entry.name, due=due, state=RunState.RUNNING, detail=detail, started=service.clock())
    with service.store.begin() as unit:
        if not unit.schedules.claim(begun):
            return None
    try:
        done = scan(service, Order(hosts=entry.hosts, profile=entry.profile), lambda _step: None)
        stem = Path(entry.folder) / f"{entry.name}-{due:%Y-%m-%d-%H%M}"
        write_reports(service, done, [stem.with_suffix(f".{suffix}") for suffix in entry.formats])
        ended = replace(begun, state=RunState.DONE, scan=done.id, finished=service.clock())
    except ComplianceError as error:
        log.error("scheduled scan failed", extra={"schedule": entry.name, "why": error.message})  # noqa: TRY400 (a person's error, no trace)
        ended = replace(begun, state=RunState.FAILED, detail=error.message, finished=service.clock())
    with service.store.begin() as unit:
        unit.schedules.finish(ended)
    return ended


def _trigger(entry: Schedule) -> CronTrigger:
    return CronTrigger.from_crontab(entry.cron, timezone=ZoneInfo(entry.timezone))


def _next_due(entry: Schedule, now: datetime) -> datetime:
    due: datetime | None = _trigger(entry).get_next_fire_time(None, now)
    if due is None:
        raise BadSchedule(f"{entry.name} is never due", hint="compliance schedule remove it and add it again")
    return due
