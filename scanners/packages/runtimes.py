"""Installed runtimes, and whether somebody still mends their series."""

import csv
import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps
from scanners.packages.facts import OperatingSystem, Package, Runtime

_NAMES = {
    "nodejs": re.compile(r"nodejs\d*"),
    "php": re.compile(r"php(\d+(\.\d+)?)?-(cli|fpm)"),
    "python": re.compile(r"python(\d(\.\d+)?-minimal|3\.?\d+)"),
    "ruby": re.compile(r"ruby(\d+\.\d+)?"),
    "java": re.compile(r"openjdk-\d+-jre-headless|java-[\d.]+-openjdk-headless|temurin-\d+-j(dk|re)"),
    "dotnet": re.compile(r"(dotnet|aspnetcore)-runtime-\d+\.\d+"),
}
_BY_MINOR = ("php", "python", "ruby")
_MAKERS = ("Debian", "Ubuntu")
_FOREIGN = re.compile(r"nodesource|remi|temurin|sury|deadsnakes")
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?")
_MENDED = ("full", "security-only")


def runtimes(
    packages: Iterable[Package], system: OperatingSystem, today: date, gaps: Gaps
) -> tuple[Runtime, ...]:
    """The runtimes among packages; one of which nobody can tell whether it is mended leaves a gap."""
    found = []
    for package in packages:
        name = next((name for name, form in _NAMES.items() if form.fullmatch(package.name)), None)
        series = None if name is None else series_of(name, package.version)
        if name is not None and series is not None:
            found.append(_runtime(package, name, series, system, today))
    for each in found:
        if each.mended is UNKNOWN:
            detail = f"who mends {each.package} {each.version} is not known"[:200]
            gaps.add(f"runtimes[{each.locus}].mended", Reason.UNSUPPORTED, detail)
    return tuple(found)


def series_of(runtime: str, version: str) -> str | None:
    """The series that a version belongs to, as its makers count: 8.2 of PHP, 18 of Node.js, 8 of Java 1.8."""
    match = _NUMBER.match(version.partition(":")[2] or version)
    if match is None:
        return None
    major, minor = match[1], match[2]
    if runtime == "java":
        return minor if major == "1" else major
    if runtime in _BY_MINOR:
        return None if minor is None else f"{major}.{minor}"
    return f"{major}.{minor}" if runtime == "dotnet" and int(major) < _FIRST_WHOLE else major


_FIRST_WHOLE = 5
"""From this one on, series of .NET are counted by whole numbers."""


def _runtime(package: Package, name: str, series: str, system: OperatingSystem, today: date) -> Runtime:
    ends = _ends().get((name, series), UNKNOWN)
    own = _is_own(package)
    return Runtime(
        locus=f"runtime/{package.name}",
        package=package.name,
        runtime=name,
        version=package.version,
        series=series,
        own=own,
        ends=ends,
        mended=_mended(ends, system, today, own=own),
    )


def _is_own(package: Package) -> Any:
    """Whether the system's maker has it; UNKNOWN where neither a list nor the version tells."""
    if _FOREIGN.search(package.version):
        return False
    return UNKNOWN if package.origin is UNKNOWN else package.origin in _MAKERS


def _mended(ends: Any, system: OperatingSystem, today: date, *, own: Any) -> Any:
    if ends is not UNKNOWN and today <= ends:
        return True
    if own is True:
        support = UNKNOWN if system is UNKNOWN else system.support
        return UNKNOWN if support is UNKNOWN else support in _MENDED
    return False if own is False and ends is not UNKNOWN else UNKNOWN


@cache
def _ends() -> dict[tuple[str, str], date]:
    """The table, by runtime and series."""
    text = files("scanners.packages").joinpath("runtime_support.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {(row["runtime"], row["series"]): date.fromisoformat(row["ends"]) for row in rows}
