"""Intervals: from when to when a rule said the same of a place; a week without change costs no row."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from compliance.model.result import Result
from compliance.store.tables import IntervalRow


def extend_intervals(session: Session, results: Sequence[Result], at: datetime) -> None:
    """Let the intervals go on where the verdict is the same; end and begin them where it is not.

    A place that a rule no longer speaks of ends too, but only where the rule was asked of that host.
    """
    asked = {(result.host, result.rule) for result in results}
    verdicts = {(result.host, result.rule, result.key): result.verdict.value for result in results}
    running = {
        (row.host, row.rule, row.key): row
        for row in _running(session, {host for host, _ in asked})
        if (row.host, row.rule) in asked
    }
    for place, row in running.items():
        if verdicts.get(place) != row.verdict:
            row.ended = at
    session.flush()  # the old ones end before the new begin: a place has one that runs
    for place, verdict in verdicts.items():
        if place not in running or running[place].ended is not None:
            host, rule, key = place
            session.add(IntervalRow(host=host, rule=rule, key=key, verdict=verdict, began=at))


def _running(session: Session, hosts: Iterable[str]) -> Sequence[IntervalRow]:
    of_hosts = select(IntervalRow).where(
        col(IntervalRow.ended).is_(None), col(IntervalRow.host).in_(sorted(hosts))
    )
    return session.exec(of_hosts).all()
