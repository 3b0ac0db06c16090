"""The Debian security tracker: its JSON by source package, and its lists of DSA and DLA advisories."""

import re
from collections.abc import Iterator

import msgspec

from compliance.advisories.releases import release_of_codename
from compliance.advisories.said import BadDocument, Said, moment, severity_word
from compliance.model.advisory import Advisory, Range, State


class _Release(msgspec.Struct, gc=False):
    status: str
    fixed_version: str = ""
    urgency: str = ""
    nodsa_reason: str | None = None


class _Flaw(msgspec.Struct, gc=False):
    releases: dict[str, _Release] | list[object]


_TRACKER = msgspec.json.Decoder(dict[str, dict[str, _Flaw]])
_HEAD = re.compile(r"\[(\d\d) (\w{3}) (\d{4})\] (D[SL]A-\d+(?:-\d+)?) (.*)")
_FIXED = re.compile(r"\[(\w+)\] - (\S+) (\S+)")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def read_tracker(data: bytes) -> Iterator[Said]:
    """What the tracker's JSON says of each source package and release; the document bears no date."""
    try:
        packages = _TRACKER.decode(data)
    except msgspec.MsgspecError as error:
        raise BadDocument(f"no Debian security tracker: {error}") from error
    yield Said(source="debian security-tracker", dated=None, entries=_of_tracker(packages))


def _of_tracker(packages: dict[str, dict[str, _Flaw]]) -> Iterator[Advisory]:
    for package, flaws in packages.items():
        for name, flaw in flaws.items():
            releases = flaw.releases if isinstance(flaw.releases, dict) else {}
            ranges = tuple(_ranges(package, releases))
            words = {severity_word(one.urgency) for one in releases.values()} - {""}
            severity = next((word for word in ("high", "medium", "low") if word in words), "")
            if ranges:
                yield Advisory(name, (name,) if _CVE.fullmatch(name) else (), ranges, severity)


def _ranges(package: str, releases: dict[str, _Release]) -> Iterator[Range]:
    for codename, release in releases.items():
        known = release_of_codename(codename)
        if not known:
            continue
        match release.status:
            case "resolved" if release.fixed_version == "0":
                yield Range(known, package, is_source=True, state=State.NOT_AFFECTED)
            case "resolved":
                yield Range(known, package, is_source=True, fixed=release.fixed_version)
            case "open":
                is_left = release.nodsa_reason == "ignored" or release.urgency == "end-of-life"
                state = State.WILL_NOT_FIX if is_left else State.NO_FIX
                yield Range(known, package, is_source=True, state=state)
            case _:
                yield Range(known, package, is_source=True, state=State.UNDER_INVESTIGATION)


def read_list(data: bytes) -> Iterator[Said]:
    """What a DSA or DLA list says, with the day of each advisory; as old as the newest of them."""
    found = list(_listed(data.decode("utf-8", "replace")))
    if not found:
        raise BadDocument("no advisory stands in the list")
    kind = found[0].name[:3]
    dated = moment(max(advisory.published for advisory in found))
    yield Said(source=f"debian {kind}", dated=dated, entries=found)


def _listed(text: str) -> Iterator[Advisory]:
    name, published, cves, ranges = "", "", (), []  # type: tuple[str, str, tuple[str, ...], list[Range]]
    for line in text.splitlines():
        if head := _HEAD.match(line):
            if name:
                yield Advisory(name, cves, tuple(ranges), published=published)
            name, published, cves, ranges = head[4], _day(head), (), []
        elif line.strip().startswith("{"):
            cves = tuple(dict.fromkeys(_CVE.findall(line)))
        elif (fixed := _FIXED.match(line.strip())) and not fixed[3].startswith("<"):
            release = release_of_codename(fixed[1])
            if release:
                ranges.append(Range(release, fixed[2], is_source=True, fixed=fixed[3]))
    if name:
        yield Advisory(name, cves, tuple(ranges), published=published)


def _day(head: re.Match[str]) -> str:
    month = _MONTHS.index(head[2]) + 1 if head[2] in _MONTHS else 1
    return f"{head[3]}-{month:02}-{head[1]}"
