"""Advisories by source: a source is replaced whole, and asked by ranges of byte keys in SQL."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from msgspec.structs import astuple
from sqlmodel import Session, col, delete, select

from compliance.model.advisory import (
    Advisory,
    Exploited,
    KeptSource,
    Lifetime,
    Likelihood,
    Outlook,
    Source,
    version_key,
)
from compliance.store.bulk import Bulk, next_id
from compliance.store.tables import AdvisoryRow, CveRow, LifetimeRow, RangeRow, SourceRow

NO_END = b"\xff" * 5
"""Comes after every key: where no version has the fix."""
_ASKED_AT_ONCE = 500

_ADVISORY = ("id", "source", "name", "cves", "severity", "score", "vector", "published")
_RANGE = (
    "package", "release", "is_source", "fixed", "introduced", "advisory", "fixed_version", "state",
)  # fmt: skip
_CVE = ("source", "cve", "added", "due", "likelihood", "score", "vector")
_LIFETIME = ("source", "os", "version", "full", "security", "paid")


@dataclass(frozen=True, slots=True)
class Advisories:
    """The advisories, in one transaction."""

    session: Session

    def replace(self, source: Source, now: datetime) -> None:
        """Put what the source says in the place of what it said before."""
        self.remove(source.name)
        advisories = [one for one in source.entries if isinstance(one, Advisory)]
        releases = Counter(one.release for each in advisories for one in each.ranges)
        row = SourceRow(
            name=source.name,
            dated=source.dated,
            imported=now,
            digest=source.digest,
            entries=len(source.entries),
            releases=",".join(f"{name}={count}" for name, count in sorted(releases.items())),
        )
        self.session.add(row)
        self.session.flush()
        number = row.id or 0
        bulk = Bulk(self.session)
        first = next_id(self.session, AdvisoryRow)
        bulk.add(AdvisoryRow, _ADVISORY, _advisory_rows(advisories, number, first))
        bulk.add_new(RangeRow, _RANGE, _range_rows(advisories, first, bulk.truths))
        bulk.add(CveRow, _CVE, _cve_rows(source, number))
        lifetimes = (one for one in source.entries if isinstance(one, Lifetime))
        bulk.add(LifetimeRow, _LIFETIME, [(number, *astuple(one)) for one in lifetimes])

    def remove(self, name: str) -> None:
        """Take a source away with all that it said; nothing happens if there is none of that name."""
        row = self.session.exec(select(SourceRow).where(SourceRow.name == name)).first()
        if row is None:
            return
        its = select(AdvisoryRow.id).where(AdvisoryRow.source == row.id)
        self.session.exec(delete(RangeRow).where(col(RangeRow.advisory).in_(its)))
        for table in (AdvisoryRow, CveRow, LifetimeRow):
            self.session.exec(delete(table).where(col(table.source) == row.id))
        self.session.delete(row)
        self.session.flush()

    def sources(self) -> tuple[KeptSource, ...]:
        """The sources, by name."""
        rows = self.session.exec(select(SourceRow).order_by(SourceRow.name))
        return tuple(
            KeptSource(
                name=row.name,
                dated=row.dated,
                imported=row.imported,
                digest=row.digest,
                entries=row.entries,
                releases=_counts(row.releases),
            )
            for row in rows
        )

    def named(self, name: str) -> tuple[tuple[str, str, str], ...]:
        """Advisories of that name or about the CVE of that name: name, source, severity; by source."""
        query = select(AdvisoryRow, SourceRow.name).join(SourceRow, col(SourceRow.id) == AdvisoryRow.source)
        holding = col(AdvisoryRow.cves).contains(name, autoescape=True)
        rows = self.session.exec(
            query.where((col(AdvisoryRow.name) == name) | holding).order_by(SourceRow.name)
        )
        return tuple(
            (row.name, source, row.severity) for row, source in rows if name in (row.name, *row.cves.split())
        )

    def outlooks(self, cves: Iterable[str]) -> dict[str, Outlook]:
        """What is said of these CVEs as such; the worst where several speak of one."""
        wanted = sorted(set(cves))
        found: dict[str, Outlook] = {}
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            some = wanted[start : start + _ASKED_AT_ONCE]
            for row in self.session.exec(select(CveRow).where(col(CveRow.cve).in_(some))):
                found[row.cve] = _joined(found.get(row.cve, Outlook()), row)
        return found

    def lifetime(self, os: str, version: str) -> Lifetime | None:
        """The last days of a release, what one source lacks taken from the next; None if unknown."""
        query = select(LifetimeRow, SourceRow.name).join(SourceRow, col(SourceRow.id) == LifetimeRow.source)
        wanted = query.where(LifetimeRow.os == os, LifetimeRow.version == version).order_by(SourceRow.name)
        rows = [row for row, _ in self.session.exec(wanted)]
        if not rows:
            return None
        full, security, paid = (
            next((getattr(row, part) for row in rows if getattr(row, part)), "")
            for part in ("full", "security", "paid")
        )
        return Lifetime(os, version, full, security, paid)


def _counts(text: str) -> dict[str, int]:
    pairs = (part.rpartition("=") for part in text.split(",") if part)
    return {name: int(count) for name, _, count in pairs}


def _advisory_rows(advisories: Sequence[Advisory], source: int, first: int) -> list[tuple[object, ...]]:
    return [
        (number, source, one.name, " ".join(one.cves), one.severity, one.score, one.vector, one.published)
        for number, one in enumerate(advisories, first)
    ]


def _range_rows(
    advisories: Sequence[Advisory], first: int, truths: Sequence[object]
) -> list[tuple[object, ...]]:
    """Rows in the order of their key, so that the table grows at few places."""
    by_release: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    bounds = cache(_bounds)
    for number, one in enumerate(advisories, first):
        for span in one.ranges:
            release, package, is_source, begun, mended, last, state = astuple(span)
            fixed, introduced = bounds(release, begun, mended, last)
            # Truths and words plain: the driver asks nobody what they are, which costs as much as the rest.
            row = (package, release, truths[is_source], fixed, introduced, number, mended, str(state))
            by_release[release].append(row)
    for rows in by_release.values():
        rows.sort()
    return [row for release in sorted(by_release) for row in by_release[release]]


def _bounds(release: str, introduced: str, fixed: str, last: str) -> tuple[bytes, bytes]:
    """The first key without the flaw, and the first with it."""
    key = version_key(release)
    begun = key(introduced) if introduced else b""
    if fixed:
        return key(fixed), begun
    return key(last) + b"\x00" if last else NO_END, begun


def _cve_rows(source: Source, number: int) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for one in source.entries:
        match one:
            case Exploited(cve=cve, added=added, due=due):
                rows.append((number, cve, added, due, None, None, ""))
            case Likelihood(cve=cve, score=score):
                rows.append((number, cve, "", "", score, None, ""))
            case Advisory(cves=(cve,), score=float() as score, vector=vector):
                rows.append((number, cve, "", "", None, score, vector))
            case _:
                pass
    return list(dict.fromkeys(rows))


def _joined(known: Outlook, row: CveRow) -> Outlook:
    exploited = Exploited(row.cve, row.added, row.due) if row.added else known.exploited
    score, vector = max(
        (known.score or -1.0, known.vector), (-1.0 if row.score is None else row.score, row.vector)
    )
    return Outlook(
        exploited=exploited,
        likelihood=known.likelihood if row.likelihood is None else row.likelihood,
        score=None if score < 0 else score,
        vector=vector,
    )
