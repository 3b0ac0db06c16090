"""What is seen of packages: installed, behind, waiting for a restart, and how old the system is."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

Manager = Literal["dpkg", "rpm", "apk"]
Support = Literal["full", "security-only", "paid", "ended"]


class Package(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One installed package."""

    locus: Annotated[str, about("package/NAME")]
    name: Annotated[str, about("Package name.")]
    version: Annotated[str, about("Installed version, with epoch.")]
    architecture: Annotated[str, about("Architecture.")] = ""
    source: Annotated[str, about("Source package, which advisories name.")] = UNKNOWN
    source_version: Annotated[str, about("Version of the source package.")] = UNKNOWN
    origin: Annotated[
        str,
        about(
            "Maker of the archive that has it (Debian, Docker), for rpm its vendor; empty if it names none."
        ),
    ] = UNKNOWN
    module: Annotated[str, about("Module stream that it is of, nodejs:18; empty if none.")] = UNKNOWN
    held: Annotated[bool, about("Kept from being upgraded.")] = UNKNOWN


class Update(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One installed package for which the host's own metadata knows a newer version."""

    locus: Annotated[str, about("package/NAME")]
    name: Annotated[str, about("Package name.")]
    installed: Annotated[str, about("Installed version.")]
    available: Annotated[str, about("Newest version in the host's metadata.")]
    security: Annotated[bool, about("It comes from a security archive or advisory.")] = UNKNOWN
    origin: Annotated[str, about("Archive that offers it.")] = ""


class OperatingSystem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which system it is (os-release(5)) and how long its maker keeps it."""

    id: Annotated[str, about("os-release ID: debian, ubuntu, rhel, almalinux, alpine ...")] = UNKNOWN
    version: Annotated[str, about("os-release VERSION_ID.")] = UNKNOWN
    name: Annotated[str, about("os-release PRETTY_NAME.")] = UNKNOWN
    support: Annotated[Support, about("What its maker still does for it on the day it was seen.")] = UNKNOWN
    support_ends: Annotated[
        date, about("Last day of the support that anybody gets without paying, security-only included.")
    ] = UNKNOWN


class Kernel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The running kernel beside those on the disk."""

    running: Annotated[str, about("uname -r.")] = UNKNOWN
    newest_installed: Annotated[
        str, about("Newest installed kernel of the same flavour; empty if none is installed.")
    ] = UNKNOWN
    contained: Annotated[
        bool, about("The host runs in a container or under a kernel that no package of its owns.")
    ] = UNKNOWN


class Runtime(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An installed program that runs others, as PHP, and how long somebody mends it."""

    locus: Annotated[str, about("runtime/PACKAGE")]
    package: Annotated[str, about("Package that holds it.")]
    runtime: Annotated[str, about("What it is: nodejs, php, python, ruby, java, dotnet.")]
    version: Annotated[str, about("Installed version.")]
    series: Annotated[str, about("The series of it that its makers mend as one: 8.2, 18.")]
    own: Annotated[bool, about("It comes from an archive of the system's maker, who mends it too.")] = UNKNOWN
    ends: Annotated[date, about("Last day on which its own makers mend the series.")] = UNKNOWN
    mended: Annotated[
        bool, about("Its own makers, or the system's for what is theirs, mend it on the day it was seen.")
    ] = UNKNOWN


class PackageFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What is installed and how current it is."""

    manager: Annotated[Manager, about("Package manager.")] = UNKNOWN
    os: Annotated[OperatingSystem, about("Operating system.")] = UNKNOWN
    installed: Annotated[tuple[Package, ...], about("Installed packages.", max_items=20000)] = UNKNOWN
    updates: Annotated[tuple[Update, ...], about("Packages that are behind.", max_items=20000)] = UNKNOWN
    metadata_at: Annotated[datetime, about("When the host last refreshed its package metadata, UTC.")] = (
        UNKNOWN
    )
    kernel: Annotated[Kernel, about("Kernel.")] = UNKNOWN
    runtimes: Annotated[
        tuple[Runtime, ...], about("Runtimes that the package manager knows.", max_items=200)
    ] = UNKNOWN
    reboot_needed: Annotated[bool, about("One of the signs says that it must restart.")] = UNKNOWN
    reboot_reasons: Annotated[tuple[str, ...], about("The signs, in words.", max_items=200)] = UNKNOWN
