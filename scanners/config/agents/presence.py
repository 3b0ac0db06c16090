"""Which agents of the table are on the host, whether they work, and how old what they know is."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from scanners.config.agents.facts import Agent, Job
from scanners.config.agents.schedule import NEVER
from scanners.config.facts import Service
from scanners.config.services import Running
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.agents import AGENTS, Product
from scanners.kit.collector import Gaps, Missing, Sections


class Seen:
    """What tells of agents: packages, units, programs that run, jobs, the times of files."""

    def __init__(
        self,
        sections: Sections,
        running: Running,
        units: dict[str, Service],
        jobs: tuple[Job, ...],
        gaps: Gaps,
    ) -> None:
        self.running, self.gaps = running, gaps
        self.units: dict[str, Service] = {} if units is UNKNOWN else units
        self.packages = gaps.fact("agents", lambda: installed_packages(sections))
        self.stamps = gaps.fact("agents[].definitions", lambda: parse_stamps(sections.text("stamps")))
        self.jobs_whole = jobs is not UNKNOWN and not isinstance(jobs, PartialList)
        self.jobs: Sequence[Job] = () if jobs is UNKNOWN else tuple(tuple.__iter__(jobs))

    @property
    def whole(self) -> bool:
        """Whether an agent without a trace is not there."""
        return self.packages is not UNKNOWN and (
            self.running.active is not None or self.running.processes is not None
        )

    def jobs_of(self, product: Product) -> list[Job]:
        """Jobs that are on and name a program of it."""
        return [
            job for job in self.jobs if job.enabled and not set(job.programs).isdisjoint(product.programs)
        ]


def agents(seen: Seen) -> tuple[Agent, ...]:
    """Agents with a trace on the host; a partial list where an absence cannot be told."""
    found = [agent for product in AGENTS for agent in (_agent(seen, product),) if agent is not None]
    return tuple(found) if seen.whole else PartialList(found)


def installed_packages(sections: Sections) -> frozenset[str]:
    """Names of installed packages of dpkg, rpm or apk; raises `Missing` where none of them tells."""
    if sections.code("dpkg") == 0:
        rows = (line.split("\t") for line in sections.text("dpkg").splitlines())
        return frozenset(row[1] for row in rows if len(row) > 1 and row[0][1:2] == "i")
    for name in ("rpm", "apk"):
        if sections.code(name) == 0:
            return frozenset(line.split("\t")[0] for line in sections.text(name).splitlines())
    raise Missing(Reason.NOT_COLLECTED, "the installed packages could not be listed")


def parse_stamps(text: str) -> dict[str, int]:
    """Seconds since 1970 by path; -1 for a path that may not be looked at."""
    found = {}
    for line in text.splitlines():
        when, _, path = line.partition(" ")
        if path:
            found[path] = NEVER if when == "?" else int(when)
    return found


def _agent(seen: Seen, product: Product) -> Agent | None:
    locus = f"agent/{product.kind}/{product.name}"
    units = [seen.units[name] for name in product.units if name in seen.units]
    own_jobs = seen.jobs_of(product)
    packaged = seen.packages is not UNKNOWN and not seen.packages.isdisjoint(product.packages)
    active = _active(seen, product, locus, traced=packaged or bool(units))
    if not (packaged or units or own_jobs or active is True):
        return None
    return Agent(
        locus=locus,
        name=product.name,
        kind=product.kind,
        installed=True,
        enabled=bool(own_jobs) or any(unit.enabled is True for unit in units),
        active=active,
        on_access=_on_access(seen, product, locus),
        updates=_updates(seen, product, own_jobs, locus),
        definitions=_time(seen, product.definitions, f"agents[{locus}].definitions"),
        has_definitions=_lies(seen, product.definitions),
        state=_time(seen, product.state, f"agents[{locus}].state"),
        has_state=_lies(seen, product.state),
        every_days=_every_days(seen, product, own_jobs, active=active),
        last_run=max((job.last_run for job in own_jobs if job.last_run is not UNKNOWN), default=UNKNOWN),
        last_failed=_failed(own_jobs),
    )


def _active(seen: Seen, product: Product, locus: str, *, traced: bool) -> bool:
    """Whether it runs; one that only jobs start does not. Of an agent without a trace no gap is told."""
    if not product.units and not product.processes:
        return False
    ask = partial(seen.running.runs, units=product.units, processes=product.processes)
    return (seen.gaps if traced else Gaps()).fact(f"agents[{locus}].active", ask)


def _on_access(seen: Seen, product: Product, locus: str) -> bool:
    unknown: bool = UNKNOWN
    if product.kind != "malware":
        return unknown
    if not product.on_access:
        return False
    ask = partial(
        seen.running.runs, units=product.on_access, processes=(*product.on_access, *product.processes[-1:])
    )
    return seen.gaps.fact(f"agents[{locus}].on_access", ask)


def _updates(seen: Seen, product: Product, own_jobs: list[Job], locus: str) -> bool:
    unknown: bool = UNKNOWN
    if product.updaters:
        ask = partial(seen.running.runs, units=product.updaters, processes=product.updaters)
        return seen.gaps.fact(f"agents[{locus}].updates", ask)
    if product.definitions and product.programs:
        return bool(own_jobs) if own_jobs or seen.jobs_whole else unknown
    return unknown


def _matching(seen: Seen, patterns: tuple[str, ...]) -> list[int]:
    wild = [re.compile(re.escape(pattern).replace(r"\*", "[^/]*")) for pattern in patterns]
    return [when for path, when in seen.stamps.items() if any(each.fullmatch(path) for each in wild)]


def _lies(seen: Seen, patterns: tuple[str, ...]) -> bool:
    unknown: bool = UNKNOWN
    if seen.stamps is UNKNOWN or not patterns:
        return unknown
    times = _matching(seen, patterns)
    return unknown if times and max(times) == NEVER else bool(times)


def _time(seen: Seen, patterns: tuple[str, ...], path: str) -> datetime:
    """When the newest of the files was written; a gap where there is none, or it may not be seen."""
    unknown: datetime = UNKNOWN
    if seen.stamps is UNKNOWN or not patterns:
        return unknown
    newest = max(_matching(seen, patterns), default=None)
    if newest is None or newest == NEVER:
        hidden = newest == NEVER
        seen.gaps.add(
            path,
            Reason.NOT_PERMITTED if hidden else Reason.NOT_COLLECTED,
            f"{patterns[0]} " + ("may not be looked at" if hidden else "is not there"),
        )
        return unknown
    return datetime.fromtimestamp(newest, UTC)


def _every_days(seen: Seen, product: Product, own_jobs: list[Job], *, active: bool) -> int:
    unknown: int = UNKNOWN
    if product.continuous and active is UNKNOWN:
        return unknown
    if product.continuous and active:
        return 0
    known = [job.every_days for job in own_jobs if job.every_days is not UNKNOWN]
    timed = [rest for rest in known if rest > 0]
    if timed:
        return min(timed)
    return NEVER if seen.jobs_whole and len(known) == len(own_jobs) else unknown


def _failed(own_jobs: list[Job]) -> bool:
    """Whether a job of it failed when it last ran; UNKNOWN where none tells."""
    unknown: bool = UNKNOWN
    said = [job.last_failed for job in own_jobs if job.last_failed is not UNKNOWN]
    return any(said) if said else unknown
