"""Import bundles of advisories, list their sources, and show what is known of one flaw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from compliance.actions.service import Service
from compliance.advisories.collect import Collected, collect, unhindered
from compliance.advisories.said import BadDocument
from compliance.model.advisory import KeptSource, Outlook, Source
from compliance.model.errors import BadBundle, UnknownName
from compliance.model.text import clean_line

_SHRUNK = 0.5
"""Share of a source's former entries below which its new ones are taken for a part only."""
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import brought."""

    sources: tuple[KeptSource, ...]
    troubles: tuple[str, ...]
    """What could not be read, each with its file and why."""
    unknown: tuple[str, ...]
    """Documents of no format that we know."""
    warnings: tuple[str, ...]
    exposed: int = 0
    hosts: int = 0
    """Hosts whose packages are kept, and those of them with a package that an advisory speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is known of one flaw or advisory."""

    name: str
    outlook: Outlook
    entries: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    """Advisory, its source, its severity, and the hosts that have what it speaks of."""


def import_advisories(
    service: Service, paths: Sequence[Path], *, mirrored: datetime | None = None
) -> Imported:
    """Put what the bundles say in the place of what their sources said before, each source at once or not.

    Raises `BadBundle` where nothing could be read.
    """
    with unhindered():
        return _imported(service, paths, mirrored)


def _imported(service: Service, paths: Sequence[Path], mirrored: datetime | None) -> Imported:
    now = service.clock()
    try:
        found = collect(paths, now, mirrored=mirrored)
    except BadDocument as error:
        raise BadBundle(str(error), hint="nothing was imported") from error
    filled = {name: source for name, source in found.sources.items() if source.entries}
    if not filled:
        raise _nothing(found)
    with service.store.begin() as unit:
        before = {source.name: source for source in unit.advisories.sources()}
    for source in filled.values():
        with service.store.begin() as unit:
            unit.advisories.replace(source, now)
    with service.store.begin() as unit:
        kept = tuple(source for source in unit.advisories.sources() if source.name in filled)
        exposure = unit.packages.exposure()
    return Imported(
        sources=kept,
        troubles=tuple(clean_line(f"{one.name}: {one.text}", 400) for one in found.troubles),
        unknown=tuple(clean_line(name, 400) for name in found.unknown),
        warnings=tuple(_warnings(filled, before)),
        exposed=sum(1 for count in exposure.values() if count),
        hosts=len(exposure),
    )


def _nothing(found: Collected) -> BadBundle:
    told = [f"{one.name}: {one.text}" for one in found.troubles[:_MOST_TOLD]]
    told += [f"{name}: of no format that is known" for name in found.unknown[: _MOST_TOLD - len(told)]]
    said = "; ".join(told) if told else "there is no document"
    return BadBundle(
        clean_line(f"no advisories could be read: {said}", 2000), hint="docs/advisories.md lists the formats"
    )


def _warnings(filled: dict[str, Source], before: dict[str, KeptSource]) -> Iterator[str]:
    for name, source in filled.items():
        former = before.get(name)
        if former and len(source.entries) < former.entries * _SHRUNK:
            yield f"{name}: {len(source.entries)} entries, formerly {former.entries}; is the bundle whole?"
        if source.dated is None:
            yield f"{name}: bears no date, so its age is not known; a manifest or --mirrored gives one"
        elif former and former.dated and source.dated < former.dated:
            yield f"{name}: older than what stood before ({former.dated:%Y-%m-%d})"


def kept_sources(service: Service) -> tuple[KeptSource, ...]:
    """The sources that are kept, by name."""
    with service.store.begin() as unit:
        return unit.advisories.sources()


def show_advisory(service: Service, name: str) -> Shown:
    """What is known of a CVE or an advisory, and which hosts had what it speaks of when last seen."""
    with service.store.begin() as unit:
        advisories = unit.advisories.named(name)
        outlook = unit.advisories.outlooks([name]).get(name)
        hosts = unit.packages.hosts_of(advisory for advisory, _, _ in advisories)
    if not advisories and outlook is None:
        raise UnknownName(
            f"no imported advisory speaks of {ascii(name)[:60]}",
            hint="compliance advisories list shows the sources",
        )
    entries = tuple((*one, hosts.get(one[0], ())) for one in advisories)
    return Shown(name=name, outlook=outlook or Outlook(), entries=entries)


def sources_document(sources: Sequence[KeptSource], now: datetime) -> bytes:
    """The JSON document `advisories/v1` of docs/json.md, indented."""
    listed = [source_members(source, now) for source in sources]
    return msgspec.json.format(msgspec.json.encode({"format": "advisories/v1", "sources": listed}))


def source_members(source: KeptSource, now: datetime) -> dict[str, object]:
    """A source as members of JSON."""
    return {
        "name": source.name,
        "dated": source.dated,
        "age_days": source.age_days(now),
        "stale": source.is_stale(now),
        "imported": source.imported,
        "entries": source.entries,
        "releases": source.releases,
        "sha256": source.digest,
    }
