"""Advisories and package versions in a real database: replaced by source, matched as ranges of byte keys."""

from datetime import timedelta

import pytest

from compliance.model.advisory import (
    Advisory,
    Exploited,
    Lifetime,
    Likelihood,
    PackageVersion,
    Range,
    Source,
    State,
    version_key,
)
from compliance.store.packages import packed, unpacked
from compliance.store.unit import open_store
from tests.unit.advisories.bundles import NOW

DEBIAN = "debian:12"


def source(*entries, name="debian DSA", dated=NOW):
    return Source(name=name, dated=dated, digest="ab", files=1, entries=list(entries))


def advisory(name="DSA-1", cves=("CVE-1",), **span):
    place = {"release": DEBIAN, "package": "curl", "is_source": True}
    return Advisory(name, cves, (Range(**{**place, **span}),))


def version(text, name="curl", release=DEBIAN, *, is_source=True):
    return PackageVersion(release, name, is_source, version_key(release)(text))


@pytest.fixture
def unit(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'state.db'}", {}).begin() as unit:
        yield unit


def matched(unit, *versions):
    found = unit.packages.matches(versions)
    return [[match.advisory for match in found.get(one, ())] for one in versions]


def test_a_source_replaces_what_it_said_before_and_nothing_else(unit):
    kev = source(Exploited("CVE-1", "2026-01-01", "2026-02-01"), name="kev")
    unit.advisories.replace(kev, NOW)
    unit.advisories.replace(source(advisory("DSA-1", fixed="2"), advisory("DSA-2", fixed="2")), NOW)
    unit.advisories.replace(source(advisory("DSA-3", fixed="2")), NOW + timedelta(days=1))
    assert matched(unit, version("1")) == [["DSA-3"]]
    kept = {one.name: one for one in unit.advisories.sources()}
    assert kept.keys() == {"kev", "debian DSA"}
    assert (kept["debian DSA"].entries, dict(kept["debian DSA"].releases)) == (1, {DEBIAN: 1})
    assert unit.advisories.outlooks(["CVE-1"])["CVE-1"].exploited.due == "2026-02-01"
    unit.advisories.remove("kev")
    assert not unit.advisories.outlooks(["CVE-1"])


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        (
            {"fixed": "7.88.1-10+deb12u5"},
            ["0~", "7.88.1-10", "7.88.1-10+deb12u4"],
            ["7.88.1-10+deb12u5", "8"],
        ),
        (
            {"introduced": "2.0", "fixed": "3.0"},
            ["2.0", "2.9", "3.0~rc1"],
            ["1.9", "2.0~rc1", "3.0", "1:2.5"],
        ),
        ({"last": "2.5", "state": State.NO_FIX}, ["2.5", "2.5-0", "1"], ["2.5-0.1", "2.5+b1", "2.6"]),
        ({"state": State.NO_FIX}, ["0", "999:9"], []),
    ],
)
def test_a_range_holds_what_lies_from_introduced_to_before_fixed(unit, span, inside, outside):
    unit.advisories.replace(source(advisory(**span)), NOW)
    assert matched(unit, *map(version, inside)) == [["DSA-1"]] * len(inside)
    assert matched(unit, *map(version, outside)) == [[]] * len(outside)


def test_only_the_same_release_name_and_kind_is_matched(unit):
    unit.advisories.replace(source(advisory(fixed="2")), NOW)
    others = (
        version("1", release="debian:11"),
        version("1", name="curly"),
        version("1", is_source=False),
        version("1", release="ubuntu:22.04"),
    )
    assert matched(unit, *others) == [[]] * 4


def test_what_is_said_of_a_cve_is_joined_from_all_sources(unit):
    unit.advisories.replace(source(Exploited("CVE-1", "2026-01-01", "2026-02-01"), name="kev"), NOW)
    unit.advisories.replace(source(Likelihood("CVE-1", 0.5), Likelihood("CVE-2", 0.1), name="epss"), NOW)
    rated = Advisory("A", ("CVE-1",), (), score=9.8, vector="CVSS:3.1/x")
    worse = Advisory("B", ("CVE-1",), (), score=5.0, vector="CVSS:3.1/y")
    shared = Advisory("C", ("CVE-1", "CVE-2"), (), score=10.0, vector="CVSS:3.1/z")
    unit.advisories.replace(source(rated, worse, shared, name="csaf"), NOW)
    found = unit.advisories.outlooks(["CVE-1", "CVE-2", "CVE-3"])
    assert found.keys() == {"CVE-1", "CVE-2"}
    one = found["CVE-1"]
    assert (one.exploited.added, one.likelihood, one.score, one.vector) == (
        "2026-01-01",
        0.5,
        9.8,
        "CVSS:3.1/x",
    )
    assert found["CVE-2"].score is None, "a score of several flaws together is nobody's own"


def test_a_lifetime_takes_what_one_source_lacks_from_the_next(unit):
    distro = Lifetime("debian", "12", "2026-06-10", "2028-06-30", "2033-06-30")
    unit.advisories.replace(source(distro, name="distro-info debian"), NOW)
    unit.advisories.replace(
        source(Lifetime("debian", "12", "2026-07-11", "2028-06-30", ""), name="endoflife.date"), NOW
    )
    assert unit.advisories.lifetime("debian", "12") == distro
    unit.advisories.remove("distro-info debian")
    assert unit.advisories.lifetime("debian", "12").full == "2026-07-11"
    assert unit.advisories.lifetime("debian", "99") is None


def test_hosts_that_are_alike_share_a_set_and_are_found_by_the_advisory(unit):
    unit.advisories.replace(source(advisory(fixed="2"), advisory("DSA-2", fixed="1.5")), NOW)
    old, new = version("1"), version("1.7")
    first = unit.packages.keep("a", [old, version("9", "zlib")], NOW)
    assert unit.packages.keep("b", [version("9", "zlib"), old], NOW) == first
    assert unit.packages.keep("c", [new], NOW) != first
    assert unit.packages.hosts_of(["DSA-1", "DSA-2"]) == {"DSA-1": ("a", "b", "c"), "DSA-2": ("a", "b")}
    assert unit.packages.exposure() == {"a": 2, "b": 2, "c": 1}
    unit.packages.keep("a", [version("2")], NOW)
    assert unit.packages.hosts_of(["DSA-1"]) == {"DSA-1": ("b", "c")}
    assert unit.packages.exposure()["a"] == 0


@pytest.mark.parametrize("numbers", [[], [1], [1, 2, 3], [127, 128, 16384, 2**31]])
def test_a_packed_set_comes_back(numbers):
    assert list(unpacked(packed(numbers))) == numbers
