"""Coverage: what each scanner saw of each host, what it did not see, and why."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from compliance.model.host import Host
from compliance.model.observation import NotSeen, Observation
from compliance.model.result import Result
from compliance.model.scan import Scan
from compliance.model.text import clean, clean_line
from compliance.report.tally import Tally, tally
from compliance.report.words import Look, plural, reason_words

_LEAST_SEEN_FIRST = (Look.NOT_SEEN, Look.PARTLY, Look.SEEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one scanner saw of one host; the note says why it is not all."""

    look: Look
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRow:
    """One host: where it stands, what each scanner saw of it (in the order of the scanners), its checks."""

    name: str
    address: str
    place: str
    cells: tuple[Cell, ...]
    checks: Tally

    @property
    def look(self) -> Look:
        """How much of the host was seen by all the scanners that were asked."""
        looks = {cell.look for cell in self.cells} - {Look.NOT_ASKED}
        if looks == {Look.SEEN}:
            return Look.SEEN
        return Look.PARTLY if looks & {Look.SEEN, Look.PARTLY} else Look.NOT_SEEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerRow:
    """One scanner: on how many hosts it saw all it looks for, a part of it, or nothing."""

    name: str
    seen: int
    partly: int
    not_seen: int
    hosts_not_seen: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many hosts it was asked to look at."""
        return self.seen + self.partly + self.not_seen

    @property
    def seen_whole(self) -> bool:
        """It saw all it looks for on every host that it was sent to."""
        return self.seen == self.total > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankRow:
    """Something that could not be seen, on one or more hosts, for the same reason."""

    scanners: tuple[str, ...]
    """The scanners it concerns; empty if none was run."""
    part: str
    """The part of the facts; empty for all of them."""
    reason: str
    detail: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was looked at, by scanner and by host, and everything that could not be seen."""

    total: int
    """How many hosts the scan has; a bounded format may list fewer."""
    scanners: tuple[ScannerRow, ...]
    hosts: tuple[HostRow, ...]
    blanks: tuple[BlankRow, ...]

    def named(self, look: Look) -> tuple[str, ...]:
        """The names of the hosts of which this much was seen."""
        return tuple(host.name for host in self.hosts if host.look is look)


def coverage(scan: Scan) -> Coverage:
    """What was seen of every host, the least seen first; one without any observation counts as not seen."""
    scanners = tuple(sorted({observation.task.scanner for observation in scan.observations}))
    observed: dict[str, dict[str, Observation]] = defaultdict(dict)
    for observation in scan.observations:
        observed[observation.task.host][observation.task.scanner] = observation
    judged: dict[str, list[Result]] = defaultdict(list)
    for result in scan.results:
        judged[result.host].append(result)
    rows = (
        _host_row(host, tuple(map(observed[host.name].get, scanners)), judged[host.name])
        for host in scan.hosts
    )
    hosts = tuple(sorted(rows, key=lambda row: _LEAST_SEEN_FIRST.index(row.look)))
    return Coverage(
        total=len(hosts),
        scanners=tuple(_scanner_row(name, place, hosts) for place, name in enumerate(scanners)),
        hosts=hosts,
        blanks=_blank_rows(scan, hosts),
    )


def _host_row(host: Host, observed: tuple[Observation | None, ...], results: Iterable[Result]) -> HostRow:
    owner = host.owner and f"owner {host.owner}"
    declared = (host.site, host.zone, host.role, owner, ", ".join(sorted(host.scopes)))
    return HostRow(
        name=clean_line(host.name, 253),
        address=str(host.address),
        place=" · ".join(clean_line(word, 60) for word in declared if word),
        cells=tuple(map(_cell, observed)),
        checks=tally(results),
    )


def _cell(observation: Observation | None) -> Cell:
    if observation is None:
        return Cell(look=Look.NOT_ASKED)
    if isinstance(observation, NotSeen):
        return Cell(look=Look.NOT_SEEN, note=reason_words(observation.reason))
    if gaps := len(observation.facts.gaps):
        return Cell(look=Look.PARTLY, note=f"{plural(gaps, 'part')} not seen")
    return Cell(look=Look.SEEN)


def _scanner_row(name: str, place: int, hosts: tuple[HostRow, ...]) -> ScannerRow:
    looks = [host.cells[place].look for host in hosts]
    return ScannerRow(
        name=clean_line(name, 60),
        seen=looks.count(Look.SEEN),
        partly=looks.count(Look.PARTLY),
        not_seen=looks.count(Look.NOT_SEEN),
        hosts_not_seen=tuple(host.name for host in hosts if host.cells[place].look is Look.NOT_SEEN),
    )


def _blank_rows(scan: Scan, hosts: tuple[HostRow, ...]) -> tuple[BlankRow, ...]:
    grouped: dict[tuple[str, str, str, str], list[str]] = {}
    unasked = [host.name for host in hosts if {cell.look for cell in host.cells} <= {Look.NOT_ASKED}]
    if unasked:
        grouped["", "", "no scanner was run", ""] = unasked
    for blank in scan.blanks:
        cause = (blank.scanner, blank.path, blank.reason, blank.detail)
        grouped.setdefault(cause, []).append(clean_line(blank.host, 253))
    merged: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for (scanner, path, reason, detail), names in grouped.items():
        same = (path, reason, detail, tuple(dict.fromkeys(names)))
        merged.setdefault(same, []).append(clean_line(scanner, 60))
    return tuple(
        BlankRow(
            scanners=tuple(filter(None, scanners)),
            part=clean_line(path, 200),
            reason=reason_words(reason),
            detail=clean(detail, 400),
            hosts=names,
        )
        for (path, reason, detail, names), scanners in merged.items()
    )
