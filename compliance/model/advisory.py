"""Advisories: what makers say of flaws in their packages, by release, as ranges of versions, as OSV does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from scanners.kit.versions import apk_key, deb_key, rpm_key


class State(StrEnum):
    """What the maker says of a range of versions."""

    FIXED = "fixed"
    """The flaw is there; a version that mends it is out."""
    NO_FIX = "affected-no-fix"
    """The flaw is there, and nothing that mends it is out yet."""
    WILL_NOT_FIX = "will-not-fix"
    """The flaw is there and the maker leaves it."""
    NOT_AFFECTED = "not-affected"
    UNDER_INVESTIGATION = "under-investigation"


class Range(Struct, frozen=True, gc=False):
    """The versions of one package of one release of which an advisory speaks: [introduced, fixed)."""

    release: str
    """As `debian:12`, `almalinux:9`, `alpine:3.20`."""
    package: str
    is_source: bool
    """The name is that of a source package, else of a binary one."""
    introduced: str = ""
    """First version with the flaw; empty means every version below `fixed`."""
    fixed: str = ""
    """First version without it; empty if there is none."""
    last: str = ""
    """Last version with it, where the maker names that instead of `fixed`."""
    state: State = State.FIXED


class Advisory(Struct, frozen=True, gc=False):
    """One advisory, as far as it speaks of one source's packages."""

    name: str
    """As `DSA-5380-1`, `ALSA-2022:4940`, `CVE-2023-38545`."""
    cves: tuple[str, ...]
    ranges: tuple[Range, ...]
    severity: str = ""
    """The maker's word: critical, high, medium, low, none; empty if it says nothing."""
    score: float | None = None
    vector: str = ""
    """The CVSS vector, of version 3 or 4, whose base score is `score`."""
    published: str = ""
    """The day, as 2026-01-31; empty if it is not told."""


class Exploited(Struct, frozen=True, gc=False):
    """A flaw that is known to be used by attackers, and by when a catalogue wants it mended."""

    cve: str
    added: str
    due: str


class Likelihood(Struct, frozen=True, gc=False):
    """How likely it is that a flaw is used within 30 days (EPSS), from 0 to 1."""

    cve: str
    score: float


class Lifetime(Struct, frozen=True, gc=False):
    """The last days of a release: of full support, free security fixes, paid ones; empty if not told."""

    os: str
    version: str
    full: str
    security: str
    paid: str


Entry = Advisory | Exploited | Likelihood | Lifetime


@dataclass(slots=True, kw_only=True)
class Source:
    """Everything that one source says, with its date: what an import puts in the place of what was there."""

    name: str
    """By content: `osv AlmaLinux:9`, `kev`, `epss`."""
    dated: datetime | None = None
    """When the maker made it; None if nobody tells, and then its age is not known."""
    digest: str = ""
    """SHA-256 over the digests of the files it came from."""
    files: int = 0
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSource:
    """A source as it is kept."""

    name: str
    dated: datetime | None
    imported: datetime
    digest: str
    entries: int
    releases: Mapping[str, int] = field(default_factory=dict)
    """The releases that it speaks of, each with how many ranges of versions."""

    def age_days(self, now: datetime) -> int | None:
        """Whole days since it was made; None if its date is not known."""
        return (now - self.dated).days if self.dated else None

    def is_stale(self, now: datetime) -> bool:
        """Whether it is older than a week, or of no known age."""
        age = self.age_days(now)
        return age is None or age > STALE_DAYS


LEAST_RANGES = 20
"""Ranges that must speak of a release before silence about a package says anything."""
STALE_DAYS = 7
"""Days after which an advisory source counts as old."""


class PackageVersion(NamedTuple):
    """A package of a release in one version: what is matched, once for all hosts that have it."""

    release: str
    name: str
    is_source: bool
    key: bytes


class Match(NamedTuple):
    """An advisory that speaks of a package version."""

    package: PackageVersion
    source: str
    advisory: str
    cves: tuple[str, ...]
    severity: str
    score: float | None
    vector: str
    published: str
    fixed: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known of one flaw beyond its advisory: exploited, due, likely, scored by others."""

    exploited: Exploited | None = None
    likelihood: float | None = None
    score: float | None = None
    vector: str = ""


def host_release(os: str, version: str) -> str:
    """The release whose advisories speak of a host, from os-release's ID and VERSION_ID: `debian:12`."""
    parts = version.split(".")
    kept = parts[:1] if os in _BY_MAJOR else parts[:2]
    return f"{os}:{'.'.join(kept)}" if version else os


def version_key(release: str) -> Callable[[str], bytes]:
    """What versions of a release's packages sort by."""
    return _KEYS.get(release.partition(":")[0], rpm_key)


def day(text: str) -> date | None:
    """The day that a text such as 2026-01-31 names; None for any other."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


_BY_MAJOR = frozenset({"debian", "rhel", "almalinux", "rocky", "centos", "ol", "fedora", "amzn"})
_KEYS: dict[str, Callable[[str], bytes]] = {
    "debian": deb_key,
    "ubuntu": deb_key,
    "ubuntu-pro": deb_key,
    "alpine": apk_key,
    "wolfi": apk_key,
    "chainguard": apk_key,
}
