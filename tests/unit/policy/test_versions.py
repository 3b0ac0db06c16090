"""Versions: each scheme orders as its package manager does."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from compliance.model.version import BadVersion, version

ROOT = Path(__file__).resolve().parents[3]
ORACLES = Path(os.environ.get("COMPLIANCE_TEST_DATA", ROOT.parent / "shared" / "data")) / "version-oracles"


def sign(one, two):
    return (one > two) - (one < two)


@pytest.mark.parametrize(("scheme", "name"), [("deb", "deb-pairs.tsv"), ("rpm", "rpm-evr-pairs.tsv")])
def test_every_pair_is_ordered_as_the_package_manager_itself_orders_it(scheme, name):
    path = ORACLES / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    lines = [line.split("\t") for line in path.read_text().splitlines() if not line.startswith("#")]
    wrong = [
        line for line in lines if sign(version(line[0], scheme), version(line[1], scheme)) != int(line[2])
    ]
    assert len(lines) > 1000
    assert wrong == []


@pytest.mark.parametrize(
    ("scheme", "rising"),
    [
        ("deb", "1.0~rc1 1.0 1.0-1 1.0-1+deb12u1 1.0+dfsg-1 1.0.1 1:0.1"),
        ("rpm", "1.0~rc1 1.0 1.0^git1 1.0.1 1:0.1"),
        ("apk", "1.0_alpha1 1.0_rc1 1.0 1.0-r1 1.0-r10 1.0_p1 1.0a 1.0.0 1.1 1.10 2"),
        (
            "semver",
            "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 2.0.0",
        ),
    ],
)
def test_versions_rise_in_the_documented_order(scheme, rising):
    found = [version(text, scheme) for text in rising.split()]
    assert all(one < two for one, two in pairwise(found))
    assert max(found) is found[-1]


@pytest.mark.parametrize("text", ["", "1\n2", "1" * 300, "1.\u0660"])
def test_what_is_no_version_is_refused(text):
    with pytest.raises(BadVersion):
        version(text, "deb")


def test_versions_of_two_schemes_have_no_order():
    with pytest.raises(BadVersion, match="have no order"):
        assert version("1", "deb") < version("2", "rpm")
    with pytest.raises(BadVersion, match="no scheme"):
        version("1", "npm")
