"""What is behind, by the host's own package metadata, and how old that metadata is."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec.structs import replace

from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Dump, Gaps, Missing, Sections, dumps
from scanners.kit.versions import deb_key
from scanners.packages.facts import Package, Update
from scanners.packages.installed import Inventory

_MAKERS = ("Debian", "Ubuntu")
_SECURITY_LABELS = ("Debian-Security", "UbuntuESM", "UbuntuESMApps")
_APK_BEHIND = re.compile(r"(\S+)-(\d\S*)\s+<\s+(\S+)")
_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One archive of apt, by the fields of its Release file."""

    path: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its origin and suite, as a person knows it: `Debian bookworm-security`, `Ubuntu jammy-updates`."""
        suite, codename = self.fields.get("Suite", ""), self.fields.get("Codename", "")
        known = codename if self.fields.get("Origin") == "Debian" else suite
        return " ".join(word for word in (self.fields.get("Origin", ""), known or suite or codename) if word)

    @property
    def is_security(self) -> bool:
        """It is where the maker puts security fixes."""
        return self.fields.get("Label") in _SECURITY_LABELS or (
            self.fields.get("Origin") in _MAKERS
            and any(self.fields.get(key, "").endswith("-security") for key in ("Suite", "Codename"))
        )

    @property
    def is_automatic(self) -> bool:
        """Upgrades are taken from it without being asked for; not so from backports."""
        return self.fields.get("NotAutomatic") != "yes"

    @property
    def keeps_upgrading(self) -> bool:
        """What was once installed from it is upgraded from it (ButAutomaticUpgrades)."""
        return self.is_automatic or self.fields.get("ButAutomaticUpgrades") == "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version of a package that an archive offers."""

    architecture: str
    version: str
    archive: Archive


def updates(sections: Sections, inventory: Inventory, gaps: Gaps) -> tuple[Update, ...]:
    """Packages that are behind; a partial list where not all lists could be read. Raises `Missing`."""
    match inventory.manager:
        case "dpkg":
            found, unread = _apt(sections, inventory.packages)
        case "apk":
            found, unread = parse_apk_updates(sections.text("apk-updates"), inventory.packages)
        case "rpm":
            raise Missing(Reason.UNSUPPORTED, "what dnf knows cannot be read without changing its cache")
    if unread:
        gaps.add("updates", Reason.PARTIAL, "; ".join(unread)[:300])
        return PartialList(found)
    return tuple(found)


