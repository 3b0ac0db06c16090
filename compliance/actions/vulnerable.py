"""What imported advisories say of packages that were seen: facts of their own, worked out when asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from compliance.actions.flaws import flawed
from compliance.actions.service import Service
from compliance.actions.stock import Asked, Stock, stock_of
from compliance.model.advisory import LEAST_RANGES, KeptSource, Lifetime, Match, Outlook, PackageVersion, day
from compliance.model.observation import NotSeen, Observation, Seen, Task
from compliance.model.vulnerability import (
    MOST_PACKAGES,
    SEEN_BY,
    VULNERABILITIES,
    FlawedPackage,
    SourceSeen,
    Support,
    VulnerabilityFacts,
)
from scanners import UNKNOWN, Gap, PartialList, Reason, UnknownFact
from scanners.packages.facts import PackageFacts

_EVERYWHERE = ("kev", "epss", "endoflife.date", "distro-info")
"""Sources that speak of every release, by how their names begin."""
_NAMED = 8
_LISTS = ("packages", "not_running", "unjudged", "sources")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the store knows that bears on some hosts."""

    sources: tuple[KeptSource, ...]
    matches: Mapping[PackageVersion, Sequence[Match]]
    outlooks: Mapping[str, Outlook]
    lifetimes: Mapping[str, Lifetime | None]


def with_vulnerabilities(
    service: Service, observations: Iterable[Observation], *, is_kept: bool = False
) -> tuple[Observation, ...]:
    """The observations, and behind them what the advisories of today say of the packages in them.

    What was worked out before gives way. `is_kept` writes down which host has which packages.
    """
    seen = tuple(one for one in observations if one.task.scanner != VULNERABILITIES)
    if VULNERABILITIES not in service.policies.book.schema.scanners:
        return seen
    looks = [one for one in seen if one.task.scanner == SEEN_BY[VULNERABILITIES]]
    stocks = {one.task.host: stock for one in looks if (stock := _stock(one)) is not None}
    known = _known(service, stocks)
    if is_kept:
        at = {one.task.host: one.at for one in looks}
        with service.store.begin() as unit:
            for host, stock in stocks.items():
                unit.packages.keep(host, stock.versions(), at[host])
    return (*seen, *(_observation(one, stocks.get(one.task.host), known) for one in looks))


def _stock(look: Observation) -> Stock | None:
    if not isinstance(look, Seen):
        return None
    try:
        return stock_of(cast("PackageFacts", look.facts))
    except UnknownFact:
        return None


def _known(service: Service, stocks: Mapping[str, Stock]) -> _Known:
    versions = dict.fromkeys(version for stock in stocks.values() for version in stock.versions())
    releases = sorted({stock.release for stock in stocks.values()})
    with service.store.begin() as unit:
        matches = unit.packages.matches(versions)
        cves = {cve for found in matches.values() for match in found for cve in match.cves}
        return _Known(
            sources=unit.advisories.sources(),
            matches=matches,
            outlooks=unit.advisories.outlooks(cves),
            lifetimes={name: unit.advisories.lifetime(*_os(name)) for name in releases},
        )


def _os(release: str) -> tuple[str, str]:
    name, _, version = release.partition(":")
    return name, version


def _observation(look: Observation, stock: Stock | None, known: _Known) -> Observation:
    task = Task(host=look.task.host, scanner=VULNERABILITIES)
    if isinstance(look, NotSeen):
        return NotSeen(task=task, at=look.at, reason=look.reason, detail=look.detail)
    if stock is None:
        detail = "the system or its packages were not seen"
        return NotSeen(task=task, at=look.at, reason=Reason.NOT_COLLECTED, detail=detail)
    return Seen(task=task, at=look.at, facts=vulnerability_facts(stock, known, look.at))


