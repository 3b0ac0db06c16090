"""Package versions, once for all hosts, and their match with the advisories as a range join on byte keys.

A host has a set of package versions, kept under the digest of its content: hosts that are alike share one,
and nothing is kept for each host and package.
"""

import hashlib
import sys
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from operator import sub
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from compliance.model.advisory import Match, PackageVersion, State
from compliance.store.bulk import Bulk
from compliance.store.tables import HostPackagesRow, PackageSetRow, PackageVersionRow

_COLUMNS = ("release", "package", "is_source", "key")
_IDENTITY = [col(getattr(PackageVersionRow, name)) for name in ("id", *_COLUMNS)]
_ASKED_AT_ONCE = 5000
_JOIN = """
SELECT v.id, v.release, v.package, v.is_source, v.key, s.name, a.name, a.cves, a.severity, a.score, a.vector,
       a.published, r.fixed_version, r.state
FROM package_versions v
JOIN advisory_ranges r ON r.package = v.package AND r.release = v.release AND r.is_source = v.is_source
     AND r.fixed > v.key AND r.introduced <= v.key
JOIN advisories a ON a.id = r.advisory
JOIN advisory_sources s ON s.id = a.source
"""
_COUNTED = """
SELECT v.id, count(*)
FROM package_versions v
JOIN advisory_ranges r ON r.package = v.package AND r.release = v.release AND r.is_source = v.is_source
     AND r.fixed > v.key AND r.introduced <= v.key
WHERE r.state <> 'not-affected'
GROUP BY v.id
"""


@dataclass(frozen=True, slots=True)
class Packages:
    """Package versions and who has them, in one transaction."""

    session: Session

    def keep(self, host: str, packages: Iterable[PackageVersion], at: datetime) -> str:
        """Write down what the host has now, in the place of what it had; gives the digest of its set."""
        ids = self._ids(dict.fromkeys(packages))
        content = packed(sorted(ids.values()))
        digest = hashlib.sha256(content).hexdigest()
        if self.session.get(PackageSetRow, digest) is None:
            self.session.add(PackageSetRow(digest=digest, content=content))
            self.session.flush()
        row = self.session.get(HostPackagesRow, host)
        if row is None:
            self.session.add(HostPackagesRow(host=host, packages=digest, at=at))
        else:
            row.packages, row.at = digest, at
        self.session.flush()
        return digest

    def matches(self, packages: Iterable[PackageVersion]) -> dict[PackageVersion, list[Match]]:
        """What the advisories say of these package versions; those of which none speaks are left out."""
        ids = self._ids(dict.fromkeys(packages))
        found: dict[PackageVersion, list[Match]] = defaultdict(list)
        wanted = sorted(ids.values())
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            numbers = ",".join(map(str, wanted[start : start + _ASKED_AT_ONCE]))
            for row in self.session.connection().execute(text(f"{_JOIN} WHERE v.id IN ({numbers})")):
                match = _match(row)
                found[match.package].append(match)
        return found

    def hosts_of(self, advisories: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Which hosts have a package version of which these advisories speak, by the advisory's name."""
        having = self._sets_by_version()
        hosts = defaultdict(list)
        for row in self.session.exec(select(HostPackagesRow).order_by(HostPackagesRow.host)):
            hosts[row.packages].append(row.host)
        found: dict[str, set[str]] = defaultdict(set)
        names = sorted(set(advisories))
        asked = {f"n{place}": name for place, name in enumerate(names)}
        if not asked:
            return {}
        marks = ", ".join(f":{name}" for name in asked)
        for match in self.session.connection().execute(text(f"{_JOIN} WHERE a.name IN ({marks})"), asked):
            for digest in having.get(match[0], ()):
                found[match[6]].update(hosts[digest])
        return {name: tuple(sorted(who)) for name, who in found.items()}

    def exposure(self) -> dict[str, int]:
        """For each host whose packages are kept, how often an advisory speaks of one of them."""
        connection = self.session.connection()
        counts = [0] * (1 + (self.session.exec(select(func.max(PackageVersionRow.id))).one() or 0))
        for number, count in connection.execute(text(_COUNTED)):
            counts[number] = count
        sets = connection.execute(select(col(PackageSetRow.digest), col(PackageSetRow.content)))
        sums = {digest: sum(map(counts.__getitem__, unpacked(content))) for digest, content in sets}
        hosts = connection.execute(select(col(HostPackagesRow.host), col(HostPackagesRow.packages)))
        return {host: sums[digest] for host, digest in hosts}

    def _sets_by_version(self) -> Mapping[int, list[str]]:
        """The inverted index: for each package version, the sets that hold it."""
        having: dict[int, list[str]] = defaultdict(list)
        for row in self.session.exec(select(PackageSetRow)):
            for number in unpacked(row.content):
                having[number].append(row.digest)
        return having

    def _ids(self, packages: Mapping[PackageVersion, object]) -> dict[PackageVersion, int]:
        """The ids of these package versions, made where they are new."""
        Bulk(self.session).add_new(PackageVersionRow, _COLUMNS, list(packages))
        found: dict[PackageVersion, int] = {}
        names = sorted({package.name for package in packages})
        for start in range(0, len(names), _ASKED_AT_ONCE // 10):
            some = names[start : start + _ASKED_AT_ONCE // 10]
            rows = select(*_IDENTITY).where(col(PackageVersionRow.package).in_(some))
            for number, release, name, is_source, key in self.session.connection().execute(rows):
                package = PackageVersion(release, name, is_source, key)
                if package in packages:
                    found[package] = number
        return found


def packed(numbers: Sequence[int]) -> bytes:
    """Rising numbers as bytes: their differences, four bytes each, least first, the whole compressed."""
    steps = array("I", map(sub, numbers, [0, *numbers]))
    if sys.byteorder == "big":
        steps.byteswap()
    return zlib.compress(steps.tobytes(), 6)


def unpacked(content: bytes) -> Iterator[int]:
    """The numbers that were packed."""
    steps = array("I", zlib.decompress(content))
    if sys.byteorder == "big":
        steps.byteswap()
    return accumulate(steps)


def _match(row: Sequence[Any]) -> Match:
    _, release, package, is_source, key, source, name, cves, *rated, fixed, state = row
    severity, score, vector, published = rated
    return Match(
        package=PackageVersion(release, package, bool(is_source), bytes(key)),
        source=source,
        advisory=name,
        cves=tuple(cves.split()),
        severity=severity,
        score=score,
        vector=vector,
        published=published,
        fixed=fixed,
        state=State(state),
    )
