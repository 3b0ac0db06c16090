"""`compliance advisories`: imported, listed with its age, shown; what is wrong is one line each."""

from tests.e2e.command import compliance
from tests.unit.advisories import bundles
from tests.unit.advisories.bundles import packed


def test_a_bundle_is_imported_listed_and_shown(tmp_path):
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(packed({"a.json": bundles.osv(), "kev": bundles.KEV, "epss.csv": bundles.EPSS}))
    done = compliance("advisories", "import", str(bundle), state=tmp_path)
    assert done.code == 0, done.err
    assert [line.split("  ")[0] for line in done.out.splitlines()] == ["epss", "kev", "osv AlmaLinux:9"]
    listed = compliance("advisories", "list", "--json", state=tmp_path).document
    assert listed["format"] == "advisories/v1"
    (source,) = [one for one in listed["sources"] if one["name"] == "osv AlmaLinux:9"]
    assert (source["releases"], source["dated"]) == ({"almalinux:9": 1}, "2026-11-20T00:00:00Z")
    shown = compliance("advisories", "show", "CVE-2026-0001", state=tmp_path)
    assert shown.code == 0
    assert "to be mended by 2026-02-02" in shown.out
    assert "ALSA-1  osv AlmaLinux:9  critical  no host" in shown.out


def test_what_cannot_be_read_is_named_and_the_rest_imported(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good").write_bytes(bundles.osv())
    (tmp_path / "in" / "bad\x1b[31m").write_bytes(b'{"id": 1, "modified": 2}')
    done = compliance("advisories", "import", str(tmp_path / "in"), state=tmp_path)
    assert done.code == 3
    assert "no OSV record" in done.err
    assert "\x1b" not in done.err
    assert "osv AlmaLinux:9" in done.out


def test_nothing_to_import_nothing_imported_and_unknown_flaws_are_clear_lines(tmp_path):
    (tmp_path / "x.txt").write_text("hello")
    nothing = compliance("advisories", "import", str(tmp_path / "x.txt"), state=tmp_path)
    assert nothing.code == 4
    assert "no advisories could be read" in nothing.err
    empty = compliance("advisories", "list", state=tmp_path)
    assert (empty.code, empty.out) == (3, "")
    assert compliance("advisories", "show", "CVE-2026-0001", state=tmp_path).code == 2
