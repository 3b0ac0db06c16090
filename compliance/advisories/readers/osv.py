"""OSV records (ossf.github.io/osv-schema), one a document; of systems' packages alone."""

import re
from collections.abc import Iterator
from functools import cache
from sys import intern

import msgspec

from compliance.advisories.releases import release_of_ecosystem
from compliance.advisories.said import BadDocument, Said, moment, severity_word
from compliance.advisories.scores import worst
from compliance.model.advisory import Advisory, Range, State

_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_OF_SOURCES = ("debian", "ubuntu", "alpine", "wolfi", "chainguard")
"""Families whose records name source packages; those of the rpm family name binary ones."""


class _Event(msgspec.Struct, gc=False):
    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""


class _Range(msgspec.Struct, gc=False):
    events: list[_Event]
    type: str = ""


_NONE = msgspec.Raw(b"[]")


class _Package(msgspec.Struct, gc=False):
    ecosystem: str
    name: str


class _Severity(msgspec.Struct, gc=False):
    type: str
    score: str


class _Affected(msgspec.Struct, gc=False):
    package: _Package | None = None
    ranges: msgspec.Raw = _NONE
    """Undecoded: the same words stand behind every binary package of a build, and are read once."""
    versions: tuple[str, ...] = ()
    severity: tuple[_Severity, ...] = ()


class _Record(msgspec.Struct, gc=False):
    id: str
    modified: str
    published: str = ""
    withdrawn: str = ""
    summary: str = ""
    aliases: list[str] = []
    upstream: list[str] = []
    related: list[str] = []
    severity: tuple[_Severity, ...] = ()
    affected: list[_Affected] = []


_DECODER = msgspec.json.Decoder(_Record)
_RANGES = msgspec.json.Decoder(list[_Range])

_Span = tuple[str, str, str, State]
"""Introduced, fixed and last affected version, and what that says."""


def read(data: bytes) -> Iterator[Said]:
    """What the record says, once for each ecosystem that it names; a withdrawn one says nothing."""
    try:
        record = _DECODER.decode(data)
        by_ecosystem = _by_ecosystem(record)
    except msgspec.MsgspecError as error:
        raise BadDocument(f"no OSV record: {error}") from error
    dated = moment(record.modified)
    for ecosystem, ranges in by_ecosystem.items():
        advisory = () if record.withdrawn else (_advisory(record, tuple(ranges)),)
        yield Said(source=f"osv {ecosystem}", dated=dated, entries=advisory)


def _advisory(record: _Record, ranges: tuple[Range, ...]) -> Advisory:
    scores = [*record.severity, *(one for each in record.affected for one in each.severity)]
    words = [severity_word(one.score) for one in scores if not one.type.startswith("CVSS")]
    words.append(severity_word(record.summary.partition(":")[0]))
    score, vector = worst(one.score for one in scores if one.type in ("CVSS_V3", "CVSS_V4"))
    return Advisory(
        name=record.id,
        cves=_cves(record),
        ranges=ranges,
        severity=next(filter(None, words), ""),
        score=score,
        vector=vector,
        published=record.published[:10],
    )


def _cves(record: _Record) -> tuple[str, ...]:
    """The CVEs that the record stands for: itself, its aliases, what it comes from; else those it names."""
    close = [record.id, *record.aliases, *record.upstream]
    found = [name for name in close if _CVE.fullmatch(name)] or [
        name for name in record.related if _CVE.fullmatch(name)
    ]
    return tuple(dict.fromkeys(found))


def _by_ecosystem(record: _Record) -> dict[str, list[Range]]:
    """The ranges of packages of systems that we know; raises `MsgspecError` for ranges that are none."""
    found: dict[str, list[Range]] = {}
    known: dict[bytes, list[_Span]] = {}
    for affected in record.affected:
        words, package = bytes(affected.ranges), affected.package
        spans = known.get(words)
        if spans is None:
            spans = known[words] = _told(words)
        if package is None:
            continue
        release, is_source = _place(package.ecosystem)
        if not release:
            continue
        if not spans:
            spans = [(version, "", version, State.NO_FIX) for version in affected.versions]
        # a few thousand names come again and again: each is kept once, and sorts and binds the faster for it
        name, ranges = intern(package.name), found.setdefault(package.ecosystem, [])
        for begun, fixed, last, state in spans:
            ranges.append(Range(release, name, is_source, begun, fixed, last, state))
    return found


@cache
def _place(ecosystem: str) -> tuple[str, bool]:
    """Our name of the ecosystem's release, empty if it is none, and whether it names source packages."""
    release = release_of_ecosystem(ecosystem)
    return release, release.startswith(_OF_SOURCES)


def _told(words: bytes) -> list[_Span]:
    return [
        (introduced, fixed, last, State.FIXED if fixed else State.NO_FIX)
        for each in _RANGES.decode(words)
        if each.type == "ECOSYSTEM"
        for introduced, fixed, last in _spans(each.events)
    ]


def _spans(events: list[_Event]) -> list[tuple[str, str, str]]:
    """Introduced, fixed and last affected version of each span; events come in order."""
    found: list[tuple[str, str, str]] = []
    begun: str | None = None
    for event in events:
        if event.introduced:
            begun = "" if event.introduced == "0" else event.introduced
        elif begun is not None and (event.fixed or event.last_affected):
            found.append((begun, event.fixed, event.last_affected))
            begun = None
    return found if begun is None else [*found, (begun, "", "")]
