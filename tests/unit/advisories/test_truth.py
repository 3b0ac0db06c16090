"""Real advisories against versions that were looked up by hand, and against a real host's packages."""

import csv
import gzip

import pytest

from compliance.advisories.collect import collect
from compliance.model.advisory import PackageVersion, version_key
from compliance.store.unit import open_store
from tests.unit.advisories.bundles import NOW, third_party


def matched(tmp_path, paths, versions):
    """The names of the advisories that speak of each package version."""
    with open_store(f"sqlite:///{tmp_path / 'state.db'}", {}).begin() as unit:
        for source in collect([third_party(path) for path in paths], NOW).sources.values():
            unit.advisories.replace(source, NOW)
        found = unit.packages.matches(versions)
    return {version: {match.advisory for match in matches} for version, matches in found.items()}


def version(release, name, text, *, is_source):
    return PackageVersion(release, name, is_source, version_key(release)(text))


@pytest.mark.parametrize(
    ("release", "name", "text", "advisory", "is_flawed"),
    [
        # xz, ALSA-2022:4940 (CVE-2022-1271): fixed in 5.2.5-8.el9_0
        ("almalinux:9", "xz-libs", "5.2.5-7.el9", "ALSA-2022:4940", True),
        ("almalinux:9", "xz-libs", "5.2.5-8.el9", "ALSA-2022:4940", True),
        ("almalinux:9", "xz-libs", "5.2.5-8.el9_0", "ALSA-2022:4940", False),
        ("almalinux:9", "xz-libs", "5.2.9-1.el9", "ALSA-2022:4940", False),
        ("almalinux:8", "xz-libs", "5.2.5-7.el9", "ALSA-2022:4940", False),
        # curl's SOCKS5 overflow, ALSA-2023:5763 (CVE-2023-38545): fixed in 7.76.1-23.el9_2.4
        ("almalinux:9", "curl", "7.76.1-23.el9_2.2", "ALSA-2023:5763", True),
        ("almalinux:9", "curl", "7.76.1-23.el9_2.4", "ALSA-2023:5763", False),
        ("almalinux:9", "curl", "7.76.1-26.el9_3.2", "ALSA-2023:5763", False),
        # an epoch outweighs everything: java-1.8.0-openjdk, ALSA-2024:0265: 1:1.8.0.402.b06-2.el9
        ("almalinux:9", "java-1.8.0-openjdk", "1:1.8.0.392.b08-3.el9", "ALSA-2024:0265", True),
        ("almalinux:9", "java-1.8.0-openjdk", "2:1.8.0.1.b01-1.el9", "ALSA-2024:0265", False),
    ],
)
def test_almalinux_versions_that_were_looked_up_by_hand(tmp_path, release, name, text, advisory, is_flawed):
    asked = version(release, name, text, is_source=False)
    paths = [f"osv/almalinux{number}-all.zip" for number in (8, 9)]
    assert (advisory in matched(tmp_path, paths, [asked]).get(asked, set())) is is_flawed


@pytest.mark.parametrize(
    ("text", "advisory", "is_flawed"),
    [
        # curl in bullseye, DSA-5365-1: fixed in 7.74.0-1.3+deb11u7
        ("7.74.0-1.3+deb11u6", "DSA-5365-1", True),
        ("7.74.0-1.3+deb11u7", "DSA-5365-1", False),
        ("7.74.0-1.3+deb11u10", "DSA-5365-1", False),
        ("7.88.1-10~bpo11+1", "DSA-5365-1", False),
    ],
)
def test_debian_versions_that_were_looked_up_by_hand(tmp_path, text, advisory, is_flawed):
    asked = version("debian:11", "curl", text, is_source=True)
    found = matched(tmp_path, ["debian/DSA.list.gz"], [asked])
    assert (advisory in found.get(asked, set())) is is_flawed


def test_a_real_debian_12_is_past_everything_that_was_fixed_before_it_came_out(tmp_path):
    """No DSA or DLA up to April 2023 holds against bookworm's packages, whatever release it is for."""
    path = third_party("debian/dpkg-inventory-debian12-sample.tsv.gz")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    sources = {(row[3], row[4]) for row in rows if len(row) == 5 and not row[0].startswith("#")}
    assert len(sources) > 300
    releases = ("debian:10", "debian:11")
    asked = [version(one, name, text, is_source=True) for one in releases for name, text in sorted(sources)]
    found = matched(tmp_path, ["debian/DSA.list.gz", "debian/DLA.list.gz"], asked)
    assert {(one.name, tuple(names)) for one, names in found.items()} == set()
    old = [one._replace(key=version_key(one.release)("0")) for one in asked]
    assert len(matched(tmp_path, ["debian/DSA.list.gz", "debian/DLA.list.gz"], old)) > 100
