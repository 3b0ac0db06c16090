"""Bundles: packed in each other, vouched for by a manifest, bounded, and never led astray."""

import gzip
import hashlib
import io
import json
import os
import stat
import zipfile

import pytest

from compliance.advisories.bundle import Limits
from compliance.advisories.collect import collect
from compliance.advisories.said import BadDocument
from tests.unit.advisories import bundles
from tests.unit.advisories.bundles import NOW, packed


def names(found):
    return sorted(entry.name for source in found.sources.values() for entry in source.entries)


def told(found):
    return " ".join(one.text for one in found.troubles)


def test_folders_zips_and_gzips_within_each_other_are_read(tmp_path):
    inner = packed({"b.json": bundles.osv("B"), "c.json.gz": gzip.compress(bundles.osv("C"))})
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(bundles.osv("A"))
    (tmp_path / "outer.zip").write_bytes(packed({"inner.zip": inner, "d.txt": bundles.osv("D")}))
    found = collect([tmp_path], NOW)
    assert not found.troubles
    assert names(found) == ["A", "B", "C", "D"]


def test_one_files_digest_is_that_which_sha256sum_gives(tmp_path):
    (tmp_path / "a.zip").write_bytes(packed({"a.json": bundles.osv()}))
    (source,) = collect([tmp_path], NOW).sources.values()
    assert source.digest == hashlib.sha256((tmp_path / "a.zip").read_bytes()).hexdigest()


def test_a_document_without_a_date_has_that_of_its_zip_or_of_the_day_it_was_mirrored(tmp_path):
    (tmp_path / "a.zip").write_bytes(packed({"tracker": bundles.TRACKER}))
    (tmp_path / "list").write_bytes(bundles.DISTRO_INFO)
    found = collect([tmp_path], NOW, mirrored=NOW.replace(day=1))
    dated = {name: f"{source.dated:%Y-%m-%d}" for name, source in found.sources.items()}
    assert dated == {"debian security-tracker": "2026-11-22", "distro-info debian": "2026-11-01"}


@pytest.mark.parametrize("depth", [2, 5])
def test_a_document_that_unpacks_without_end_is_refused_and_the_others_are_read(tmp_path, depth):
    bomb = bytes(64 * 1024 * 1024)
    for _ in range(depth):
        bomb = gzip.compress(bomb)
    (tmp_path / "bundle.zip").write_bytes(packed({"bomb.gz": bomb, "a.json": bundles.osv("A")}))
    found = collect([tmp_path], NOW)
    assert ("refused" if depth < 3 else "packed more than") in told(found)
    assert names(found) == ["A"]


def test_a_header_that_lies_about_its_size_changes_nothing(tmp_path):
    data = bytearray(packed({"zeros": bytes(40 * 1024 * 1024)}))
    place = data.rindex(b"PK\x01\x02") + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    (tmp_path / "bundle.zip").write_bytes(bytes(data))
    found = collect([tmp_path], NOW)
    assert not found.sources
    assert found.troubles or found.unknown


def test_all_documents_together_are_bounded(tmp_path):
    (tmp_path / "bundle.zip").write_bytes(packed({f"{n}.json": bundles.osv(str(n)) for n in range(50)}))
    few = collect([tmp_path], NOW, limits=Limits(members=10))
    assert "more than 10 documents" in told(few)
    assert len(names(few)) == 10
    small = collect([tmp_path], NOW, limits=Limits(total=3000))
    assert "all documents together" in told(small)
    assert 0 < len(names(small)) < 50


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\..\\..\\b"])
def test_names_that_lead_out_of_a_zip_are_refused(tmp_path, name):
    (tmp_path / "bundle.zip").write_bytes(packed({name: bundles.osv("A"), "good": bundles.osv("B")}))
    found = collect([tmp_path], NOW)
    assert "leads out" in told(found)
    assert names(found) == ["B"]


def test_links_pipes_and_devices_are_not_opened(tmp_path):
    (tmp_path / "secret").write_bytes(bundles.osv("S"))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe")
    assert not collect([folder], NOW).sources
    assert "no regular file" in told(collect([folder / "pipe"], NOW))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, str(tmp_path / "secret"))
    (tmp_path / "bundle.zip").write_bytes(stream.getvalue())
    assert "is a link" in told(collect([tmp_path / "bundle.zip"], NOW))


def test_damaged_files_are_named(tmp_path):
    (tmp_path / "a.zip").write_bytes(packed({"a.json": bundles.osv()})[:-30])
    (tmp_path / "b.gz").write_bytes(gzip.compress(bundles.osv())[:-20])
    (tmp_path / "c.json").write_bytes(b"{" * 100_000)
    found = collect([tmp_path], NOW)
    assert "damaged zip" in told(found)
    assert "damaged gzip" in told(found)
    assert found.unknown == [str(tmp_path / "c.json")]


def manifest(files, **more):
    listed = [{"path": name, "sha256": hashlib.sha256(text).hexdigest()} for name, text in files.items()]
    return json.dumps({"format": "advisory-bundle/v1", "date": "2026-11-20", "files": listed} | more).encode()


@pytest.mark.parametrize("is_zip", [True, False])
def test_a_manifest_dates_its_files_and_refuses_others(tmp_path, is_zip):
    good = {"tracker.json.gz": gzip.compress(bundles.TRACKER), "set.zip": packed({"a": bundles.osv("A")})}
    files = {**good, "changed": bundles.osv("C"), "manifest.json": manifest({**good, "changed": b"other"})}
    files["added"] = bundles.osv("D")
    for name, text in ({"bundle.zip": packed(files)} if is_zip else files).items():
        (tmp_path / name).write_bytes(text)
    found = collect([tmp_path / "bundle.zip" if is_zip else tmp_path], NOW)
    assert names(found) == ["A", "CVE-2026-0004"]
    assert f"{found.sources['debian security-tracker'].dated:%Y-%m-%d}" == "2026-11-20"
    refused = {one.name.rpartition("/")[2]: one.text for one in found.troubles}
    assert refused.keys() == {"changed", "added"}
    assert "SHA-256" in refused["changed"]
    assert "not named" in refused["added"]


def test_a_manifest_that_is_none_stops_the_import(tmp_path):
    (tmp_path / "manifest.json").write_text('{"format": "advisory-bundle/v1"}')
    with pytest.raises(BadDocument, match="no manifest"):
        collect([tmp_path], NOW)