def with_origins(sections: Sections, packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """The packages with the makers of the archives that have them; unknown where no list knows it.

    Archives of the system's maker come first, and those that have just this version before others.
    """
    try:
        archives = parse_releases(sections.optional("apt-releases"))
        offers, _ = parse_offers(sections.text("apt-lists"), archives)
    except Missing:
        return packages
    return tuple(
        replace(package, origin=origin)
        if (origin := _origin(package, offers.get(package.name, [])))
        else package
        for package in packages
    )


def _origin(package: Package, offers: list[Offer]) -> str:
    exact = [offer for offer in offers if offer.version == package.version]
    makers = [offer.archive.fields.get("Origin", "") for offer in exact or offers]
    return next((maker for maker in makers if maker in _MAKERS), next(filter(None, makers), ""))


def metadata_at(text: str) -> datetime:
    """When package metadata was last refreshed: the newest of the times that `stat -c "%Y %n"` gave.

    A list's own time is the archive's, which is older; the folders' times are those of the refresh.
    """
    times = [int(line.split()[0]) for line in text.splitlines() if line.strip()]
    if not times or max(times) > _LATEST:
        raise Missing(Reason.NOT_COLLECTED, "the host keeps no package metadata")
    return datetime.fromtimestamp(max(times), UTC)


def parse_releases(text: str) -> tuple[Archive, ...]:
    """Archives by their Release files: `R path`, then its fields."""
    found: list[Archive] = []
    for line in text.splitlines():
        if line.startswith("R "):
            path = line[2:].removesuffix("InRelease").removesuffix("Release")
            found.append(Archive(path=path))
        elif found:
            key, _, value = line.partition(":")
            found[-1].fields[key] = value.strip()
    return tuple(found)


def parse_offers(text: str, archives: tuple[Archive, ...]) -> tuple[dict[str, list[Offer]], list[str]]:
    """What the lists offer of each installed package, and the lists that could not be read.

    Lines: `F list`, below it `C name architecture version`; `X list` for one that could not be read.
    """
    offers: dict[str, list[Offer]] = {}
    unread: list[str] = []
    archive = Archive()
    for line in text.splitlines():
        words = line.split()
        match words:
            case ["F", path]:
                fitting = (known for known in archives if path.startswith(known.path))
                archive = max(fitting, key=lambda known: len(known.path), default=Archive())
            case ["X", path]:
                unread.append(path.rpartition("/")[2])
            case ["C", name, architecture, version]:
                offer = Offer(architecture=architecture, version=version, archive=archive)
                offers.setdefault(name, []).append(offer)
    return offers, unread


def apt_update(package: Package, offers: list[Offer], key: Callable[[str], bytes]) -> Update | None:
    """The update that apt would take for the package by its default policy (apt_preferences(5))."""
    fitting = [
        offer
        for offer in offers
        if package.architecture == "all" or offer.architecture in (package.architecture, "all")
    ]
    own = key(package.version)
    is_foreign = all(key(offer.version) < own for offer in fitting if offer.archive.is_automatic)
    newer = [
        offer
        for offer in fitting
        if key(offer.version) > own
        and (offer.archive.is_automatic or (is_foreign and offer.archive.keeps_upgrading))
    ]
    if not newer:
        return None
    best = max(newer, key=lambda offer: (key(offer.version), offer.archive.is_security))
    security: bool = False if best.archive.fields.get("Origin") in _MAKERS else UNKNOWN
    return Update(
        locus=package.locus,
        name=package.name,
        installed=package.version,
        available=best.version,
        security=True if any(offer.archive.is_security for offer in newer) else security,
        origin=best.archive.name,
    )


def pinned_packages(files: tuple[Dump, ...], archives: tuple[Archive, ...]) -> set[str]:
    """Packages whose choice preferences change, `*` for all; a pin to an archive without list is idle."""
    hosts = {archive.path.rpartition("/")[2].partition("_")[0] for archive in archives}
    names: list[str] = []
    found: set[str] = set()
    for line in (line for dump in files for line in dump.lines):
        key, _, value = line.partition(":")
        if key == "Package":
            names = ["*" if set(name) & set("*/?[") else name for name in value.split()]
        elif key == "Pin":
            kind, _, word = value.strip().partition(" ")
            if kind != "origin" or word.strip(' "') in hosts:
                found.update(names)
    return found


def parse_apk_updates(text: str, packages: tuple[Package, ...]) -> tuple[list[Update], list[str]]:
    """Updates of `apk version -l '<'`, and its complaints about indexes that it could not read."""
    loci = {(package.name, package.version): package.locus for package in packages}
    found: list[Update] = []
    unread: list[str] = []
    for line in text.splitlines():
        if line.startswith(("WARNING:", "ERROR:")):
            unread.append(line)
        elif match := _APK_BEHIND.match(line):
            name, installed, available = match.groups()
            locus = loci.get((name, installed), f"package/{name}")
            found.append(Update(locus=locus, name=name, installed=installed, available=available))
    return found, unread


def _apt(sections: Sections, packages: tuple[Package, ...]) -> tuple[list[Update], list[str]]:
    """Updates by apt's lists, and what stands between this and the whole truth."""
    if not sections.has("apt-lists"):
        raise Missing(Reason.NOT_COLLECTED, "the host keeps no package lists: it was never refreshed")
    archives = parse_releases(sections.optional("apt-releases"))
    offers, unread = parse_offers(sections.text("apt-lists"), archives)
    if not offers:
        raise Missing(Reason.GARBLED, "the host's package lists know none of its packages")
    doubts = [f"{name} could not be read" for name in unread]
    if not any(archive.is_security for archive in archives):
        doubts.append("no list comes from a security archive")
    pinned = pinned_packages(dumps(sections.optional("apt-preferences")), archives) & {"*", *offers}
    if pinned:
        doubts.append(f"pins are not taken into account: {', '.join(sorted(pinned))}")
    found = (apt_update(package, offers.get(package.name, []), deb_key) for package in packages)
    return [update for update in found if update], doubts
