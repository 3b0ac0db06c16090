"""Scans and what was seen in them: begun, kept bit by bit, finished, and read back as they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlmodel import Session, and_, col, func, select

from compliance.model.errors import StoreFailed, UnknownName
from compliance.model.host import Host
from compliance.model.judgement import Judgement
from compliance.model.observation import NotSeen, Observation, Seen, Task
from compliance.model.result import Result
from compliance.model.scan import Scan, ScanEntry
from compliance.store import codec
from compliance.store.evidence import keep_text, kept_text
from compliance.store.intervals import extend_intervals
from compliance.store.tables import ObservationRow, ScanRow
from scanners import Facts, Reason

_PORTS = "ports"
"""The scanner that looks at ports."""


@dataclass(frozen=True, slots=True)
class Scans:
    """The scans, in one transaction."""

    session: Session
    fact_types: Mapping[str, type[Facts]]
    """The type of facts that each scanner gives; its order is the order of observations in a scan."""

    def start(
        self, scan_id: str, *, started: datetime, version: str, profile: str, hosts: Sequence[Host]
    ) -> None:
        """Write down that a scan of these hosts begins."""
        declared = msgspec.json.encode(tuple(hosts)).decode()
        row = ScanRow(id=scan_id, started=started, version=version, profile=profile, hosts=declared)
        self.session.add(row)
        self.session.flush()

    def keep(self, scan_id: str, observation: Observation) -> None:
        """Keep one observation; the same facts are stored once, however often they are seen."""
        row = ObservationRow(
            scan=scan_id, host=observation.task.host, scanner=observation.task.scanner, at=observation.at
        )
        match observation:
            case Seen(facts=facts):
                row.facts = keep_text(self.session, codec.encode_facts(facts))
            case NotSeen(reason=reason, detail=detail):
                row.reason, row.detail = reason.value, detail
        self.session.add(row)
        self.session.flush()

    def finish(
        self,
        scan_id: str,
        *,
        finished: datetime,
        results: Sequence[Result],
        judgement: Judgement | None = None,
    ) -> None:
        """Write down what the scan came to, and what that was made from."""
        row = self._row(scan_id)
        row.finished = finished
        row.results = keep_text(self.session, codec.encode_results(tuple(results)))
        if judgement is not None:
            row.judgement = keep_text(self.session, codec.encode_judgement(judgement))
        extend_intervals(self.session, results, finished)
        self.session.flush()

    def read(self, scan_id: str) -> Scan:
        """The scan as it was, without assessments.

        One that was cut off has no results, and ends with the last that was kept of it.
        """
        row = self._row(scan_id)
        hosts = msgspec.json.decode(row.hosts, type=tuple[Host, ...])
        observations = self._observations(scan_id, [host.name for host in hosts])
        results = codec.decode_results(kept_text(self.session, row.results)) if row.results else ()
        return Scan(
            id=row.id,
            started=row.started,
            finished=row.finished or max((o.at for o in observations), default=row.started),
            version=row.version,
            profile=row.profile,
            hosts=hosts,
            observations=observations,
            results=results,
            judgement=self._judgement(row),
        )

    def last_seen(self, until: datetime, scanner: str = "") -> Mapping[str, datetime]:
        """When a scan last saw something of each host, up to a time; hosts that none saw are not in it.

        With a scanner's name, when that one did.
        """
        seen = (
            select(ObservationRow.host, func.max(ObservationRow.at))
            .where(col(ObservationRow.facts).is_not(None), col(ObservationRow.at) <= until)
            .group_by(ObservationRow.host)
        )
        if scanner:
            seen = seen.where(ObservationRow.scanner == scanner)
        return dict(self.session.exec(seen).all())

    def first_seen(self, until: datetime) -> Mapping[str, datetime]:
        """When a scan first saw something of each host, of what is kept; others are not in it."""
        seen = (
            select(ObservationRow.host, func.min(ObservationRow.at))
            .where(col(ObservationRow.facts).is_not(None), col(ObservationRow.at) <= until)
            .group_by(ObservationRow.host)
        )
        return dict(self.session.exec(seen).all())

    def newest(self) -> str | None:
        """The id of the newest scan that was finished; None if there is none."""
        finished = select(ScanRow.id).where(col(ScanRow.finished).is_not(None))
        return self.session.exec(finished.order_by(col(ScanRow.started).desc(), col(ScanRow.id))).first()

    def newest_facts(self, host: str, scanner: str) -> Facts | None:
        """What a scanner last saw of a host, in whatever scan; None if nothing is kept."""
        rows = select(ObservationRow).where(ObservationRow.host == host, ObservationRow.scanner == scanner)
        row = self.session.exec(
            rows.where(col(ObservationRow.facts).is_not(None)).order_by(
                col(ObservationRow.at).desc(), col(ObservationRow.id).desc()
            )
        ).first()
        seen = self._observation(row) if row else None
        return seen.facts if isinstance(seen, Seen) else None

    def all(self) -> tuple[ScanEntry, ...]:
        """Every scan, the newest first, those that were cut off too."""
        rows = self.session.exec(select(ScanRow).order_by(col(ScanRow.started).desc(), col(ScanRow.id)))
        return tuple(_entry(row) for row in rows)

    def open_ports(self) -> Mapping[str, tuple[int, ...]]:
        """By host, the TCP ports that its newest look at ports saw open."""
        newest = (
            select(ObservationRow.host, func.max(ObservationRow.at).label("at"))
            .where(ObservationRow.scanner == _PORTS, col(ObservationRow.facts).is_not(None))
            .group_by(ObservationRow.host)
            .subquery()
        )
        rows = self.session.exec(
            select(ObservationRow)
            .where(ObservationRow.scanner == _PORTS, col(ObservationRow.facts).is_not(None))
            .join(
                newest, and_(col(ObservationRow.host) == newest.c.host, col(ObservationRow.at) == newest.c.at)
            )
        )
        return {row.host: _open(self._observation(row)) for row in rows}

    def _judgement(self, row: ScanRow) -> Judgement | None:
        if row.judgement is None:
            return None
        return codec.decode_judgement(kept_text(self.session, row.judgement))

    def _row(self, scan_id: str) -> ScanRow:
        row = self.session.get(ScanRow, scan_id)
        if row is None:
            raise UnknownName(f"no scan is called {ascii(scan_id)[:80]}", hint="compliance report list")
        return row

    def _observations(self, scan_id: str, hosts: Sequence[str]) -> tuple[Observation, ...]:
        places = {name: place for place, name in enumerate(hosts)}
        turns = {name: turn for turn, name in enumerate(self.fact_types)}
        rows = self.session.exec(select(ObservationRow).where(ObservationRow.scan == scan_id)).all()
        ordered = sorted(
            rows, key=lambda row: (places.get(row.host, len(places)), turns.get(row.scanner, len(turns)))
        )
        return tuple(self._observation(row) for row in ordered)

    def _observation(self, row: ObservationRow) -> Observation:
        task = Task(host=row.host, scanner=row.scanner)
        if row.facts is None:
            reason = Reason(row.reason or Reason.CRASHED)
            return NotSeen(task=task, at=row.at, reason=reason, detail=row.detail)
        kind = self.fact_types.get(row.scanner)
        if kind is None:
            raise StoreFailed(
                f"facts of a scanner {ascii(row.scanner)[:40]} were kept, which is not there any more",
                hint="they can be read by the version that kept them",
            )
        return Seen(task=task, at=row.at, facts=codec.decode_facts(kept_text(self.session, row.facts), kind))


def _open(observation: Observation) -> tuple[int, ...]:
    """The ports of a look, as far as they are known."""
    found = getattr(observation.facts, "open", None) if isinstance(observation, Seen) else None
    return tuple(port.port for port in tuple.__iter__(found)) if isinstance(found, tuple) else ()


def _entry(row: ScanRow) -> ScanEntry:
    hosts = msgspec.json.decode(row.hosts, type=tuple[Host, ...])
    return ScanEntry(
        id=row.id,
        started=row.started,
        finished=row.finished,
        version=row.version,
        profile=row.profile,
        hosts=tuple(host.name for host in hosts),
    )
