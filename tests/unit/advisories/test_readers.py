"""Each format: what is read of a document, and that its name does not matter."""

import gzip

import pytest

from compliance.advisories.collect import collect
from compliance.model.advisory import Advisory, Exploited, Lifetime, Likelihood, Range, State
from tests.unit.advisories import bundles
from tests.unit.advisories.bundles import NOW, third_party


def read(tmp_path, data, name="document.bin"):
    (tmp_path / name).write_bytes(data)
    found = collect([tmp_path / name], NOW)
    assert not found.troubles
    return found


def only(found):
    (source,) = found.sources.values()
    return source


def test_an_osv_record_gives_ranges_cves_and_the_makers_rating(tmp_path):
    source = only(read(tmp_path, bundles.osv()))
    assert source.name == "osv AlmaLinux:9"
    assert f"{source.dated:%Y-%m-%d}" == "2026-11-20"
    (one,) = source.entries
    wanted = Range("almalinux:9", "openssl", is_source=False, fixed="3.0.7-25.el9")
    assert one == Advisory("ALSA-1", ("CVE-2026-0001",), (wanted,), "critical", None, "", "2026-01-10")


def test_several_spans_last_affected_versions_and_scores_of_osv_are_kept(tmp_path):
    events = [{"introduced": "1.0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"last_affected": "2.5"}]
    vector = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
    text = bundles.osv(events=events, severity=[{"type": "CVSS_V4", "score": vector}], ecosystem="Debian:12")
    (one,) = only(read(tmp_path, text)).entries
    assert [(r.introduced, r.fixed, r.last, r.state) for r in one.ranges] == [
        ("1.0", "1.2", "", State.FIXED),
        ("2.0", "", "2.5", State.NO_FIX),
    ]
    assert (one.score, one.vector, one.ranges[0].is_source) == (9.3, vector, True)


def test_withdrawn_records_and_ecosystems_of_languages_say_nothing(tmp_path):
    assert not only(read(tmp_path, bundles.osv(withdrawn="2026-01-01T00:00:00Z"))).entries
    assert not read(tmp_path, bundles.osv(ecosystem="PyPI")).sources


def test_the_debian_tracker_tells_four_states(tmp_path):
    source = only(read(tmp_path, bundles.TRACKER))
    assert source.dated is None, "the document bears no date, and that of a copied file says nothing"
    (one,) = source.entries
    assert {r.release: (r.state, r.fixed) for r in one.ranges} == {
        "debian:12": (State.FIXED, "7.88.1-10+deb12u5"),
        "debian:13": (State.WILL_NOT_FIX, ""),
        "debian:11": (State.NO_FIX, ""),
        "debian:10": (State.NOT_AFFECTED, ""),
    }


def test_a_dsa_list_gives_fixed_versions_with_their_day(tmp_path):
    source = only(read(tmp_path, bundles.DSA))
    wanted = Range("debian:12", "curl", is_source=True, fixed="7.88.1-10+deb12u5")
    cves = ("CVE-2026-0004", "CVE-2026-0005")
    assert source.entries == [Advisory("DSA-5999-1", cves, (wanted,), published="2026-03-29")]


def test_csaf_speaks_of_the_main_stream_and_of_what_is_never_fixed(tmp_path):
    source = only(read(tmp_path, bundles.csaf()))
    (one,) = source.entries
    assert (source.name, one.severity, one.score) == ("csaf Red Hat vex", "high", 9.8)
    assert [(r.release, r.package, r.fixed, r.state) for r in one.ranges] == [
        ("rhel:9", "curl", "7.76.1-26.el9", State.FIXED),
        ("rhel:9", "wget", "", State.WILL_NOT_FIX),
    ]


def test_openvex_names_no_first_fixed_version_and_so_none_is_taken(tmp_path):
    found = [
        (one.ranges[0].state, one.ranges[0].release) for one in only(read(tmp_path, bundles.OPENVEX)).entries
    ]
    assert found == [(State.NO_FIX, "ubuntu:22.04"), (State.NOT_AFFECTED, "ubuntu:22.04")]


def test_oval_is_joined_over_tests_objects_and_states(tmp_path):
    (one,) = only(read(tmp_path, bundles.oval())).entries
    wanted = Range("azurelinux:3.0", "oath-toolkit", is_source=False, fixed="2.6.7-3.azl3")
    assert one == Advisory("1-1", ("CVE-2026-0008",), (wanted,), "high", None, "", "2026-07-23")


def test_a_secdb_tells_fixed_and_never_affected(tmp_path):
    found = only(read(tmp_path, bundles.SECDB)).entries
    assert [(one.name, one.ranges[0].fixed, one.ranges[0].state) for one in found] == [
        ("CVE-2026-0002", "1.3.1-r1", State.FIXED),
        ("CVE-2026-0003", "", State.NOT_AFFECTED),
    ]
    assert found[0].ranges[0].release == "alpine:3.20"


def test_kev_and_epss_speak_of_cves(tmp_path):
    assert only(read(tmp_path, bundles.KEV)).entries == [
        Exploited("CVE-2026-0001", "2026-01-12", "2026-02-02")
    ]
    source = only(read(tmp_path, gzip.compress(bundles.EPSS)))
    assert source.entries == [Likelihood("CVE-2026-0001", 0.93)]
    assert f"{source.dated:%Y-%m-%d}" == "2026-11-21"


def test_lifetimes_know_that_debians_extended_support_is_free(tmp_path):
    assert only(read(tmp_path, bundles.PRODUCT)).entries == [
        Lifetime("debian", "12", "2026-07-11", "2028-06-30", "")
    ]
    assert only(read(tmp_path, bundles.DISTRO_INFO)).entries == [
        Lifetime("debian", "12", "2026-06-10", "2028-06-30", "2033-06-30")
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (b'{"id": "X", "modified": "2026-01-01T00:00:00Z", "affected": 5}', "no OSV record"),
        (bundles.csaf().replace(b'"2.0"', b'"2.1"'), "only 2.0"),
        (bundles.EPSS + b"CVE-2026-0002,1.5,0\n", "line 4 is no score"),
        (bundles.oval(head='<!DOCTYPE x [<!ENTITY a "b">]>'), "no OVAL"),
        (bundles.oval()[:-40], "no OVAL"),
        (b"reponame: main\npackages: &a\n- pkg: {name: x, secfixes: {}}\nmore: *a\nsecfixes: 1\n", "aliases"),
        (bundles.KEV.replace(b"dueDate", b"dueData"), "no KEV catalogue"),
    ],
)
def test_a_bad_document_is_named_with_what_is_wrong_and_loses_nothing_else(tmp_path, text, wrong):
    (tmp_path / "a.json").write_bytes(text)
    (tmp_path / "b.json").write_bytes(bundles.osv(name="ALSA-2"))
    found = collect([tmp_path], NOW)
    assert [one.name for one in found.troubles] == [str(tmp_path / "a.json")]
    assert wrong in found.troubles[0].text
    assert [one.name for one in found.sources["osv AlmaLinux:9"].entries] == ["ALSA-2"]


def test_a_date_in_the_future_is_none(tmp_path):
    assert only(read(tmp_path, bundles.osv(modified="2099-01-01T00:00:00Z"))).dated is None


def test_the_real_sets_are_read_whole():
    paths = [third_party(f"osv/almalinux{number}-all.zip") for number in (8, 9, 10)]
    found = collect(paths, NOW)
    assert not found.troubles
    assert found.documents == 5680
    assert {one.name for source in found.sources.values() for one in source.entries} >= {"ALSA-2022:4940"}
    assert sum(len(one.ranges) for source in found.sources.values() for one in source.entries) == 71329
    assert len({cve for s in found.sources.values() for one in s.entries for cve in one.cves}) == 6592


@pytest.mark.parametrize(
    ("path", "source", "entries"),
    [
        ("kev/known_exploited_vulnerabilities.json", "kev", 1404),
        ("debian/DSA.list.gz", "debian DSA", 5406),
        ("debian/DLA.list.gz", "debian DLA", 3534),
        ("oval/azurelinux-3.0-oval.xml.gz", "oval Azure Linux", 1222),
        ("csaf-vex/redhat-vex-cve-2023-38545.json.gz", "csaf Red Hat Product Security vex", 1),
        ("csaf-vex/ubuntu-vex-CVE-2023-38545.json.gz", "openvex Canonical Ltd.", 1),
        ("alpine/chainguard-secdb-sample.json", "secdb chainguard", 197),
        ("endoflife/endoflife-products.zip", "endoflife.date", 136),
        ("distro-info/ubuntu.csv", "distro-info ubuntu", 44),
        ("debian/security-tracker-sample.json", "debian security-tracker", 6),
    ],
)
def test_real_documents_are_read(path, source, entries):
    found = collect([third_party(path)], NOW)
    assert not found.troubles
    assert len(found.sources[source].entries) == entries
