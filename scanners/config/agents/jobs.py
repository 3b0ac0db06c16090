"""What the clock starts: lines of cron and timers of systemd; of commands a digest and known names alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from scanners.config.agents.facts import Job
from scanners.config.agents.schedule import cron_days, timer_days
from scanners.config.servers.blocks import marked
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Sections

_FIELDS = 5
_ON = ("enabled", "enabled-runtime", "static", "linked", "generated")


@dataclass(slots=True)
class Unit:
    """What `systemctl show` says of one unit: each property as often as it was said."""

    said: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """The last value of a property; empty if there is none."""
        return self.said.get(name, [""])[-1]


def jobs(sections: Sections, gaps: Gaps) -> tuple[Job, ...]:
    """Each job by its place; a partial list where crontabs are hidden or timers not told."""
    text = sections.text("cron")
    found = {job.locus: job for job in parse_cron(text, gaps)}
    whole = True
    for path in marked(text, "N"):
        gaps.add("jobs", Reason.NOT_PERMITTED, f"{path} is not readable")
        whole = False
    if sections.code("timers") not in (69, 127):
        timers = gaps.fact("jobs", lambda: _timers(sections, gaps))
        whole = whole and timers is not UNKNOWN
        if timers is not UNKNOWN:
            found |= {job.locus: job for job in timers}
    ordered = [found[locus] for locus in sorted(found)]
    return tuple(ordered) if whole else PartialList(ordered)


def parse_cron(text: str, gaps: Gaps) -> Iterator[Job]:
    """Jobs of cron: file, user, schedule, digest and known programs, with tabs between."""
    for line in text.splitlines():
        parts = line.split("\t")
        if len(parts) != _FIELDS:
            continue
        source, user, schedule, digest, programs = parts
        locus = f"job/{source}/{digest}"
        known = bool(user) and "?" not in (schedule, user)
        yield Job(
            locus=locus,
            source=source,
            user=user if known else UNKNOWN,
            schedule=schedule.strip() if known else UNKNOWN,
            every_days=gaps.fact(f"jobs[{locus}].every_days", partial(cron_days, schedule)),
            digest=digest,
            programs=tuple(programs.split()),
            enabled=True,
        )


def _timers(sections: Sections, gaps: Gaps) -> list[Job]:
    runs = {unit.one("Id"): unit for unit in parse_units(sections.text("unit-runs"))}
    return [
        _timer(timer, runs.get(timer.one("Unit"), Unit()), gaps)
        for timer in parse_units(sections.text("timers"))
    ]


def parse_units(text: str) -> list[Unit]:
    """Units of `systemctl show` of several, with an empty line between."""
    found = [Unit()]
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if not line.strip():
            found.append(Unit())
        elif equals:
            found[-1].said.setdefault(key, []).append(value)
    return [unit for unit in found if unit.one("Id")]


def _timer(timer: Unit, run: Unit, gaps: Gaps) -> Job:
    locus = f"job/{timer.one('Id')}"
    calendars = [
        _inside(each).removeprefix("OnCalendar=") for each in timer.said.get("TimersCalendar", ()) if each
    ]
    spans = [_inside(each) for each in timer.said.get("TimersMonotonic", ()) if each]
    names = [run.one("Path").rpartition("/")[2], *run.one("Names").split()]
    return Job(
        locus=locus,
        source=timer.one("Id"),
        user=run.one("User") or "root",
        schedule="; ".join([*calendars, *spans]),
        every_days=gaps.fact(f"jobs[{locus}].every_days", lambda: timer_days(calendars, spans)),
        unit=timer.one("Unit").removesuffix(".service"),
        programs=tuple(dict.fromkeys(name for name in names if name)),
        enabled=timer.one("ActiveState") == "active" or timer.one("UnitFileState") in _ON,
        last_run=_when(timer.one("LastTriggerUSec")),
        last_failed=run.one("Result") not in ("success", "") if run.one("Id") else UNKNOWN,
    )


def _inside(text: str) -> str:
    """`OnCalendar=daily` of `{ OnCalendar=daily ; next_elapse=n/a }`."""
    return text.strip("{ }").split(" ; ")[0].strip()


def _when(text: str) -> datetime:
    """`Mon 2026-11-23 06:12:01 UTC`, or UNKNOWN where it never was."""
    unknown: datetime = UNKNOWN
    try:
        return datetime.strptime(text, "%a %Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except ValueError:
        return unknown
