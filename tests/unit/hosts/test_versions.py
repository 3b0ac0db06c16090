import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.kit.versions import LONGEST, apk_key, deb_key, rpm_key

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("COMPLIANCE_TEST_DATA", ROOT.parent / "shared" / "data"))
APK_IN_ORDER = (
    "0.9_alpha", "0.9_alpha2", "0.9_beta", "0.9_pre", "0.9_rc1", "0.9_rc2", "0.9", "0.9-r1", "0.9_p1", "0.9a",
    "0.9b", "0.9.01", "0.9.1", "0.9.10", "0.10", "1", "1.0", "1.0.0", "1.2.3-r0", "1.2.3-r10", "10",
)  # fmt: skip


@pytest.mark.parametrize(("name", "key"), [("deb-pairs.tsv", deb_key), ("rpm-evr-pairs.tsv", rpm_key)])
def test_keys_sort_as_the_package_manager_itself_said(name, key):
    file = DATA / "version-oracles" / name
    if not file.exists():
        pytest.skip(f"no third-party data at {DATA}; COMPLIANCE_TEST_DATA names the folder")
    lines = csv.reader(file.read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    rows = [row for row in lines if len(row) == 3]
    wrong = []
    for one, two, sign in rows:
        if sign.lstrip("-").isdigit() and (key(one) > key(two)) - (key(one) < key(two)) != int(sign):
            wrong.append((one, two, sign))
    assert len(rows) > 1500
    assert not wrong


def test_alpine_versions_sort_as_apk_sorts_them():
    keys = [apk_key(version) for version in APK_IN_ORDER]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("key", [deb_key, rpm_key, apk_key])
@given(text=st.text(max_size=2 * LONGEST))
def test_any_text_has_a_key_of_bounded_size(key, text):
    assert len(key(text)) <= 12 * LONGEST
