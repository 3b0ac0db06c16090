"""What is installed, from the databases of dpkg, rpm and apk."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Missing, Sections
from scanners.packages.facts import Manager, Package

_DPKG_FIELDS = 6
_RPM_FIELDS = 7
_RPM_VENDOR = 7
_RPM_MODULE = 8
"""Places of what older collectors and older rpms do not tell."""
_APK_FIELDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The package manager, what it installed, and for rpm when (seconds since 1970, by name)."""

    manager: Manager
    packages: tuple[Package, ...]
    installed_at: dict[str, int]


def inventory(sections: Sections) -> Inventory:
    """What is installed; raises `Missing` if no package manager that we know can tell.

    A tool without packages is no manager: rpm is installed on Debian too, to look into foreign packages.
    """
    if sections.has("dpkg") and (packages := parse_dpkg(sections.text("dpkg"))):
        return Inventory(manager="dpkg", packages=packages, installed_at={})
    if sections.has("apk") and (packages := parse_apk(sections.text("apk"))):
        return Inventory(manager="apk", packages=packages, installed_at={})
    if sections.has("rpm") and (packages := parse_rpm(sections.text("rpm"))):
        return Inventory(manager="rpm", packages=packages, installed_at=rpm_times(sections.text("rpm")))
    raise Missing(Reason.UNSUPPORTED, "neither dpkg nor rpm nor apk has packages on the host")


def parse_dpkg(text: str) -> tuple[Package, ...]:
    """Installed packages of dpkg-query(1); only those whose status is installed, held ones among them."""
    rows = (line.split("\t") for line in text.splitlines())
    return _with_loci(
        Package(
            locus="",
            name=name,
            version=version,
            architecture=architecture,
            source=source or name,
            source_version=source_version or version,
            held=status[0] == "h",
        )
        for status, name, version, architecture, source, source_version in _whole(rows, _DPKG_FIELDS)
        if status[:2] in ("ii", "hi")
    )


def parse_rpm(text: str) -> tuple[Package, ...]:
    """Installed packages of `rpm -qa`; the keys that rpm lists as packages are left out."""
    rows = (line.split("\t") for line in text.splitlines())
    found = []
    for row in rows:
        if len(row) < _RPM_FIELDS or not row[0]:
            continue
        name, epoch, version, release, architecture, source_rpm = row[: _RPM_FIELDS - 1]
        if name == "gpg-pubkey":
            continue
        full = f"{version}-{release}" if epoch in ("(none)", "0", "") else f"{epoch}:{version}-{release}"
        source, source_version, source_release = (
            *source_rpm.removesuffix(".src.rpm").rsplit("-", 2),
            "",
            "",
        )[:3]
        is_named = bool(source_release)
        found.append(
            Package(
                locus="",
                name=name,
                version=full,
                architecture=architecture,
                source=source if is_named else UNKNOWN,
                source_version=f"{source_version}-{source_release}" if is_named else UNKNOWN,
                origin=_told(row, _RPM_VENDOR),
                module=_stream(_told(row, _RPM_MODULE)),
            )
        )
    return _with_loci(found)


def _told(row: list[str], place: int) -> str:
    """What rpm says there: empty where the package says nothing, UNKNOWN where nobody asked."""
    if len(row) <= place:
        unasked: str = UNKNOWN
        return unasked
    return "" if row[place] == "(none)" else row[place]


def _stream(label: str) -> str:
    """A module's name and stream, from its label `name:stream:version:context`."""
    return label if label is UNKNOWN else ":".join(label.split(":")[:2])


def rpm_times(text: str) -> dict[str, int]:
    """When the newest of each name was installed, seconds since 1970, from `rpm -qa`."""
    times: dict[str, int] = {}
    for row in (line.split("\t") for line in text.splitlines()):
        if len(row) >= _RPM_FIELDS and row[_RPM_FIELDS - 1].isdecimal():
            times[row[0]] = max(int(row[_RPM_FIELDS - 1]), times.get(row[0], 0))
    return times


def parse_apk(text: str) -> tuple[Package, ...]:
    """Installed packages of apk's database; the source package is the origin, which has the same version."""
    rows = (line.split("\t") for line in text.splitlines())
    return _with_loci(
        Package(
            locus="",
            name=name,
            version=version,
            architecture=architecture,
            source=origin or name,
            source_version=version,
        )
        for name, version, architecture, origin in _whole(rows, _APK_FIELDS)
    )


def _whole(rows: Iterable[list[str]], fields: int) -> Iterable[list[str]]:
    return (row for row in rows if len(row) == fields and row[0])


def _with_loci(packages: Iterable[Package]) -> tuple[Package, ...]:
    """The packages in order, each at a place of its own: several of one name are told apart."""
    found = sorted(packages, key=lambda p: (p.name, p.architecture, p.version))
    names = Counter(package.name for package in found)
    pairs = Counter((package.name, package.architecture) for package in found)
    placed = []
    for package in found:
        place = f"package/{package.name}"
        if names[package.name] > 1:
            place += f":{package.architecture}"
        if pairs[package.name, package.architecture] > 1:
            place += f"={package.version}"
        placed.append(replace(package, locus=place))
    return tuple(placed)
