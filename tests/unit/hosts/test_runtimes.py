"""Runtimes: which packages they are, their series, and who mends them."""

from datetime import date

import pytest

from scanners.facts import UNKNOWN
from scanners.kit.collector import Gaps
from scanners.packages.facts import OperatingSystem, Package
from scanners.packages.runtimes import runtimes, series_of

TODAY = date(2026, 6, 1)
DEBIAN = OperatingSystem(id="debian", version="12", support="security-only")


def found(name, version, origin=UNKNOWN, system=DEBIAN):
    gaps = Gaps()
    package = Package(locus=f"package/{name}", name=name, version=version, origin=origin)
    return runtimes([package], system, TODAY, gaps), gaps.found


@pytest.mark.parametrize(
    ("name", "version", "series"),
    [
        ("nodejs", "18.19.0-1nodesource1", "18"),
        ("php8.2-fpm", "8.2.29-1~deb12u1", "8.2"),
        ("php-cli", "2:8.2+93", "8.2"),
        ("python3.11-minimal", "3.11.2-6+deb12u6", "3.11"),
        ("python39", "3.9.19-1.module_el8", "3.9"),
        ("ruby", "1:3.1", "3.1"),
        ("openjdk-17-jre-headless", "17.0.16+8-1~deb12u1", "17"),
        ("java-1.8.0-openjdk-headless", "1:1.8.0.432.b06-2.el9", "8"),
        ("dotnet-runtime-8.0", "8.0.10-1", "8"),
        ("dotnet-runtime-3.1", "3.1.32-1", "3.1"),
    ],
)
def test_a_runtime_is_told_by_its_package_with_its_series(name, version, series):
    (runtime,), _ = found(name, version)
    assert (runtime.package, runtime.series) == (name, series)


@pytest.mark.parametrize("name", ["python3-yaml", "php-common", "nodejs-doc", "rubygems", "openssl"])
def test_other_packages_are_no_runtimes(name):
    assert found(name, "3.1-1")[0] == ()


def test_a_version_without_a_number_has_no_series():
    assert series_of("php", "unknown") is None
    assert found("php-cli", "8")[0] == ()


@pytest.mark.parametrize(
    ("version", "origin", "mended"),
    [
        ("22.1.0-1", "Node Source", True),
        ("18.19.0-1", "Node Source", False),
        ("18.19.0-1nodesource1", UNKNOWN, False),
        ("18.19.0+dfsg-6~deb12u2", "Debian", True),
        ("18.19.0-1.el9", UNKNOWN, UNKNOWN),
        ("99.0.0-1", "Node Source", UNKNOWN),
    ],
)
def test_makers_mend_their_series_and_systems_what_is_theirs(version, origin, mended):
    (runtime,), gaps = found("nodejs", version, origin)
    assert runtime.mended is mended
    assert bool(gaps) is (mended is UNKNOWN)


def test_what_is_the_systems_ends_with_the_system():
    over = OperatingSystem(id="debian", version="9", support="ended")
    unknown = OperatingSystem(id="x", version="1")
    assert found("nodejs", "8.1", "Debian", over)[0][0].mended is False
    assert found("nodejs", "8.1", "Debian", unknown)[0][0].mended is UNKNOWN
    assert found("nodejs", "8.1", "Debian", UNKNOWN)[0][0].mended is UNKNOWN


def test_the_last_day_counts():
    (runtime,), _ = found("ruby3.2", "3.2.1", "elsewhere")
    assert (runtime.ends, runtime.mended) == (date(2026, 3, 31), False)
    (runtime,), _ = found("nodejs", "25.1.0", "elsewhere")
    assert (runtime.ends, runtime.mended) == (TODAY, True)
