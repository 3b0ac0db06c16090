"""Findings and their events: read as they stand, changed only by what `reconcile` says."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from compliance.model.finding import Change, Event, Finding, Identity, Kind, State
from compliance.model.rule import Severity
from compliance.store.tables import EventRow, FindingRow


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings, in one transaction."""

    session: Session

    def known(self, hosts: Iterable[str]) -> tuple[Finding, ...]:
        """Every finding of these hosts, in whatever state."""
        of_hosts = col(FindingRow.host).in_(sorted(set(hosts)))
        return self._found(of_hosts)

    def open(self) -> tuple[Finding, ...]:
        """Every finding that is open."""
        return self._found(col(FindingRow.state) == State.OPEN.value)

    def all(self) -> tuple[Finding, ...]:
        """Every finding there ever was."""
        return self._found()

    def events(self, identity: Identity) -> tuple[Event, ...]:
        """What happened to one finding, in the order in which it was written down."""
        host, rule, key = identity
        of_one = select(EventRow).where(EventRow.host == host, EventRow.rule == rule, EventRow.key == key)
        return tuple(_event(row) for row in self.session.exec(of_one.order_by(col(EventRow.id))))

    def put(self, changes: Iterable[Change]) -> None:
        """Write each finding as it stands now, and add its event."""
        listed = tuple(changes)
        rows = self.session.exec(
            select(FindingRow).where(col(FindingRow.host).in_(sorted({c.finding.host for c in listed})))
        )
        known = {(row.host, row.rule, row.key): row for row in rows}
        for change in listed:
            found = change.finding
            row = known.get(found.identity)
            if row is None:
                row = known[found.identity] = _row(found)
                self.session.add(row)
            row.state, row.severity, row.message = found.state.value, found.severity.value, found.message
            row.first_seen, row.last_seen = found.first_seen, found.last_seen
            event = change.event
            self.session.add(
                EventRow(host=event.host, rule=event.rule, key=event.key, kind=event.kind.value, at=event.at)
            )
        self.session.flush()

    def _found(self, *where: ColumnElement[bool]) -> tuple[Finding, ...]:
        ordered = select(FindingRow).order_by(FindingRow.host, FindingRow.rule, FindingRow.key)
        return tuple(_finding(row) for row in self.session.exec(ordered.where(*where)))


def _row(found: Finding) -> FindingRow:
    return FindingRow(
        host=found.host,
        rule=found.rule,
        key=found.key,
        state=found.state.value,
        first_seen=found.first_seen,
        last_seen=found.last_seen,
        severity=found.severity.value,
        message=found.message,
    )


def _finding(row: FindingRow) -> Finding:
    return Finding(
        host=row.host,
        rule=row.rule,
        key=row.key,
        state=State(row.state),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        severity=Severity(row.severity),
        message=row.message,
    )


def _event(row: EventRow) -> Event:
    return Event(host=row.host, rule=row.rule, key=row.key, kind=Kind(row.kind), at=row.at)