def vulnerability_facts(stock: Stock, known: _Known, at: datetime) -> VulnerabilityFacts:
    """The facts; where no source speaks of the release, all lists are unknown and say why."""
    support, ends, gaps = _support(known.lifetimes.get(stock.release), stock, at.date())
    if not any(stock.release in source.releases for source in known.sources):
        detail = f"no advisory source for {stock.release}: compliance advisories import"
        missing = (Gap(path=name, reason=Reason.NOT_COLLECTED, detail=detail) for name in _LISTS)
        return VulnerabilityFacts(
            release=stock.release, support=support, support_ends=ends, gaps=(*missing, *gaps)
        )
    seen = {source.name for source in known.sources}
    ranges = sum(source.releases.get(stock.release, 0) for source in known.sources)
    if ranges < LEAST_RANGES:
        stock.doubts.append(f"advisories speak of {stock.release} only {ranges} times: no whole source")
    packages = _flawed(stock, stock.judged, known, has_catalogue="kev" in seen)
    return VulnerabilityFacts(
        release=stock.release,
        packages=packages,
        not_running=_flawed(stock, stock.not_running, known, has_catalogue="kev" in seen),
        unjudged=tuple(stock.unjudged),
        sources=tuple(_source(source) for source in known.sources if _bears(source, stock.release)),
        support=support,
        support_ends=ends,
        gaps=(*gaps, *_doubts(stock, seen)),
    )


def _flawed(
    stock: Stock, packages: Iterable[Asked], known: _Known, *, has_catalogue: bool
) -> tuple[FlawedPackage, ...]:
    found = (
        flawed(package, stock.manager, matches, known.outlooks, has_catalogue=has_catalogue)
        for package, versions in packages
        if (matches := [match for version in versions for match in known.matches.get(version, ())])
    )
    listed = tuple(one for one in found if one is not None)
    return listed if len(listed) <= MOST_PACKAGES else PartialList(listed[:MOST_PACKAGES])


def _bears(source: KeptSource, release: str) -> bool:
    return release in source.releases or source.name.startswith(_EVERYWHERE)


def _source(source: KeptSource) -> SourceSeen:
    return SourceSeen(
        locus=f"source/{source.name}",
        name=source.name,
        dated=UNKNOWN if source.dated is None else source.dated,
        imported=source.imported,
        sha256=source.digest,
    )


def _support(life: Lifetime | None, stock: Stock, today: date) -> tuple[Support, date, tuple[Gap, ...]]:
    """What the maker still does, until when, and the gaps that this leaves in what advisories can say."""
    full, security, paid = (
        (day(text) for text in (life.full, life.security, life.paid)) if life else (None,) * 3
    )
    if security is None:
        detail = f"no lifetime of {stock.release} is imported"
        gaps = (
            Gap(path=path, reason=Reason.NOT_COLLECTED, detail=detail) for path in ("support", "support_ends")
        )
        return UNKNOWN, UNKNOWN, tuple(gaps)
    if today <= security:
        return "full" if full and today <= full else "security-only", security, ()
    detail = f"{stock.release} is unsupported since {security}: what was found since has no free advisory"
    gap = Gap(path="packages", reason=Reason.PARTIAL, detail=detail)
    return "paid" if paid and today <= paid else "ended", security, (gap,)


def _doubts(stock: Stock, sources: set[str]) -> Iterable[Gap]:
    """Why the list of flawed packages is not whole, or lacks something of each."""
    doubts = list(stock.doubts)
    if stock.unjudged:
        names = ", ".join(one.package for one in stock.unjudged[:_NAMED])
        more = f" and {len(stock.unjudged) - _NAMED} more" if len(stock.unjudged) > _NAMED else ""
        doubts.append(f"backports and packages of others have no advisory source: {names}{more}")
    if doubts:
        yield Gap(path="packages", reason=Reason.PARTIAL, detail="; ".join(doubts)[:300])
    if "kev" not in sources:
        detail = "no catalogue of exploited flaws (KEV) is imported"
        yield Gap(path="packages.flaws.exploited", reason=Reason.NOT_COLLECTED, detail=detail)
