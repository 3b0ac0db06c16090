"""What of a host's packages advisories can speak of: by which name and version, and which kernel runs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from compliance.model.advisory import PackageVersion, host_release, version_key
from compliance.model.vulnerability import Unjudged, Why
from scanners import UNKNOWN
from scanners.packages.facts import Package, PackageFacts
from scanners.packages.restart import kernel_release_of

_BACKPORT = re.compile(r"~bpo\d")
_SIGNED = re.compile(r"\Alinux-signed(-(?:amd64|arm64|armhf|i386|ppc64el|s390x))?(?=-|\Z)")
_OWN = frozenset({"Debian", "Ubuntu", "UbuntuESM", "UbuntuESMApps"})
"""Makers of archives whose packages the distribution's advisories speak of."""
_VENDORS = {
    "almalinux": "AlmaLinux",
    "rocky": "Rocky",
    "rhel": "Red Hat",
    "centos": "CentOS",
    "fedora": "Fedora Project",
    "ol": "Oracle America",
    "amzn": "Amazon",
    "sles": "SUSE",
    "azurelinux": "Microsoft",
}
"""How the vendor of a system's own packages begins where these are of rpm; EPEL's is Fedora's."""


Asked = tuple[Package, tuple[PackageVersion, ...]]
"""A package, and under which names and versions advisories are asked about it."""


@dataclass(slots=True, kw_only=True)
class Stock:
    """A host's packages, sorted by what can be said of them."""

    release: str
    manager: str
    judged: list[Asked] = field(default_factory=list)
    not_running: list[Asked] = field(default_factory=list)
    unjudged: list[Unjudged] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    """Why the look at the packages is not whole, in words."""

    def versions(self) -> Iterator[PackageVersion]:
        """Everything that is matched."""
        for packages in (self.judged, self.not_running):
            for _, versions in packages:
                yield from versions


def stock_of(facts: PackageFacts) -> Stock:
    """The host's packages sorted; raises `UnknownFact` if system or packages are not known."""
    stock = Stock(release=host_release(facts.os.id, facts.os.version), manager=facts.manager)
    kernels = _kernel_sources(facts)
    running = _running(facts, stock)
    for package in facts.installed:
        name = _source_name(package)
        if why := _unjudged(package, facts):
            place = {"locus": package.locus, "package": package.name, "version": package.version}
            stock.unjudged.append(Unjudged(**place, why=why))
        elif name in kernels and not _runs(package, stock.manager, running):
            stock.not_running.append((package, _versions(package, name, stock.release)))
        else:
            stock.judged.append((package, _versions(package, name, stock.release)))
    return stock


def _unjudged(package: Package, facts: PackageFacts) -> Why | None:
    if _BACKPORT.search(package.version):
        return "backport"
    if package.origin is UNKNOWN:
        return None
    if facts.manager == "rpm":
        is_own = package.origin.startswith(_VENDORS.get(facts.os.id, ""))
    else:
        is_own = package.origin in _OWN
    return None if is_own else "third-party"


def _versions(package: Package, source: str, release: str) -> tuple[PackageVersion, ...]:
    """The package by its source's name and version, and by its own."""
    key = version_key(release)
    own = PackageVersion(release, package.name, is_source=False, key=key(package.version))
    if not source:
        return (own,)
    is_signed = source != package.source
    version = package.version if is_signed or package.source_version is UNKNOWN else package.source_version
    return PackageVersion(release, source, is_source=True, key=key(version)), own


def _source_name(package: Package) -> str:
    """The source package as advisories name it: a signed kernel under the one that it was built from."""
    return "" if package.source is UNKNOWN else _SIGNED.sub("linux", package.source)


def _kernel_sources(facts: PackageFacts) -> frozenset[str]:
    images = (package for package in facts.installed if kernel_release_of(package, facts.manager))
    return frozenset({_source_name(package) for package in images} - {""}) | {"linux"}


def _running(facts: PackageFacts, stock: Stock) -> str:
    """The release of the running kernel, if a package brought it; a doubt where that cannot be told."""
    kernel = facts.kernel
    if kernel is UNKNOWN or kernel.running is UNKNOWN:
        stock.doubts.append("which kernel runs is not known")
        return ""
    if kernel.contained is not UNKNOWN and kernel.contained:
        return ""
    running: str = kernel.running
    if not any(_runs(package, facts.manager, running) for package in facts.installed):
        stock.doubts.append(f"the running kernel {running[:60]} belongs to no installed package")
    return running


def _runs(package: Package, manager: str, running: str) -> bool:
    """Whether the package is a part of the running kernel."""
    if not running:
        return False
    if manager == "rpm" and package.name.startswith("kernel"):
        return f"{package.version.rpartition(':')[2]}.{package.architecture}" == running
    return kernel_release_of(package, manager) == running
